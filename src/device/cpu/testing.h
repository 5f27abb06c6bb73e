#pragma once
// What tests of lowering share: plans that are run.

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "device/cpu/plan_builder.h"

namespace slipway::cpu {

struct Freed {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};

using Aligned = std::unique_ptr<std::byte, Freed>;

inline Aligned aligned(std::size_t bytes) {
  return Aligned(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 127) / 64 * 64)));
}

/// The units of a step in the order of a run, or one by one from the last to the first.
enum class Order : std::uint8_t { together, backwards };

inline std::vector<Tensor> run(const BuiltPlan& plan, const Graph& graph,
                               const std::vector<Tensor>& given, Order order = Order::together) {
  const auto constants = aligned(plan.constants.size());
  std::ranges::copy(plan.constants, constants.get());
  const auto arena = aligned(plan.arena_bytes);
  std::fill_n(arena.get(), plan.arena_bytes, std::byte{0xA5});
  std::vector<const std::byte*> inputs;
  for (const auto& input : given) inputs.push_back(input.bytes().data());
  std::vector<TensorBuilder> outputs;
  for (const auto id : graph.outputs()) outputs.emplace_back(graph.type(id));
  std::vector<std::byte*> rooms;
  for (auto& output : outputs) rooms.push_back(output.bytes().data());
  const engine::Bases bases{constants.get(), arena.get(), inputs.data(), rooms.data()};
  const auto& header = plan.header();
  if (order == Order::together) {
    engine::run(header, bases);
  } else {
    for (const auto* step = engine::begin(header); step != engine::end(header);
         step = engine::next(step)) {
      for (int unit = static_cast<int>(step->units); unit-- > 0;)
        engine::row_of(step->kind)->run(*step, bases, unit, unit + 1);
    }
  }
  std::vector<Tensor> results;
  for (auto& output : outputs) results.push_back(std::move(output).build());
  return results;
}

}  // namespace slipway::cpu
