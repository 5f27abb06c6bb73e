#pragma once
// Streams that are processes: nothing of one is in the way of another, as with services that run
// beside each other, and what kills one leaves the measurement with a sentence.

#include <chrono>
#include <functional>

#include "measure/streams.h"

namespace slipway::measure {

/// Makes a stream's inference ready, in the process that is to run it.
using MakeInfer = std::function<Result<Infer>(std::size_t stream)>;

/// As measure(), with a process for each of `count` streams, forked from this one. They wait for
/// each other when they are ready, in front of the warm-up, and in front of the measured part,
/// which begins for all at one moment; one that keeps the others waiting for longer than
/// `patience`, or a measured part in which none ends an inference for as long, ends all of them.
/// Rules::sample is called in the processes; stop and progress in this one. Rules::steady_by,
/// window_begins and window_ends are not looked at, and Stream::course stays empty. Needs one
/// stream, and a clock that all processes share.
///
/// Errors  those of a stream; timeout: one is not ready in time, or hangs; unavailable: no
/// processes, or one
///         that was killed. No process is left when this returns.
Result<Measured> measure_processes(const Clock& clock, std::size_t count, const MakeInfer& make,
                                   const Rules& rules,
                                   std::chrono::milliseconds patience = std::chrono::minutes(1));

}  // namespace slipway::measure
