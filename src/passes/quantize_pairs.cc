#include <algorithm>
#include <cmath>

#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// The op on integers, or nothing where there is none.
std::optional<AnyOp> on_integers(const AnyOp& op) {
  if (const auto* conv = op.as<ops::Conv>()) {
    auto changed = *conv;
    changed.rounding = Rounding::real_even;
    return AnyOp(changed);
  }
  if (const auto* dense = op.as<ops::FullyConnected>()) {
    auto changed = *dense;
    changed.rounding = Rounding::real_even;
    return AnyOp(changed);
  }
  if (const auto* add = op.as<ops::Add>()) {
    auto changed = *add;
    changed.rounding = Rounding::real_even;
    return AnyOp(changed);
  }
  return std::nullopt;
}

/// The integers that a float value stands for: what was dequantized, and a Transpose behind it.
struct Source {
  ValueId integers = kNoValue;
  ValueId transpose = kNoValue;
};

Source source_of(const Graph& graph, ValueId id) {
  if (!id.exists()) return {};
  Source source;
  if (graph.node(id).op.is<ops::Transpose>()) {
    source.transpose = id;
    id = graph.node(id).inputs[0];
  }
  const auto& node = graph.node(id);
  if (!node.op.is<ops::Dequantize>() || node.inputs.size() != 1) return {};
  const auto& quant = graph.type(node.inputs[0]).quant;
  if (!quant || (source.transpose.exists() && quant->per_axis())) return {};
  source.integers = node.inputs[0];
  return source;
}

/// The integers with their Transpose.
Result<ValueId> moved(Graph& graph, const Source& source) {
  if (!source.transpose.exists()) return source.integers;
  const AnyOp transpose = graph.node(source.transpose).op;
  return graph.add(transpose, {source.integers}, graph.value(source.transpose).name + "/integers");
}

/// Whether a bias counts in steps of the sum, as it does where the operator is one of integers.
bool bias_fits(const Graph& graph, const std::vector<Source>& inputs) {
  if (inputs.size() < 3 || !inputs[2].integers.exists()) return true;
  const auto& x = *graph.type(inputs[0].integers).quant;
  const auto& w = *graph.type(inputs[1].integers).quant;
  const auto& b = *graph.type(inputs[2].integers).quant;
  if (x.per_axis()) return false;
  constexpr float kRounded = 1e-6F;  // the product of the scales was rounded once or twice
  const std::size_t count = std::max(w.scale.size(), b.scale.size());
  const auto covers = [&](const Quantization& quant) {
    return !quant.per_axis() || quant.scale.size() == count;
  };
  if (!covers(w) || !covers(b)) return false;
  for (std::size_t o = 0; o < count; ++o) {
    const float step = x.scale[0] * w.scale_at(o);
    if (std::abs(b.scale_at(o) - step) > kRounded * step || b.zero_at(o) != 0) return false;
  }
  return true;
}

}  // namespace

Result<bool> quantize_pairs(Graph& graph) {
  const Uses uses(graph);
  Rewriter rewriter(graph);
  bool changed = false;
  bool left_over = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    const auto* quantize = node.op.as<ops::Quantize>();
    if (quantize == nullptr || !quantize->halves_to_even || !node.outputs[0].type.quant) continue;
    if (node.outputs[0].type.quant->per_axis()) continue;
    const ValueId y = node.inputs[0];
    const Node inner = graph.node(y);
    auto op = on_integers(inner.op);
    if (!op || uses.only_user(y) != n) continue;
    std::vector<Source> sources;
    bool all = true;
    for (const auto id : inner.inputs) {
      sources.push_back(source_of(graph, id));
      all = all && (sources.back().integers.exists() || !id.exists());
    }
    if (!all || (!inner.op.is<ops::Add>() && !bias_fits(graph, sources))) continue;
    std::vector<ValueId> inputs;
    for (const auto& source : sources) {
      const bool given = source.integers.exists();
      inputs.push_back(given ? SLIPWAY_TRY(moved(graph, source)) : kNoValue);
      left_over = left_over || source.transpose.exists();
    }
    Value out = node.outputs[0];
    out.name += "/integers";
    out.known.reset();
    // What the integer op does not take (other types, scales of a bias that do not fit) stays.
    const auto made = graph.add_typed(std::move(*op), std::move(inputs), {out});
    if (!made) continue;
    rewriter.replace({n, 0}, (*made)[0]);
    changed = true;
  }
  if (changed || left_over) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
