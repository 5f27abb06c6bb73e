#pragma once
// What the system counts about a process and its processors, read at one moment.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file.h"

namespace slipway::measure {

/// How one thread fared since it began.
struct ThreadVitals {
  std::int64_t ran_ns = 0;
  std::optional<std::int64_t> waited_ns;  // wanted to run and did not
  std::int64_t involuntary = 0;           // switches: it was put aside
};

/// How all allowed processors spent their time since the start of the machine.
struct CpuTimes {
  std::int64_t busy_ns = 0;   // computed, for whomever
  std::int64_t steal_ns = 0;  // other virtual machines computed
};

/// Counters that only grow, except for what is said otherwise. Nothing: the system does not tell.
struct Vitals {
  Clock::Time at;
  std::map<std::string, ThreadVitals> threads;  // by their numbers; those that live
  std::optional<std::string> allowed;           // processors, as it is now: "0-3,8"
  std::size_t processors = 0;                   // that what follows is about
  std::optional<CpuTimes> cpus;
  std::optional<double> mhz;              // of the fastest allowed processor, as it is now
  std::optional<std::int64_t> throttled;  // times the processors slowed down from heat
  std::optional<std::int64_t> quota;      // times the group was paused because its time was used up
};

/// "0-3,8": 0, 1, 2, 3, 8. Nothing where that is no list.
[[nodiscard]] std::optional<std::set<int>> parse_cpus(std::string_view text);

/// The processors on which the first thread of a process may run, as text.
[[nodiscard]] std::optional<std::string> allowed_cpus(const Files& files,
                                                      const std::string& process);

/// The frequency of the fastest of these processors; nothing where none tells it.
[[nodiscard]] std::optional<double> highest_mhz(const Files& files, const std::set<int>& cpus);

/// Reads all there is below /proc and /sys of these processes ("self", "123"), of which the first
/// says what is allowed; and of the processors `counted`, or of those that are allowed.
///
/// Source  proc(5); Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat";
///         Documentation/admin-guide/cgroup-v2.rst, "cpu.stat" (all of Linux)
[[nodiscard]] Vitals vitals_of(const Files& files, Clock::Time now,
                               std::span<const std::string> processes,
                               const std::set<int>& counted = {});

}  // namespace slipway::measure
