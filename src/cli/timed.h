#pragma once
// Running a model while looking at the clock.

#include <functional>
#include <span>
#include <vector>

#include "cli/world.h"
#include "ir/graph.h"

namespace slipway::cli {

/// What runs models here, and whose clock that is, as every figure says.
inline constexpr const char* kDevice = "REF";
inline constexpr const char* kClock = "measured";
inline constexpr const char* kDeviceWords = "measured on this CPU, reference interpreter";

struct TimedRun {
  std::vector<Tensor> outputs;
  double time_ms = 0;
};

/// Errors  as interpret
Result<TimedRun> timed_run(World& world, const Graph& graph, std::span<const Tensor> inputs,
                           const std::function<void(ValueId, const Tensor&)>& observe = {});

struct Statistics {
  double mean = 0;
  double min = 0;
  double max = 0;
};

/// Needs at least one.
[[nodiscard]] Statistics statistics(std::span<const double> values);
[[nodiscard]] Json to_json(const Statistics& statistics);

/// Tensors for all inputs of a graph: the files that were given ("F.npy" in order, "NAME=F.npy" by
/// name), and seeded random numbers for the rest. Unknown dimensions become 1.
///
/// Errors  not_found, corrupt: a file that cannot be read; invalid_input: an input that is not
///         there, or a tensor that does not fit
Result<std::vector<Tensor>> make_inputs(World& world, const Graph& graph,
                                        std::span<const std::string> given, std::uint64_t seed);

}  // namespace slipway::cli
