#pragma once
// How streams went over time, a row for a second: docs/formats/results.md, raw_perf_<n>.csv.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "measure/shared_bytes.h"

namespace slipway::measure {

/// Sums up the inferences of several streams, each added to by its own thread or by a process that
/// was forked. A row ends with the first inference that makes it as long as the period. When the
/// rows of a stream are full, two neighbours become one and its period doubles.
class Series {
 public:
  static constexpr std::size_t kRows = 3600;  // of a stream

  explicit Series(std::size_t streams, std::chrono::nanoseconds period = std::chrono::seconds(1));

  void add(std::size_t stream, Clock::Time begin, Clock::Time end);

  /// A picture of the inference that was added last was judged; `rank` is the place of the right
  /// class, from 0, where there are classes.
  void judged(std::size_t stream, std::optional<std::size_t> rank);

  /// The file: times count from `begin`, an inference is of `batch` pictures where none was judged.
  [[nodiscard]] std::string csv(std::size_t stream, Clock::Time begin, std::int64_t batch) const;

 private:
  struct Row {
    Clock::Time end;
    std::int64_t inferences = 0;
    std::chrono::nanoseconds busy = {};
    std::int64_t pictures = 0;  // that were judged
    std::int64_t ranked = 0;    // of them, where there are classes
    std::int64_t first = 0;
    std::int64_t among_five = 0;
  };

  /// Of one stream; in shared memory.
  struct Stream {
    std::chrono::nanoseconds period;
    Clock::Time begin;  // of the first inference
    std::size_t count;  // rows
    bool is_open;       // the last row goes on
    Row rows[kRows];    // NOLINT: laid out by hand
  };

  static void halve(Stream& stream);
  [[nodiscard]] Stream& at(std::size_t stream) const;

  std::size_t streams_;
  SharedBytes memory_;
};

}  // namespace slipway::measure
