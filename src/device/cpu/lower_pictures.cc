// What stands at the ends of a network: floats that become bytes, and means over pictures.

#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "engine/picture_steps.h"
#include "kernels/mean_u8.h"
#include "kernels/quantize_u8.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {

namespace {

bool is_bytes(const TensorType& type) {
  return type.dtype == DType::u8 && type.quant && !type.quant->per_axis();
}

/// Whether floats become bytes with halves rounded to even.
bool quantizes(const Lowering& lowering, ValueId y) {
  const auto* quantize = lowering.maker<ops::Quantize>(y);
  return quantize != nullptr && quantize->halves_to_even && is_bytes(lowering.graph().type(y)) &&
         lowering.graph().type(lowering.graph().node(y).inputs[0]).dtype == DType::f32;
}

/// Bytes of floats, or of a picture with its channels first.
Result<void> add_quantize(Lowering& lowering, ValueId quantize, ValueId y) {
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(quantize).inputs[0];
  const auto& shape = graph.type(x).shape;
  engine::QuantizePictureStep step;
  step.channels_first = quantize == y ? 0 : 1;
  step.channels = quantize == y ? 1 : static_cast<std::int32_t>(shape[1]);
  step.pixels = static_cast<std::int32_t>(shape.elements() / step.channels);
  step.scale = graph.type(quantize).quant->scale[0];
  step.zero = graph.type(quantize).quant->zero_point[0];
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.make_room(y);
  add_newest(lowering, step, engine::StepKind::quantize_picture, kernels::quantize_u8_variants(),
             fmt::format("{} floats to bytes", shape.elements()));
  return {};
}

/// ReduceMean over the pixels of Dequantize, or nothing.
std::vector<ValueId> mean_before(const Lowering& lowering, ValueId quantize) {
  const auto& graph = lowering.graph();
  const ValueId mean = graph.node(quantize).inputs[0];
  const auto* op = lowering.maker<ops::ReduceMean>(mean);
  const std::vector<std::int64_t> pixels = {1, 2};
  if (op == nullptr || op->axes != pixels || !lowering.used_once(mean)) return {};
  const ValueId real = graph.node(mean).inputs[0];
  if (lowering.maker<ops::Dequantize>(real) == nullptr) return {};
  const auto& in = graph.type(graph.node(real).inputs[0]);
  const bool fits = is_bytes(in) && in.shape.rank() == 4 && in.shape[0] == 1;
  if (!fits || !quantizes(lowering, quantize)) return {};
  std::vector<ValueId> out = {mean};
  if (lowering.used_once(real)) out.push_back(real);
  return out;
}

Result<void> add_mean(Lowering& lowering, ValueId quantize) {
  const auto& graph = lowering.graph();
  const ValueId real = graph.node(graph.node(quantize).inputs[0]).inputs[0];
  const ValueId x = graph.node(real).inputs[0];
  const auto& in = graph.type(x);
  const auto& out = graph.type(quantize);
  constexpr std::int64_t kMostPixels = 1 << 22;  // their sum has 31 bits
  const float ratio = in.quant->scale[0] / out.quant->scale[0];
  if (in.shape[1] * in.shape[2] > kMostPixels || ratio > 1e6F)
    return fail(Code::unsupported, "a mean of {}", in.text());
  engine::MeanU8Step step;
  step.channels = static_cast<std::int32_t>(in.shape[3]);
  step.pixels = static_cast<std::int32_t>(in.shape[1] * in.shape[2]);
  step.scale = ratio / static_cast<float>(step.pixels);
  step.zero_in = in.quant->zero_point[0];
  step.zero_out = out.quant->zero_point[0];
  step.in = SLIPWAY_TRY(lowering.vector_place(x));
  step.out = lowering.make_room(quantize);
  add_newest(lowering, step, engine::StepKind::mean_u8, kernels::mean_u8_variants(),
             fmt::format("{} pixels of {} channels", step.pixels, step.channels));
  return {};
}

}  // namespace

std::vector<ValueId> transpose_claims(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const ValueId bytes = graph.node(y).inputs[0];
  const std::vector<std::int64_t> last = {0, 2, 3, 1};
  const bool fits = lowering.maker<ops::Transpose>(y)->perm == last && lowering.used_once(bytes) &&
                    quantizes(lowering, bytes) && graph.type(bytes).shape[0] == 1;
  return fits ? std::vector{bytes} : planes_claims(lowering, y);
}

Result<void> lower_transpose(Lowering& lowering, ValueId y) {
  const ValueId x = lowering.graph().node(y).inputs[0];
  if (!lowering.is_claimed(x)) return lower_move(lowering, y);
  return quantizes(lowering, x) ? add_quantize(lowering, x, y) : lower_planes(lowering, y);
}

bool transpose_reads_apart(const Lowering& lowering, ValueId y, ValueId) {
  const ValueId x = lowering.graph().node(y).inputs[0];
  return !lowering.is_claimed(x) || !quantizes(lowering, x);
}

bool transpose_writes_apart(const Lowering& lowering, ValueId y) {
  return !lowering.is_claimed(lowering.graph().node(y).inputs[0]);
}

std::vector<ValueId> quantize_claims(const Lowering& lowering, ValueId y) {
  return mean_before(lowering, y);
}

Result<void> lower_quantize(Lowering& lowering, ValueId y) {
  if (!mean_before(lowering, y).empty()) return add_mean(lowering, y);
  if (quantizes(lowering, y)) return add_quantize(lowering, y, y);
  return lower_elementwise(lowering, y);
}

Result<void> lower_reshape(Lowering& lowering, ValueId y) {
  return lowering.alias(y, lowering.graph().node(y).inputs[0]);
}

bool reshape_reads_apart(const Lowering& lowering, ValueId y, ValueId x) {
  const auto& graph = lowering.graph();
  return pixel_of(graph.type(x).shape) == pixel_of(graph.type(y).shape) && lowering.read_apart(y);
}

}  // namespace slipway::cpu
