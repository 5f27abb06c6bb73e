#pragma once
// What tests of what runs on pictures share.

#include <set>
#include <vector>

#include "compile/quantizer.h"
#include "ops/testing.h"

namespace slipway::compile {

/// Random inputs of a network, of which some cannot be read. `graph` must outlive them.
[[nodiscard]] inline Pictures pictures(const Graph& graph, std::size_t count,
                                       std::set<std::size_t> broken = {},
                                       std::uint64_t seed = 100) {
  Pictures out;
  out.count = count;
  out.read = [&graph, broken = std::move(broken),
              seed](std::size_t i) -> Result<std::vector<Tensor>> {
    if (broken.contains(i)) return fail(Code::corrupt, "picture {} is broken", i);
    return inputs_for(graph, seed + i);
  };
  return out;
}

}  // namespace slipway::compile
