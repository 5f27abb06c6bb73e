#include "measure/noise.h"

#include <algorithm>
#include <array>

namespace slipway::measure {
namespace {

constexpr double kNsPerS = 1e9;
constexpr double kNsPerMs = 1e6;

double seconds(std::int64_t ns) { return static_cast<double>(ns) / kNsPerS; }

/// What all threads did in the window together. One that ended before its end is missing, one that
/// began in it counts from its beginning.
struct Together {
  bool any = false;
  bool tells_waiting = false;
  std::int64_t ran_ns = 0;
  std::int64_t waited_ns = 0;
  std::int64_t involuntary = 0;
};

Together together_of(const Vitals& begin, const Vitals& end) {
  Together out;
  for (const auto& [name, last] : end.threads) {
    const auto found = begin.threads.find(name);
    const ThreadVitals first = found == begin.threads.end() ? ThreadVitals{} : found->second;
    out.any = true;
    out.ran_ns += last.ran_ns - first.ran_ns;
    out.involuntary += last.involuntary - first.involuntary;
    if (!last.waited_ns) continue;
    out.tells_waiting = true;
    out.waited_ns += *last.waited_ns - first.waited_ns.value_or(0);
  }
  return out;
}

template <class T>
std::optional<std::int64_t> growth(const std::optional<T>& from, const std::optional<T>& to) {
  if (!from || !to) return std::nullopt;
  return *to - *from;
}

NoiseFigures figures_of(const Vitals& begin, const Vitals& end, const Watched& watched,
                        const Together& threads) {
  NoiseFigures out;
  const auto window_ns = (end.at - begin.at).count();
  out.window_s = seconds(window_ns);
  out.throttled = growth(begin.throttled, end.throttled);
  out.quota = growth(begin.quota, end.quota);
  out.lowest_mhz = watched.lowest_mhz;
  out.highest_mhz = watched.highest_mhz;
  if (threads.tells_waiting)
    out.longest_gap_ms = static_cast<double>(watched.longest_gap.count()) / kNsPerMs;
  for (const auto& mhz : {begin.mhz, end.mhz}) {
    if (!mhz) continue;
    out.lowest_mhz = std::min(out.lowest_mhz.value_or(*mhz), *mhz);
    out.highest_mhz = std::max(out.highest_mhz.value_or(*mhz), *mhz);
  }
  if (window_ns <= 0) return out;
  const auto wanted = threads.ran_ns + threads.waited_ns;
  if (threads.tells_waiting)
    out.waited_part =
        wanted > 0 ? static_cast<double>(threads.waited_ns) / static_cast<double>(wanted) : 0;
  if (threads.any) out.involuntary_per_s = static_cast<double>(threads.involuntary) / out.window_s;
  // Where processors changed, the counters are those of different ones.
  if (begin.cpus && end.cpus && begin.processors > 0 && begin.allowed == end.allowed) {
    const auto stolen = end.cpus->steal_ns - begin.cpus->steal_ns;
    out.steal_part = seconds(stolen) / (out.window_s * static_cast<double>(begin.processors));
    const auto others = end.cpus->busy_ns - begin.cpus->busy_ns - threads.ran_ns;
    if (threads.tells_waiting) out.others_cores = std::max(0.0, seconds(others) / out.window_s);
  }
  return out;
}

std::string percent(double part) { return fmt::format("{:.1f} %", part * 100); }

/// Writes down what is over its limit.
class Judge {
 public:
  explicit Judge(std::vector<Reason>& into) : into_(into) {}

  template <class... Args>
  void say(Disturbance what, fmt::format_string<Args...> text, Args&&... args) {
    into_.push_back({what, fmt::format(text, std::forward<Args>(args)...)});
  }

