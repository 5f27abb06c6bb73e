#pragma once
// Whether the machine was quiet while something was measured, and if not, what it was.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "measure/vitals.h"

namespace slipway::measure {

/// What was seen in between two vitals, by whoever looked again and again.
struct Watched {
  std::chrono::nanoseconds longest_gap = {};  // nobody ran, and nobody wanted to
  std::chrono::nanoseconds gaps = {};         // all of them
  std::vector<std::string> other_cpus;        // what else than at the beginning was allowed
  std::optional<double> lowest_mhz;
  std::optional<double> highest_mhz;
};

/// What disturbs, in the order in which one explains those behind it.
enum class Disturbance : std::uint8_t {
  stopped,         // by a signal, with its group, or with the whole machine
  moved,           // onto other processors
  throttled,       // by heat
  quota,           // of its group, used up
  steal,           // other virtual machines took the processors
  competitor,      // other programs ran on its processors while it wanted to
  oversubscribed,  // its own threads are more than processors
  frequency,       // changed
  switches,        // it was put aside very often
  neighbour,       // other programs ran beside it
};

[[nodiscard]] std::string_view name_of(Disturbance what);

struct Reason {
  Disturbance what;
  std::string words;  // with figures
};

/// Figures of the window; nothing: the system does not tell.
struct NoiseFigures {
  double window_s = 0;
  std::optional<double> waited_part;  // of the time in which threads wanted to run
  std::optional<double> involuntary_per_s;
  std::optional<double> steal_part;    // of the time of the allowed processors
  std::optional<double> others_cores;  // processors that other programs kept busy
  std::optional<double> longest_gap_ms;
  std::optional<double> lowest_mhz;
  std::optional<double> highest_mhz;
  std::optional<std::int64_t> throttled;
  std::optional<std::int64_t> quota;
};

struct Noise {
  std::vector<Reason> reasons;  // the one that explains most first
  NoiseFigures figures;
  std::vector<std::string> not_told;  // "frequency"

  /// Whether anything could be looked at.
  [[nodiscard]] bool is_known() const;

  [[nodiscard]] bool is_clean() const { return is_known() && reasons.empty(); }

  /// "clean", "unknown", or the name of the first reason.
  [[nodiscard]] std::string_view verdict() const;
};

/// From when something is a disturbance. Below them, a quiet machine's own timers and daemons.
struct NoiseLimits {
  double waited_part = 0.02;
  std::chrono::nanoseconds waited = std::chrono::milliseconds(2);  // and at least so long
  double steal_part = 0.01;
  double frequency_part = 0.9;     // the lowest of the highest
  double involuntary_per_s = 150;  // of each thread that runs
  double neighbour_cores = 0.25;
  std::chrono::nanoseconds gap = std::chrono::milliseconds(20);
};

/// What lies between the beginning and the end of a window in which `running` threads of ours
/// computed.
[[nodiscard]] Noise noise_between(const Vitals& begin, const Vitals& end, const Watched& watched,
                                  int running, const NoiseLimits& limits = {});

/// `verdict`, `reasons`, `figures` (null: not told) and `not_told`.
[[nodiscard]] Json to_json(const Noise& noise);

/// One line: "competitor: other programs …", "clean (not told here: frequency)".
[[nodiscard]] std::string text_of(const Noise& noise);

}  // namespace slipway::measure
