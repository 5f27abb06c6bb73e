#pragma once
// From a network of floats to one whose layers stand between Quantize and Dequantize.

#include <map>
#include <vector>

#include "ops/activation.h"
#include "quant/points.h"
#include "quant/weights.h"

namespace slipway::quant {

/// The numbers that make bytes of floats.
struct Scheme {
  std::vector<Quantization> steps;  // of each group of the points
  std::map<std::int32_t, QuantizedWeights> layers;
};

/// Every value that becomes bytes is quantized (halves to even) and dequantized where it is made,
/// and weights and biases are dequantized integers, as ONNX files have it. The passes turn this
/// into operators on integers. Inputs and outputs stay floats and keep their names.
///
/// Errors  those of Graph::add
Result<Graph> insert_pairs(const Graph& graph, const Points& points, const Scheme& scheme);

/// The op of a layer with another activation.
[[nodiscard]] AnyOp with_activation(const AnyOp& op, Activation activation);

/// The op of a layer without its activation.
[[nodiscard]] AnyOp without_activation(const AnyOp& op);

/// A copy of a graph that is made node by node, in which a value may stand for another one.
class Copy {
 public:
  explicit Copy(const Graph& from);

  /// The copy's value; constants are made when somebody asks.
  ValueId of(ValueId id);

  /// A copy of a node that takes these inputs, which are the copy's; as many outputs.
  ///
  /// Errors  those of Graph::add
  Result<std::vector<ValueId>> add(const Node& node, std::vector<ValueId> inputs);

  /// The values of `id`'s users from now on are another one.
  void set(ValueId id, ValueId to) { values_[id] = to; }

  [[nodiscard]] Graph& graph() { return to_; }

 private:
  const Graph& from_;
  Graph to_;
  std::map<ValueId, ValueId> values_;
};

/// What a value is after a trip through bytes: Dequantize(Quantize(x)).
///
/// Errors  those of Graph::add
Result<ValueId> through_bytes(Graph& graph, ValueId x, const Quantization& steps,
                              const std::string& name);

}  // namespace slipway::quant
