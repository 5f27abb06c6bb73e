#pragma once
// Each latency as it was measured, for who wants to compute something else from them later:
// docs/formats/results.md, samples.zst.

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "measure/shared_bytes.h"

namespace slipway::measure {

/// When an inference of a stream began and ended.
struct Span {
  Clock::Time begin;
  Clock::Time end;
};

/// Keeps the latencies of several streams, each added to by its own thread or by a process that was
/// forked: the difference of each to the one before, zigzag, seven bits a byte. What does not fit
/// is counted alone.
class SampleLog {
 public:
  static constexpr std::size_t kBytes = std::size_t{32} << 20U;  // of all streams together
  static constexpr std::size_t kSpans = 1000;                    // of each stream

  explicit SampleLog(std::size_t streams, std::size_t bytes = kBytes);

  void add(std::size_t stream, Clock::Time begin, Clock::Time end);

  /// The first inferences of a stream.
  [[nodiscard]] std::span<const Span> spans(std::size_t stream) const;

  /// The file.
  [[nodiscard]] Bytes packed() const;

 private:
  /// Of one stream; in shared memory, with `most_` bytes behind it.
  struct Stream {
    std::int64_t samples;  // that were added
    std::int64_t kept;     // that are in the bytes
    std::int64_t last;
    std::size_t used;  // bytes
    std::size_t span_count;
    Span spans[kSpans];  // NOLINT: laid out by hand
  };

  [[nodiscard]] Stream& at(std::size_t stream) const;
  [[nodiscard]] std::byte* bytes_of(std::size_t stream) const;

  std::size_t streams_;
  std::size_t most_;  // bytes of each
  SharedBytes memory_;
};

/// What a file says of one stream.
struct LoggedStream {
  std::int64_t samples = 0;             // that were measured
  std::vector<std::int64_t> latencies;  // the first of them, in nanoseconds, in their order
};

/// Errors  corrupt: what SampleLog did not write
[[nodiscard]] Result<std::vector<LoggedStream>> read_samples(BytesView packed);

}  // namespace slipway::measure
