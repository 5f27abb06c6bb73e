#include <cmath>

#include "ir/rewrite.h"
#include "ops/quant/fake_quantize.h"
#include "ops/quant/quantize.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

/// The bytes that a range is cut into; nothing where 0 is none of its steps.
std::optional<Quantization> bytes_of(double low, double high) {
  constexpr double kSteps = 255;
  constexpr double kOff = 1e-3;  // of a step: ranges were computed from scales and rounded
  const double scale = (high - low) / kSteps;
  if (!(scale > 0) || !std::isfinite(scale)) return std::nullopt;
  const double zero = -low / scale;
  const double whole = std::nearbyint(zero);
  if (std::abs(zero - whole) > kOff || whole < 0 || whole > kSteps) return std::nullopt;
  return per_tensor(static_cast<float>(scale), static_cast<std::int32_t>(whole));
}

std::optional<double> number_of(const Graph& graph, ValueId id) {
  const auto* known = graph.known(id);
  if (known == nullptr || known->elements() != 1) return std::nullopt;
  return to_doubles(*known)[0];
}

std::optional<Quantization> quantization_of(const Graph& graph, const Node& node) {
  if (const auto* fake = node.op.as<ops::FakeQuant>()) {
    const bool full = fake->bits == 8 && !fake->narrow_range;
    const auto low = static_cast<double>(fake->min);
    return full ? bytes_of(low, static_cast<double>(fake->max)) : std::nullopt;
  }
  const auto* fake = node.op.as<ops::FakeQuantize>();
  if (fake == nullptr || fake->levels != 256) return std::nullopt;
  const auto low = number_of(graph, node.inputs[1]);
  const auto high = number_of(graph, node.inputs[2]);
  const bool same = low && high && low == number_of(graph, node.inputs[3]) &&
                    high == number_of(graph, node.inputs[4]);
  return same ? bytes_of(*low, *high) : std::nullopt;
}

}  // namespace

Result<bool> split_fake_quantize(Graph& graph) {
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    const auto quant = quantization_of(graph, node);
    if (!quant) continue;
    const std::string name = node.outputs[0].name;
    Value bytes{name + "/bytes", {DType::u8, node.outputs[0].type.shape, quant}};
    const ops::Quantize quantize{.to = DType::u8, .halves_to_even = true};
    const auto made = SLIPWAY_TRY(graph.add_typed(quantize, {node.inputs[0]}, {std::move(bytes)}));
    rewriter.replace({n, 0},
                     SLIPWAY_TRY(rewriter.add(ops::Dequantize{}, {made[0]}, name + "/floats")));
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
