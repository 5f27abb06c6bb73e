#pragma once
// From a graph to a plan: which kernel computes which nodes, with which constants.

#include "device/cpu/plan_builder.h"
#include "kernels/isa.h"

namespace slipway::cpu {

struct LowerOptions {
  kernels::Isa isa = kernels::Isa::portable;  // the newest that may be used
};

/// A plan for a graph that went through the passes: one picture, integers inside.
///
/// Errors  unsupported: a node that no kernel takes, by its name and why
Result<BuiltPlan> lower(const Graph& graph, const LowerOptions& options);

}  // namespace slipway::cpu
