#include "cli/bench_scenario.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/bytes.h"
#include "cli/progress.h"

namespace slipway::cli {
namespace {

using measure::Scenario;
using std::chrono::nanoseconds;

constexpr int kSamplesPerQuery = 8;  // as LoadGen has it
constexpr int kMostSamples = 1'000'000;
constexpr double kMostRate = 1e9;
constexpr int kFeelers = 20;      // inferences that tell where the search begins
constexpr int kProbePart = 5;     // a probe is so much shorter than the whole
constexpr double kHardly = 0.02;  // of half the load
constexpr double kNsPerS = 1e9;
constexpr nanoseconds kOverrun = std::chrono::seconds(10);  // at least

Scenario scenario_of(std::string_view name) {
  for (const auto scenario :
       {Scenario::single, Scenario::multi, Scenario::server, Scenario::offline})
    if (measure::name_of(scenario) == name) return scenario;
  return Scenario::concurrency;
}

}  // namespace

Result<Slo> parse_slo(const std::string& text) {
  const auto wrong = [&] {
    return fail(Code::invalid_input, "'{}' is no percentile with its bound: p99=20ms", text);
  };
  const auto equals = text.find('=');
  if (!text.starts_with('p') || equals == text.npos) return wrong();
  const auto percents = measure::parse_percents(text.substr(1, equals - 1));
  Slo out;
  if (!percents || percents->size() != 1 || !convert(text.substr(equals + 1), out.bound))
    return wrong();
  if (out.bound.count() == 0) return wrong();
  out.percent = percents->front();
  return out;
}

void ScenarioFlags::describe(Options& options) {
  options.choice("--scenario", name_, {"single", "multi", "server", "offline", "concurrency"},
                 "when inferences begin: one after the other, several in a query, by themselves, "
                 "all at once, or on streams that go round (default: concurrency)");
  options.value("--rate", "R", rate_, "queries a second that come by themselves (server)");
  options.choice("--arrivals", arrivals_, {"poisson", "constant"},
                 "how they come at that rate (default: poisson)");
  options
      .value("--trace", "FILE", trace_,
             "queries come at the times of this file: a line each, seconds from the begin")
      .takes_file = true;
  options.value("--slo", "PXX=T", slo_text_,
                "what a percentile of the latency must keep, p99=20ms; exit status 1 where it "
                "does not (server)");
  options.flag("--find-peak", find_peak_, "find the highest rate that keeps --slo");
  options.value("--samples-per-query", "N", samples_,
                "inferences of a query of multi (default: 8)");
}

Result<void> ScenarioFlags::check(World& world, int streams) {
  // Who names a rate means queries that come by themselves.
  const bool is_served = rate_ || arrivals_ || trace_ || slo_text_ || find_peak_;
  scenario_ = name_ ? scenario_of(*name_) : is_served ? Scenario::server : Scenario::concurrency;
  if (is_served && scenario_ != Scenario::server)
    return world.usage(
        "--rate, --arrivals, --trace, --slo and --find-peak are of --scenario server, not {}",
        *name_);
  if (samples_ && scenario_ != Scenario::multi)
    return world.usage("--samples-per-query is of --scenario multi");
  if (samples_ && (*samples_ < 1 || *samples_ > kMostSamples))
    return world.usage("--samples-per-query takes a number from 1 to {}, not {}", kMostSamples,
                       *samples_);
  if (scenario_ == Scenario::single && streams > 1)
    return world.usage("--scenario single has one inference at a time: --streams 1");
  if (scenario_ != Scenario::server) return {};
  if (rate_ && !(*rate_ > 0 && *rate_ <= kMostRate))
    return world.usage("--rate takes a number over 0 and at most {:.0f}, not {}", kMostRate,
                       *rate_);
  if (trace_ && (rate_ || arrivals_ || find_peak_))
    return world.usage("--trace says when queries come: leave out {}", find_peak_ ? "--find-peak"
                                                                       : rate_    ? "--rate"
                                                                                  : "--arrivals");
  if (!rate_ && !trace_ && !find_peak_)
    return world.usage("--scenario server wants to know when queries come")
        .with_remedy("--rate 100, --trace FILE, or --slo p99=20ms --find-peak");
  if (find_peak_ && !slo_text_)
    return world.usage("--find-peak wants to know what must be kept").with_remedy("--slo p99=20ms");
  if (slo_text_) {
    auto slo = parse_slo(*slo_text_);
    if (!slo) return world.usage("--slo: {}", slo.error().message);
    slo_ = *slo;
  }
  return {};
}

void ScenarioFlags::warn(World& world) const {
  if (!name_ || asks()) return;
  world.note(
      "streams wait for answers (a closed loop): what would have come during a stall is missing "
      "from these latencies; --scenario server counts it");
}

/// Runs of one scenario, one or many.
class ScenarioFlags::Runs {
 public:
  Runs(const ScenarioFlags& flags, World& world, std::span<const measure::Infer> streams,
       const measure::Rules& rules, std::uint64_t seed, measure::Measured& measured)
      : flags_(flags),
        world_(world),
        streams_(streams),
        rules_(rules),
        seed_(seed),
        measured_(measured) {}

