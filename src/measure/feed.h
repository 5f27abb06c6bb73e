#pragma once
// Running something once for each of many things that must be made first: pictures, which are
// decoded while others are inferred.

#include <cstdint>
#include <functional>
#include <span>

#include "measure/streams.h"

namespace slipway::measure {

/// What is made, numbered from 0, by threads of its own.
struct Feed {
  std::int64_t items = 0;
  std::int64_t ahead = 4;  // at most so many are made and not taken yet
  int makers = 1;          // threads

  /// Called for each item once, by several makers at the same time. False: there is nothing to
  /// infer of it, and no stream gets it.
  std::function<Result<bool>(std::int64_t item)> make;
};

/// What a stream does with an item, one after the other, on one thread. Only `infer` is timed.
struct FedStream {
  std::function<Result<void>(std::int64_t item)> load;
  Infer infer;  // also called to warm up, with nothing loaded
  std::function<Result<void>(std::int64_t item)> judge;
};

struct Fed {
  Measured measured;
  std::chrono::nanoseconds waited = {};  // of all streams together, for items
};

/// Warms up as measure() does, then makes all items and gives each to the stream that is free. Of
/// the rules, `warm_up` and `cpus` count, and all that is called. The window lies between the
/// moment when all streams are warm, from which on items are made, and the end of the last
/// inference. What stops before leaves `streams` empty. Needs one stream and one maker.
///
/// Errors  those of making and of a stream, which stop everything; unavailable: no threads
Result<Fed> feed(const Clock& clock, const Feed& feed, std::span<const FedStream> streams,
                 const Rules& rules);

}  // namespace slipway::measure
