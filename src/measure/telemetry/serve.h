#pragma once
// The sampler: records when it is told to.

#include <functional>

#include "measure/telemetry/recorder.h"
#include "measure/telemetry/socket.h"

namespace slipway::measure {

/// Called with what was recorded, when that ends.
using Recorded = std::function<Result<void>(const Recording&)>;

/// Answers `status` (one word: "ready" or "recording"), `start`, `stop` (with what to_json() says
/// of the recording), `csv` (its rows) and `kill`, and samples while it records, until `kill`, or
/// until `stop` says so, which is asked at least every half second. A recording is ended then.
///
/// Errors  those of `recorded` at the end; one of `stop` is its answer
Result<void> serve(const Listener& listener, Recorder& recorder, const std::function<bool()>& stop,
                   const Recorded& recorded);

/// Records for `length`, or until `stop` says so, which is asked at least every half second.
/// `length` 0: only then.
void record(const Clock& clock, Recorder& recorder, std::chrono::nanoseconds length,
            const std::function<bool()>& stop);

}  // namespace slipway::measure