  Result<ScenarioReport> run() {
    auto rules = SLIPWAY_TRY(usual());
    if (flags_.find_peak_) {
      auto peak = SLIPWAY_TRY(search(rules));
      // What is reported is the run at that rate, not the one that came behind it.
      if (peak.rate && best_) std::tie(report_, measured_) = *std::move(best_);
      report_.peak = std::move(peak);
      return std::move(report_);
    }
    SLIPWAY_TRY(once(rules, "measured"));
    return std::move(report_);
  }

 private:
  Result<measure::ScenarioRules> usual() {
    const auto scenario = flags_.scenario_;
    measure::ScenarioRules out{.scenario = scenario};
    report_.scenario = scenario;
    report_.slo = flags_.slo_;
    report_.rules.scenario = scenario;
    report_.rules.percent = {scenario == Scenario::single ? 90'000 : 99'000};
    out.warm_up = rules_.warm_up;
    out.queries = rules_.inferences;
    out.at_least = rules_.at_least;
    out.at_most = rules_.at_most;
    out.stop = rules_.stop;
    out.cpus = rules_.cpus;
    // Of the many runs of --find-peak none is the one that was measured.
    if (!flags_.find_peak_) {
      out.window_begins = rules_.window_begins;
      out.window_ends = rules_.window_ends;
      out.sample = rules_.sample;
    }
    if (scenario == Scenario::multi)
      out.samples_per_query = flags_.samples_.value_or(kSamplesPerQuery);
    report_.samples_per_query = out.samples_per_query;
    if (flags_.slo_) {
      report_.rules.percent = flags_.slo_->percent;
      report_.rules.at_most_each = out.bound = flags_.slo_->bound;
    }
    if (scenario != Scenario::server) return out;
    report_.arrivals = flags_.trace_ ? "trace" : flags_.arrivals_.value_or("poisson");
    if (!flags_.trace_) {
      // The queries that come in this time are answered within as long again, or never.
      report_.overrun = out.overrun = std::max(out.at_least, kOverrun);
      set_rate(out, flags_.rate_.value_or(1));
      return out;
    }
    const auto bytes = SLIPWAY_TRY(world_.files.read(*flags_.trace_));
    out.arrivals =
        SLIPWAY_TRY(measure::Arrivals::trace(as_text(bytes)).during("reading {}", *flags_.trace_));
    // A trace is as long as it is.
    out.queries = *out.arrivals.count();
    out.at_least = {};
    return out;
  }

  void set_rate(measure::ScenarioRules& rules, double rate) {
    report_.rate = rate;
    rules.arrivals = report_.arrivals == "constant" ? measure::Arrivals::constant(rate)
                                                    : measure::Arrivals::poisson(rate, seed_);
  }

