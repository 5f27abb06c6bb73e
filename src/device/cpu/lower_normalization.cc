// Pictures of bytes as the floats that a recipe makes of them.

#include <cstring>

#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "engine/lookup_steps.h"
#include "kernels/dequantize_u8.h"
#include "ops/elementwise/binary.h"
#include "ops/quant/quantize.h"

namespace slipway::cpu {
namespace {

/// (x - mean) / std, of bytes as they are; either constant may be missing.
struct Normalization {
  ValueId x = kNoValue;
  std::vector<float> mean;
  std::vector<float> std;        // empty: ones
  std::vector<ValueId> between;  // from y on
};

/// Floats for channels that begin anew after kChannelPeriod elements: one number, or one for each.
std::optional<std::vector<float>> repeated(const Graph& graph, ValueId id, const Shape& y) {
  const auto* known = graph.known(id);
  const std::int64_t channels = pixel_of(y);
  if (known == nullptr || known->dtype() != DType::f32 || kernels::kChannelPeriod % channels != 0)
    return std::nullopt;
  const auto& shape = known->shape();
  const bool one = known->elements() == 1;
  if (!one && (known->elements() != channels || pixel_of(shape) != channels)) return std::nullopt;
  const auto values = known->values<float>();
  std::vector<float> out;
  for (std::size_t i = 0; i < kernels::kChannelPeriod; ++i)
    out.push_back(values[one ? 0 : i % static_cast<std::size_t>(channels)]);
  return out;
}

/// The constant of a node that is Op(other, constant), whose shape is that of `other`.
template <class Op>
std::optional<std::vector<float>> constant_of(const Lowering& lowering, ValueId id) {
  const auto& graph = lowering.graph();
  const auto* op = lowering.maker<Op>(id);
  if (op == nullptr || op->activation != Activation::none) return std::nullopt;
  const auto& inputs = graph.node(id).inputs;
  const auto& shape = graph.type(id).shape;
  if (graph.type(inputs[0]).shape != shape) return std::nullopt;
  return repeated(graph, inputs[1], shape);
}

/// The bytes whose numbers a value is, or nothing.
ValueId bytes_of(const Lowering& lowering, ValueId id) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(id);
  if (node.inputs.size() != 1 || graph.known(id) != nullptr) return kNoValue;
  const auto& type = graph.type(node.inputs[0]);
  const bool is_cast = node.op.is<ops::Cast>() && !type.quant;
  const bool is_real = node.op.is<ops::Dequantize>() && type.quant && !type.quant->per_axis() &&
                       type.quant->scale[0] == 1 && type.quant->zero_point[0] == 0;
  const bool fits = type.dtype == DType::u8 && graph.type(id).dtype == DType::f32;
  return fits && (is_cast || is_real) ? node.inputs[0] : kNoValue;
}

std::optional<Normalization> find_normalization(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  if (graph.type(y).dtype != DType::f32 || graph.known(y) != nullptr) return std::nullopt;
  Normalization out;
  ValueId at = y;
  const auto step_over = [&](std::vector<float> constant, std::vector<float>& into) {
    into = std::move(constant);
    at = graph.node(at).inputs[0];
    out.between.push_back(at);
    return lowering.used_once(at);
  };
  if (auto std = constant_of<ops::Div>(lowering, at))
    if (!step_over(*std::move(std), out.std)) return std::nullopt;
  if (auto mean = constant_of<ops::Sub>(lowering, at))
    if (!step_over(*std::move(mean), out.mean)) return std::nullopt;
  if (out.between.empty()) return std::nullopt;
  out.x = bytes_of(lowering, at);
  if (!out.x.exists()) return std::nullopt;
  if (out.mean.empty()) out.mean.assign(kernels::kChannelPeriod, 0);
  return out;
}

}  // namespace

std::vector<ValueId> normalization_claims(const Lowering& lowering, ValueId y) {
  const auto found = find_normalization(lowering, y);
  return found ? found->between : std::vector<ValueId>{};
}

namespace {

/// Adds the step, whose sizes and output are set.
Result<void> add_step(Lowering& lowering, engine::NormalizeStep step, const Normalization& what,
                      std::int64_t pictures) {
  auto& plan = lowering.plan();
  const auto put = [&](const std::vector<float>& values) {
    return plan.add_constants(std::as_bytes(std::span(values)));
  };
  step.divides = what.std.empty() ? 0 : 1;
  step.mean = put(what.mean);
  step.std = step.divides != 0 ? put(what.std) : step.mean;
  step.in = SLIPWAY_TRY(lowering.place(what.x));
  step.header.units = static_cast<std::uint32_t>(pictures * step.out_height);
  const bool same = step.height == step.out_height && step.row == step.out_row;
  add_newest(lowering, step, engine::StepKind::normalize, kernels::normalize_u8_variants(),
             fmt::format("{} rows of {} bytes to floats{}", pictures * step.height, step.row,
                         same ? "" : ", with borders"));
  return {};
}

}  // namespace

Result<void> lower_normalization(Lowering& lowering, ValueId y) {
  const auto found = find_normalization(lowering, y);
  if (!found) return lower_elementwise(lowering, y);
  const auto& shape = lowering.graph().type(y).shape;
  const auto row = pixel_of(shape) * (shape.rank() > 1 ? shape.back(1) : 1);
  engine::NormalizeStep step;
  step.row = step.out_row = static_cast<std::int32_t>(row);
  step.height = step.out_height = static_cast<std::int32_t>(shape.elements() / row);
  step.out = lowering.make_room(y);
  return add_step(lowering, step, *found, 1);
}

bool is_normalization(const Lowering& lowering, ValueId x) {
  return find_normalization(lowering, x).has_value();
}

Result<Bordered> normalized_with_borders(Lowering& lowering, ValueId x,
                                         const engine::Sliding& window) {
  auto out = bordered_size(window);
  engine::NormalizeStep step;
  step.height = window.height;
  step.row = window.width * window.channels;
  step.out_height = out.height;
  step.out_row = out.width * window.channels;
  step.pad_top = window.pad_top;
  step.pad_left = window.pad_left * window.channels;
  const std::int64_t elements = std::int64_t{step.out_height} * step.out_row * window.pictures;
  step.out = lowering.scratch(static_cast<std::size_t>(elements) * sizeof(float));
  out.at = step.out;
  SLIPWAY_TRY(add_step(lowering, step, *find_normalization(lowering, x), window.pictures));
  return out;
}

}  // namespace slipway::cpu
