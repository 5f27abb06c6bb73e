#pragma once
// What the files of lower*.cc share: the plan that grows, and where each value lies.

#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "device/cpu/lower.h"
#include "ops/window.h"

namespace slipway::cpu {

class Lowering {
 public:
  Lowering(const Graph& graph, const LowerOptions& options);

  Result<BuiltPlan> run();

  // --- for the files of kernels ----------------------------------------------------------------

  [[nodiscard]] const Graph& graph() const { return graph_; }

  [[nodiscard]] PlanBuilder& plan() { return plan_; }

  [[nodiscard]] kernels::Isa isa() const { return options_.isa; }

  /// The node that makes a value, if it is a T.
  template <class T>
  [[nodiscard]] const T* maker(ValueId id) const {
    return id.exists() ? graph_.node(id).op.as<T>() : nullptr;
  }

  /// Where a value lies that was lowered before.
  ///
  /// Errors  unsupported: nothing computes it as bytes
  Result<engine::Place> place(ValueId id) const;

  /// The same for kernels that read whole vectors: only parts of the arena have room behind them.
  ///
  /// Errors  unsupported: the value is an input of the plan, or an output that is read again
  Result<engine::Place> vector_place(ValueId id) const;

  /// Room for a value: an output of the graph, or a part of the arena until its last use.
  engine::Place make_room(ValueId id);

  /// A part of the arena for one step alone; given back when the node is done.
  engine::Place scratch(std::size_t bytes);

  /// Whether nothing but one node uses a value.
  [[nodiscard]] bool used_once(ValueId id) const;

 private:
  Result<void> visit(std::int32_t n);
  Result<void> alias(ValueId id, ValueId of);
  void find_residuals();
  void release(std::int32_t n);

  const Graph& graph_;
  const LowerOptions& options_;
  PlanBuilder plan_;
  std::map<ValueId, engine::Place> places_;
  std::map<ValueId, std::int32_t> last_use_;
  std::map<ValueId, std::int32_t> uses_;
  std::map<std::int32_t, ValueId> convolution_of_;  // a sum -> the convolution that it joins
  std::set<std::int32_t> joined_;                   // those convolutions
  std::vector<engine::Place> scratch_;
};

/// The row of a kernel's table for the newest instruction set that may be used.
template <class Variants>
[[nodiscard]] std::uint32_t best(const Variants& variants, kernels::Isa isa) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < variants.size(); ++i)
    if (variants[i].isa <= isa && kernels::runs_here(variants[i].isa)) found = i;
  return found;
}

/// The steps of a convolution; `sum` is the Add that joins it, or -1, and `y` where it ends.
Result<void> lower_conv(Lowering& lowering, ValueId conv, std::int32_t sum, ValueId y);

/// logits = FullyConnected(Dequantize(x), Dequantize(w), Dequantize(b)), in floats.
Result<void> lower_dense(Lowering& lowering, ValueId dense);

/// Transpose(Quantize(input)): a picture of floats as bytes, channels last.
Result<void> lower_picture(Lowering& lowering, ValueId transpose);

/// Quantize(ReduceMean(Dequantize(x))).
Result<void> lower_mean(Lowering& lowering, ValueId quantize);

}  // namespace slipway::cpu