 private:
  std::vector<Reason>& into_;
};

std::string cpus_text(const std::vector<std::string>& lists) {
  std::string out;
  for (const auto& list : lists) out += (out.empty() ? "" : ", then ") + list;
  return out;
}

void judge_waiting(const NoiseFigures& figures, const Together& threads, int running,
                   std::size_t processors, const NoiseLimits& limits, Judge& judge) {
  if (!figures.waited_part || *figures.waited_part < limits.waited_part) return;
  if (threads.waited_ns < limits.waited.count()) return;
  const auto waited = fmt::format("threads waited {} of the time they wanted to run ({:.3f} s)",
                                  percent(*figures.waited_part), seconds(threads.waited_ns));
  const bool crowded = static_cast<std::size_t>(running) > processors;
  if (!crowded) {
    judge.say(Disturbance::competitor, "other programs ran on its processors: {}", waited);
    return;
  }
  // More threads than processors wait for each other whoever else runs: so long, if all of them
  // always want to.
  const double own = 1 - static_cast<double>(processors) / running;
  const auto say_crowded = [&] {
    judge.say(Disturbance::oversubscribed, "{} threads share {} processor{}: {}", running,
              processors, processors == 1 ? "" : "s", waited);
  };
  const auto others = figures.others_cores.value_or(0);
  constexpr double kNearly = 1.1;
  const bool explains_all = *figures.waited_part <= own * kNearly;
  if (explains_all) say_crowded();
  if (others >= limits.neighbour_cores)
    judge.say(Disturbance::competitor, "other programs kept {:.2f} of its processors busy{}",
              others, explains_all ? "" : ": " + waited);
  if (!explains_all) say_crowded();
}

std::vector<Reason> reasons_of(const Vitals& begin, const Vitals& end, const Watched& watched,
                               const NoiseFigures& figures, const Together& threads, int running,
                               const NoiseLimits& limits) {
  std::vector<Reason> out;
  Judge judge(out);
  // A processor that the host took away oversleeps, too.
  const auto stolen = begin.cpus && end.cpus ? end.cpus->steal_ns - begin.cpus->steal_ns : 0;
  if (watched.longest_gap >= limits.gap && stolen < watched.gaps.count() / 2)
    judge.say(
        Disturbance::stopped,
        "for {:.1f} ms nothing ran and nothing wanted to (a stop signal, a frozen group, or a "
        "paused machine)",
        static_cast<double>(watched.gaps.count()) / kNsPerMs);
  auto others = watched.other_cpus;
  if (begin.allowed && end.allowed && begin.allowed != end.allowed && others.empty())
    others.push_back(*end.allowed);
  if (!others.empty())
    judge.say(Disturbance::moved, "the processors {} were allowed, later {}",
              begin.allowed.value_or("?"), cpus_text(others));
  if (figures.throttled.value_or(0) > 0)
    judge.say(Disturbance::throttled, "the processors slowed down {} times from heat",
              *figures.throttled);
  if (figures.quota.value_or(0) > 0)
    judge.say(Disturbance::quota, "its group was paused {} times: its quota was used up",
              *figures.quota);
  if (figures.steal_part.value_or(0) >= limits.steal_part)
    judge.say(Disturbance::steal, "other virtual machines took {} of the processors' time",
              percent(*figures.steal_part));
  const auto processors = end.processors > 0 ? end.processors : static_cast<std::size_t>(running);
  judge_waiting(figures, threads, running, processors, limits, judge);
  if (figures.lowest_mhz && *figures.lowest_mhz < limits.frequency_part * *figures.highest_mhz)
    judge.say(Disturbance::frequency, "the frequency changed between {:.0f} and {:.0f} MHz",
              *figures.lowest_mhz, *figures.highest_mhz);
  const auto many = limits.involuntary_per_s * std::max(running, 1);
  if (out.empty() && figures.involuntary_per_s.value_or(0) > many)
    judge.say(Disturbance::switches, "its threads were put aside {:.0f} times a second",
              *figures.involuntary_per_s);
  if (out.empty() && figures.others_cores.value_or(0) >= limits.neighbour_cores)
    judge.say(Disturbance::neighbour, "other programs kept {:.2f} processors busy beside it",
              *figures.others_cores);
  return out;
}

std::vector<std::string> not_told_of(const NoiseFigures& figures, const Vitals& begin) {
  std::vector<std::string> out;
  const auto need = [&](bool told, const char* name) {
    if (!told) out.emplace_back(name);
  };
  need(figures.longest_gap_ms.has_value(), "stops");
  need(begin.allowed.has_value(), "processors");
  need(figures.throttled.has_value(), "throttling");
  need(figures.quota.has_value(), "quota");
  need(figures.steal_part.has_value(), "steal");
  need(figures.waited_part.has_value(), "waiting");
  need(figures.lowest_mhz.has_value(), "frequency");
  need(figures.involuntary_per_s.has_value(), "switches");
  need(figures.others_cores.has_value(), "neighbours");
  return out;
}

constexpr std::size_t kKinds = 9;  // that not_told_of() may name

template <class T>
Json or_null(const std::optional<T>& number) {
  return number ? Json(*number) : Json();
}

}  // namespace

std::string_view name_of(Disturbance what) {
  constexpr std::array<std::string_view, 10> kNames = {
      "stopped",    "moved",          "throttled", "quota",    "steal",
      "competitor", "oversubscribed", "frequency", "switches", "neighbour"};
  return kNames.at(static_cast<std::size_t>(what));
}

bool Noise::is_known() const { return not_told.size() < kKinds; }

std::string_view Noise::verdict() const {
  if (!reasons.empty()) return name_of(reasons[0].what);
  return is_known() ? "clean" : "unknown";
}

Noise noise_between(const Vitals& begin, const Vitals& end, const Watched& watched, int running,
                    const NoiseLimits& limits) {
  const auto threads = together_of(begin, end);
  Noise out;
  out.figures = figures_of(begin, end, watched, threads);
  out.reasons = reasons_of(begin, end, watched, out.figures, threads, running, limits);
  out.not_told = not_told_of(out.figures, begin);
  return out;
}

Json to_json(const Noise& noise) {
  Json reasons(Json::Array{});
  for (const auto& reason : noise.reasons) {
    Json row;
    row.set("reason", name_of(reason.what));
    row.set("words", reason.words);
    reasons.push(std::move(row));
  }
  const auto& is = noise.figures;
  Json figures;
  figures.set("window_s", is.window_s);
  figures.set("waited_part", or_null(is.waited_part));
  figures.set("involuntary_switches_s", or_null(is.involuntary_per_s));
  figures.set("steal_part", or_null(is.steal_part));
  figures.set("others_cores", or_null(is.others_cores));
  figures.set("longest_gap_ms", or_null(is.longest_gap_ms));
  figures.set("lowest_mhz", or_null(is.lowest_mhz));
  figures.set("highest_mhz", or_null(is.highest_mhz));
  figures.set("throttled", or_null(is.throttled));
  figures.set("quota_used_up", or_null(is.quota));
  Json not_told(Json::Array{});
  for (const auto& name : noise.not_told) not_told.push(name);
  Json out;
  out.set("verdict", noise.verdict());
  out.set("reasons", std::move(reasons));
  out.set("figures", std::move(figures));
  out.set("not_told", std::move(not_told));
  return out;
}

std::string text_of(const Noise& noise) {
  if (!noise.reasons.empty()) return fmt::format("{}: {}", noise.verdict(), noise.reasons[0].words);
  if (!noise.is_known()) return "unknown: the system tells nothing about it";
  std::string missing;
  for (const auto& name : noise.not_told) missing += (missing.empty() ? "" : ", ") + name;
  return "clean" + (missing.empty() ? "" : " (not told here: " + missing + ")");
}

}  // namespace slipway::measure
