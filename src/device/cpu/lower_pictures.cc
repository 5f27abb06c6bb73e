// What stands at the ends of a network: floats that become bytes, and means over pictures.

#include "device/cpu/lowering.h"
#include "kernels/quantize_u8.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {

Result<void> lower_picture(Lowering& lowering, ValueId transpose) {
  const auto& graph = lowering.graph();
  const ValueId bytes = graph.node(transpose).inputs[0];
  const std::vector<std::int64_t> last = {0, 2, 3, 1};
  const auto* quantize = lowering.maker<ops::Quantize>(bytes);
  const bool fits = lowering.maker<ops::Transpose>(transpose)->perm == last &&
                    quantize != nullptr && quantize->halves_to_even && lowering.used_once(bytes) &&
                    graph.type(bytes).dtype == DType::u8 && graph.type(bytes).quant &&
                    !graph.type(bytes).quant->per_axis();
  if (!fits) return fail(Code::unsupported, "a transposition");
  const ValueId x = graph.node(bytes).inputs[0];
  const auto& shape = graph.type(x).shape;
  if (graph.type(x).dtype != DType::f32 || shape[0] != 1)
    return fail(Code::unsupported, "a picture of {}", graph.type(x).text());
  engine::QuantizePictureStep step;
  step.channels = static_cast<std::int32_t>(shape[1]);
  step.pixels = static_cast<std::int32_t>(shape[2] * shape[3]);
  step.channels_first = 1;
  step.header.variant = best(kernels::quantize_u8_variants(), lowering.isa());
  step.scale = graph.type(bytes).quant->scale[0];
  step.zero = graph.type(bytes).quant->zero_point[0];
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.make_room(transpose);
  lowering.plan().add(step, engine::StepKind::quantize_picture);
  return {};
}

Result<void> lower_mean(Lowering& lowering, ValueId quantize) {
  const auto& graph = lowering.graph();
  const ValueId mean = graph.node(quantize).inputs[0];
  const ValueId real = graph.node(mean).inputs[0];
  const auto* op = lowering.maker<ops::ReduceMean>(mean);
  const std::vector<std::int64_t> pixels = {1, 2};
  const bool fits = op->axes == pixels && lowering.maker<ops::Dequantize>(real) != nullptr &&
                    lowering.used_once(mean) && graph.type(real).shape.rank() == 4;
  if (!fits) return fail(Code::unsupported, "a mean other than over a quantized picture");
  const ValueId x = graph.node(real).inputs[0];
  const auto& in = graph.type(x);
  const auto& out = graph.type(quantize);
  const bool scaled = in.quant && !in.quant->per_axis() && out.quant && !out.quant->per_axis() &&
                      lowering.maker<ops::Quantize>(quantize)->halves_to_even;
  if (in.dtype != DType::u8 || out.dtype != DType::u8 || !scaled || in.shape[0] != 1)
    return fail(Code::unsupported, "a mean of {}", in.text());
  engine::MeanU8Step step;
  step.channels = static_cast<std::int32_t>(in.shape[3]);
  step.pixels = static_cast<std::int32_t>(in.shape[1] * in.shape[2]);
  step.scale = in.quant->scale[0] / out.quant->scale[0] / static_cast<float>(step.pixels);
  step.zero_in = in.quant->zero_point[0];
  step.zero_out = out.quant->zero_point[0];
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.make_room(quantize);
  lowering.plan().add(step, engine::StepKind::mean_u8);
  return {};
}

}  // namespace slipway::cpu
