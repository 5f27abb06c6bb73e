#include "ops/detect/recognise.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace slipway {
namespace {

template <std::size_t N>
bool is_one_of(const AnyOp& op, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), op.name()) != names.end();
}

}  // namespace

bool has_detection_output(const Graph& graph) {
  static constexpr auto kDetectors =
      std::to_array<std::string_view>({"DetectionPostProcess", "DetectionOutput"});
  const auto outputs = graph.outputs();
  return std::any_of(outputs.begin(), outputs.end(),
                     [&](ValueId id) { return is_one_of(graph.node(id).op, kDetectors); });
}

bool has_detection_rows(const Graph& graph) {
  return !graph.outputs().empty() && graph.node(graph.outputs()[0]).op.name() == "DetectionOutput";
}

bool ends_in_probabilities(const Graph& graph) {
  static constexpr auto kNeutral = std::to_array<std::string_view>(
      {"Reshape", "Squeeze", "Dequantize", "Quantize", "Transpose", "Cast"});
  static constexpr auto kProbabilities = std::to_array<std::string_view>({"Softmax", "Sigmoid"});
  if (graph.outputs().empty()) return false;
  ValueId at = graph.outputs()[0];
  while (is_one_of(graph.node(at).op, kNeutral) && !graph.node(at).inputs.empty())
    at = graph.node(at).inputs[0];
  return is_one_of(graph.node(at).op, kProbabilities);
}

}  // namespace slipway
