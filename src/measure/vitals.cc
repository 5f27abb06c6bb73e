#include "measure/vitals.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <vector>

#include <unistd.h>

#include "base/system_fields.h"

namespace slipway::measure {
namespace {

std::optional<std::string> text_at(const Files& files, const std::string& path) {
  const auto bytes = files.read(path);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc()) return std::nullopt;
  return out;
}

std::optional<std::int64_t> number_at(const Files& files, const std::string& path) {
  const auto text = text_at(files, path);
  return text ? number_in(*text) : std::nullopt;
}

/// The number behind a word of a file with lines of "word number".
std::optional<std::int64_t> number_behind(const std::string& text, std::string_view word) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(word) && line.size() > word.size() && line[word.size()] == ' ')
      return number_in(std::string_view(line).substr(word.size() + 1));
  return std::nullopt;
}

/// Nothing where the thread has ended meanwhile.
std::optional<ThreadVitals> thread_vitals(const Files& files, const std::string& folder) {
  const auto status = system_fields(files, folder + "/status");
  const auto involuntary = number_in(value_of(status, "nonvoluntary_ctxt_switches"));
  if (!involuntary) return std::nullopt;
  ThreadVitals out{.ran_ns = 0, .waited_ns = {}, .involuntary = *involuntary};
  std::istringstream words(text_at(files, folder + "/schedstat").value_or(""));
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  if (words >> ran >> waited) {
    out.ran_ns = ran;
    out.waited_ns = waited;
  }
  return out;
}

std::optional<CpuTimes> cpu_times(const Files& files, const std::set<int>& cpus) {
  static const std::int64_t ns_per_tick = 1'000'000'000 / std::max(1L, ::sysconf(_SC_CLK_TCK));
  std::istringstream lines(text_at(files, "/proc/stat").value_or(""));
  CpuTimes out;
  bool any = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    const auto cpu =
        name.starts_with("cpu") ? number_in(std::string_view(name).substr(3)) : std::nullopt;
    if (!cpu || !cpus.contains(static_cast<int>(*cpu))) continue;
    std::int64_t user = 0;
    std::int64_t nice = 0;
    std::int64_t system = 0;
    std::int64_t idle = 0;
    std::int64_t io = 0;
    std::int64_t irq = 0;
    std::int64_t soft_irq = 0;
    std::int64_t steal = 0;
    if (!(words >> user >> nice >> system >> idle >> io >> irq >> soft_irq >> steal)) continue;
    out.busy_ns += (user + nice + system + irq + soft_irq) * ns_per_tick;
    out.steal_ns += steal * ns_per_tick;
    any = true;
  }
  return any ? std::optional(out) : std::nullopt;
}

std::optional<std::int64_t> throttles(const Files& files, const std::set<int>& cpus) {
  std::optional<std::int64_t> out;
  for (const int cpu : cpus) {
    const auto folder = fmt::format("/sys/devices/system/cpu/cpu{}/thermal_throttle/", cpu);
    for (const auto* name : {"core_throttle_count", "package_throttle_count"})
      if (const auto count = number_at(files, folder + name)) out = out.value_or(0) + *count;
  }
  return out;
}

/// How often the group of the process had used up its quota; groups of either version.
std::optional<std::int64_t> quota_of(const Files& files, const std::string& process) {
  std::istringstream lines(text_at(files, "/proc/" + process + "/cgroup").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = line.starts_with("0::");
    if (!unified && controllers.find(",cpu,") == controllers.npos) continue;
    const auto path = line.substr(second + 1);
    for (const auto* root : unified
                                ? std::vector{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
                                : std::vector{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}) {
      const auto text = text_at(files, join(std::string(root) + path, "cpu.stat"));
      const auto times = text ? number_behind(*text, "nr_throttled") : std::nullopt;
      if (times) return times;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::set<int>> parse_cpus(std::string_view text) {
  constexpr std::int64_t kMost = 1 << 16;
  std::set<int> out;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const auto dash = part.find('-');
    const auto low = number_in(part.substr(0, dash));
    const auto high = dash == part.npos ? low : number_in(part.substr(dash + 1));
    if (!low || !high || *low < 0 || *low > *high || *high >= kMost) return std::nullopt;
    for (auto cpu = *low; cpu <= *high; ++cpu) out.insert(static_cast<int>(cpu));
  }
  if (out.empty()) return std::nullopt;
  return out;
}

std::optional<std::string> allowed_cpus(const Files& files, const std::string& process) {
  auto text = value_of(system_fields(files, "/proc/" + process + "/status"), "Cpus_allowed_list");
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<double> highest_mhz(const Files& files, const std::set<int>& cpus) {
  constexpr double kKhzPerMhz = 1e3;
  std::optional<double> out;
  for (const int cpu : cpus) {
    const auto khz = number_at(
        files, fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", cpu));
    if (khz) out = std::max(out.value_or(0), static_cast<double>(*khz) / kKhzPerMhz);
  }
  return out;
}

Vitals vitals_of(const Files& files, Clock::Time now, std::span<const std::string> processes,
                 const std::set<int>& counted) {
  Vitals out;
  out.at = now;
  for (const auto& process : processes) {
    const auto folder = "/proc/" + process + "/task";
    const auto threads = files.list(folder);
    if (!threads) continue;
    for (const auto& thread : *threads)
      if (const auto vitals = thread_vitals(files, join(folder, thread)))
        out.threads.emplace(thread, *vitals);
  }
  if (processes.empty()) return out;
  out.allowed = allowed_cpus(files, processes[0]);
  const auto cpus =
      counted.empty() ? parse_cpus(out.allowed.value_or("")).value_or(std::set<int>()) : counted;
  out.processors = cpus.size();
  out.cpus = cpu_times(files, cpus);
  out.mhz = highest_mhz(files, cpus);
  out.throttled = throttles(files, cpus);
  out.quota = quota_of(files, processes[0]);
  return out;
}

}  // namespace slipway::measure
