#pragma once
// Running something again and again on several threads, and looking at the clock.

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/pin.h"
#include "measure/samples.h"
#include "measure/steady.h"

namespace slipway::measure {

/// One inference of a stream. It is called by one thread at a time.
using Infer = std::function<Result<void>()>;

/// What all streams did up to now.
struct SoFar {
  double part = 0;              // how much is done, 0 to 1
  std::int64_t inferences = 0;  // that ended
  std::chrono::nanoseconds spent = {};
};

/// When the measured part begins and ends.
struct Rules {
  std::int64_t warm_up = 0;     // inferences of each stream in front of the measured ones
  std::int64_t inferences = 0;  // go on at least until there are so many, of all streams
  std::chrono::nanoseconds at_least = {};  // and at least so long
  std::chrono::nanoseconds at_most = {};   // but no longer than this; 0: as long as it takes
  /// Then go on until all streams are steady, or until it lasted so long; 0: do not.
  std::chrono::nanoseconds steady_by = {};
  std::vector<Cpus> cpus = {};  // of each stream; none: they run where they may

  // Called by the calling thread between two inferences.
  std::function<bool()> stop = [] { return false; };  // whether to end early
  std::function<void(const SoFar&)> progress = [](const SoFar&) {};

  // Called by the thread of a stream behind each inference of the measured part; may be empty.
  std::function<void(std::size_t stream, Clock::Time begin, Clock::Time end)> sample = {};
  // Called once each, when all streams are warm and right behind the end of the window, by one
  // thread while the others stand still or finish what they began. Must not throw.
  std::function<void()> window_begins = [] {};
  std::function<void()> window_ends = [] {};
};

enum class Ended : std::uint8_t {
  done,     // by the rules
  at_most,  // before what they want: at_most was over
  overrun,  // before: queries had waited for too long (scenarios)
  stopped,  // by `stop`
};

/// What one stream did in the measured part.
struct Stream {
  Samples latencies;  // of all inferences that it began there
  Course course;      // of the same
  Clock::Time last_begin;
  Clock::Time last_end;
};

struct Measured {
  std::chrono::nanoseconds first = {};    // the first inference of all, of the first stream, alone
  std::chrono::nanoseconds warm_up = {};  // from behind the first until all streams are ready
  Clock::Time begin = {};                 // of the measured part
  std::chrono::nanoseconds window = {};   // the measured part, which all streams have in common
  double inferences = 0;                  // that fell into it: the last of a stream with a part
  std::vector<Stream> streams;
  Ended ended = Ended::done;
};

/// Calls each of `streams` on a thread of its own, the first on the calling one: the first stream
/// once, then all to warm up, and when all have done that, again and again until one of them sees
/// that the rules are met. That moment ends the window; inferences that run then are finished,
/// their latencies count, and of their number the part that lies within the window. What stops
/// before the window leaves `streams` empty. Needs one stream.
///
/// Errors  those of a stream, which stops all others; unavailable: no threads
Result<Measured> measure(const Clock& clock, std::span<const Infer> streams, const Rules& rules);

/// That of the stream that is steady least: the first one that is not, or the first. One that did
/// nothing does not count.
[[nodiscard]] Steadiness steadiness_of(std::span<const Stream> streams);

/// How much of what is wanted is done, 0 to 1: that of the slower rule, or what a limit leaves.
struct Goal {
  std::int64_t count = 0;
  std::chrono::nanoseconds at_least = {};
  std::chrono::nanoseconds at_most = {};  // 0: none

  /// `reached` counts towards `at_least`, `spent` towards `at_most`.
  [[nodiscard]] double part_done(std::int64_t is, std::chrono::nanoseconds reached,
                                 std::chrono::nanoseconds spent) const;
};

/// How many inferences fell into a window that ended at `end`.
[[nodiscard]] double inferences_until(Clock::Time end, std::span<const Stream> streams);

}  // namespace slipway::measure