  /// Fills in the report; false where it was stopped before anything was measured.
  Result<bool> once(measure::ScenarioRules rules, const std::string& what) {
    auto run = SLIPWAY_TRY([&] {
      Progress progress(world_, what, 0);
      rules.progress = [&](double part) { progress.at_part(part); };
      return measure::run_scenario(world_.clock, streams_, rules);
    }());
    measured_ = std::move(run.measured);
    if (measured_.streams.empty()) return false;
    measure::Samples all;
    for (const auto& stream : measured_.streams) all.add(stream.latencies);
    report_.rules.at_least = rules.at_least;
    report_.rules.queries = rules.queries;
    report_.queries = run.queries;
    report_.over = run.over;
    report_.grows = run.grows;
    report_.duration = run.duration;
    report_.verdict = measure::verdict_of(
        report_.rules, {.queries = run.queries, .duration = run.duration, .over = run.over}, all);
    const std::vector<measure::Percent> percents = {{50'000}, {99'000}};
    report_.service.reset();
    report_.late.reset();
    if (run.service.count() > 0) report_.service = measure::summary_of(run.service, percents);
    if (run.late.count() > 0) report_.late = measure::summary_of(run.late, percents);
    return true;
  }

  // ---- --find-peak -----------------------------------------------------------------------------

  Result<measure::HighestRate> search(const measure::ScenarioRules& whole) {
    const double half = SLIPWAY_TRY(half_load());
    // Who does not keep it when hardly anything comes keeps it never.
    return measure::find_highest_rate(
        flags_.rate_.value_or(half), half * kHardly,
        [&](double rate, bool is_whole) -> Result<std::optional<measure::Probe>> {
          return probe(whole, rate, is_whole);
        });
  }

  /// A rate at which streams would be busy half of the time.
  Result<double> half_load() {
    const auto run = SLIPWAY_TRY(measure::run_scenario(world_.clock, streams_.first(1),
                                                       {.scenario = Scenario::single,
                                                        .warm_up = rules_.warm_up,
                                                        .queries = kFeelers,
                                                        .cpus = rules_.cpus,
                                                        .stop = rules_.stop}));
    if (run.measured.ended == measure::Ended::stopped) return 1.0;  // nothing will be tried at it
    const double mean = run.service.count() > 0 ? run.service.mean() : 0;
    if (mean <= 0)
      return fail(Code::invalid_input, "inferences take no time: there is no highest rate");
    return 0.5 * kNsPerS / mean * static_cast<double>(streams_.size());
  }

  Result<std::optional<measure::Probe>> probe(measure::ScenarioRules rules, double rate,
                                              bool is_whole) {
    set_rate(rules, rate);
    if (!is_whole) rules.at_least /= kProbePart;
    const auto percent = flags_.slo_->percent;
    // Two more than can prove it with one query over the bound.
    rules.queries = std::max(rules.queries, measure::early_stopping_needs(percent, 2));
    const double seconds = std::chrono::duration<double>(rules.at_least).count();
    const auto expected = std::max(rules.queries, static_cast<std::int64_t>(rate * seconds));
    rules.most_over = measure::early_stopping_allows(percent, expected) + expected / 1000;
    const auto what = fmt::format("rate {} at {:.2f}/s", ++tried_, rate);
    if (!SLIPWAY_TRY(once(rules, what)) || measured_.ended == measure::Ended::stopped)
      return std::optional<measure::Probe>();
    const auto& verdict = report_.verdict;
    const bool is_kept = verdict.bound_kept && verdict.early_stopping && !report_.grows;
    world_.detail("{:>10.2f}/s{}: {}, {} of {} queries over{}", rate, is_whole ? ", whole" : "",
                  is_kept ? "kept" : "not kept", report_.over, report_.queries,
                  report_.grows ? ", the queue grows" : "");
    if (is_whole && is_kept) best_.emplace(report_, measured_);
    return std::optional(measure::Probe{.is_kept = is_kept,
                                        .queries = report_.queries,
                                        .over = report_.over,
                                        .grows = report_.grows});
  }

  const ScenarioFlags& flags_;
  World& world_;
  std::span<const measure::Infer> streams_;
  const measure::Rules& rules_;
  std::uint64_t seed_;
  measure::Measured& measured_;
  ScenarioReport report_;
  std::optional<std::pair<ScenarioReport, measure::Measured>> best_;  // that was kept, whole
  int tried_ = 0;
};

Result<ScenarioReport> ScenarioFlags::run(World& world, std::span<const measure::Infer> streams,
                                          const measure::Rules& rules, std::uint64_t seed,
                                          measure::Measured& measured) const {
  return Runs(*this, world, streams, rules, seed, measured).run();
}

}  // namespace slipway::cli
