// Floats that are quantized on the fly for weights of bytes: what TensorFlow Lite's networks with
// quantized weights do. Their sums are integers, so that all is as the interpreter has it.

#include <algorithm>
#include <cstring>

#include "device/cpu/float_products.h"
#include "device/cpu/products.h"
#include "engine/dynamic_steps.h"
#include "kernels/dynamic_u8.h"
#include "ops/conv/conv.h"
#include "ops/conv/sum.h"
#include "ops/matmul/fully_connected.h"

namespace slipway::cpu {
namespace {

/// What is known of a layer.
struct Dynamic {
  std::vector<std::int16_t> weights;  // [inputs of one output, outputs], without their zero points
  std::int64_t outputs = 0;
  std::int64_t rows = 0;
  std::vector<float> scale;
  std::vector<float> bias;
  bool asymmetric = false;
  bool in_turn = false;
  Activation activation = Activation::none;
};

Result<Dynamic> read_layer(const Graph& graph, const Node& node) {
  const auto* weights = graph.known(node.inputs[1]);
  if (weights == nullptr) return fail(Code::unsupported, "weights that are not constant bytes");
  const auto& quant = *weights->type().quant;
  const auto rank = static_cast<int>(weights->shape().rank());
  if (quant.per_axis() && quant.axis + 1 != rank)
    return fail(Code::unsupported, "scales along dimension {} of the weights", quant.axis);
  Dynamic out;
  out.weights = ops::centred_weights(*weights);
  if (out.weights.empty()) return fail(Code::unsupported, "weights of nothing");
  out.outputs = weights->shape().back(0);
  out.rows = std::ssize(out.weights) / out.outputs;
  const auto outputs = static_cast<std::size_t>(out.outputs);
  for (std::size_t o = 0; o < outputs; ++o) out.scale.push_back(quant.scale_at(o));
  out.bias.resize(outputs);
  if (node.inputs.size() > 2 && node.inputs[2].exists()) {
    const auto* bias = graph.known(node.inputs[2]);
    if (bias == nullptr || bias->dtype() != DType::f32)
      return fail(Code::unsupported, "a bias that is not constant floats");
    std::ranges::copy(bias->values<float>(), out.bias.begin());
  }
  const auto set = [&](const auto& op) {
    out.asymmetric = op.dynamic_range == DynamicRange::asymmetric;
    out.activation = op.activation;
  };
  if (const auto* conv = node.op.as<ops::Conv>()) {
    set(*conv);
    out.in_turn = conv->scales_in_turn;
  } else {
    set(*node.op.as<ops::FullyConnected>());
  }
  return out;
}

/// What a product reads, and the scales of its pictures.
struct Quantized {
  Bordered x;
  engine::Place scales;
};

/// Adds the step that quantizes pictures: as bytes with the borders that a window reads, or, of the
/// same size, as floats.
Quantized add_quantize(Lowering& lowering, const Pixels& x, const engine::Sliding& window,
                       bool asymmetric, bool floats) {
  engine::DynamicQuantizeStep step;
  Quantized out;
  out.x = bordered_size(window);
  if (floats) out.x = {{}, window.height, window.width, window.channels};
  step.channels = window.channels;
  step.height = window.height;
  step.width = window.width;
  step.out_height = out.x.height;
  step.out_width = out.x.width;
  if (!floats) step.pad_top = window.pad_top;
  if (!floats) step.pad_left = window.pad_left;
  step.asymmetric = asymmetric ? 1 : 0;
  step.floats = floats ? 1 : 0;
  step.in_stride = x.stride;
  step.in = x.at;
  const auto pictures = static_cast<std::size_t>(window.pictures);
  const auto elements = std::int64_t{out.x.height} * out.x.width * window.channels;
  step.out = lowering.scratch(static_cast<std::size_t>(elements) * pictures * (floats ? 4 : 1));
  step.scales = lowering.scratch(pictures * sizeof(engine::DynamicScale));
  step.header.units = static_cast<std::uint32_t>(pictures);
  add_newest(lowering, step, engine::StepKind::dynamic_quantize, kernels::dynamic_u8_variants(),
             fmt::format("{} x {}x{} x {} by their range", window.pictures, window.height,
                         window.width, window.channels));
  out.x.at = step.out;
  out.scales = step.scales;
  return out;
}

/// Adds the step that makes floats of the sums at `c`.
void add_scale(Lowering& lowering, const Dynamic& layer, const Quantized& input, const Pixels& c,
               const engine::Sliding& window, bool floats) {
  engine::ScaleSumsStep step;
  step.columns = static_cast<std::int32_t>(layer.outputs);
  step.rows = window.out_height;
  step.row_pixels = window.out_width;
  step.stride = c.stride;
  step.floats = floats ? 1 : 0;
  step.in_turn = layer.in_turn ? 1 : 0;
  set_range(step, layer.activation);
  step.c = c.at;
  step.scales = input.scales;
  std::vector<std::uint32_t> sums(layer.scale.size());  // they wrap as the op's do
  for (std::size_t i = 0; i < layer.weights.size(); ++i)
    sums[i % sums.size()] += static_cast<std::uint32_t>(std::int32_t{layer.weights[i]});
  auto& plan = lowering.plan();
  const std::size_t bytes = layer.scale.size() * 4;
  step.constants = plan.add_constants(3 * bytes);
  auto* to = plan.constants_at(step.constants);
  std::memcpy(to, layer.scale.data(), bytes);
  std::memcpy(to + bytes, layer.bias.data(), bytes);
  std::memcpy(to + 2 * bytes, sums.data(), bytes);
  constexpr int kUnits = 16;  // for as many threads as share so small a thing
  step.unit_rows = (step.rows + kUnits - 1) / kUnits;
  const int units = (step.rows + step.unit_rows - 1) / step.unit_rows;
  step.header.units = static_cast<std::uint32_t>(window.pictures * units);
  add_newest(lowering, step, engine::StepKind::scale_sums, kernels::scale_sums_variants(),
             fmt::format("{} x {} sums to floats",
                         std::int64_t{window.pictures} * window.out_height * window.out_width,
                         layer.outputs));
}

/// Each channel with its own window: the float kernel over whole numbers, whose sums are exact.
Result<void> add_depthwise(Lowering& lowering, ValueId y, const engine::Sliding& window,
                           const Dynamic& layer) {
  constexpr std::int64_t kMostRows = (1 << 24) / (255 * 255);  // a float's whole numbers
  if (layer.rows > kMostRows)
    return fail(Code::unsupported, "a window of {} places over floats and bytes", layer.rows);
  const auto x = SLIPWAY_TRY(lowering.pixels(lowering.graph().node(y).inputs[0]));
  const auto input = add_quantize(lowering, x, window, layer.asymmetric, true);
  auto& plan = lowering.plan();
  const auto variants = kernels::depthwise_f32_variants();
  engine::DepthwiseF32Step step;
  step.header.variant = chosen_row(
      lowering, y, layer_of(window, DType::f32, window.channels, window.channels), variants);
  const auto& variant = variants[step.header.variant];
  const auto shape = engine::depthwise_shape<kernels::DepthwiseF32Shape>(window);
  step.window = window;
  step.in = input.x.at;
  step.in_stride = input.x.stride;
  step.panels = plan.add_constants(kernels::packed_bytes(variant, shape));
  const std::vector<float> weights(layer.weights.begin(), layer.weights.end());
  kernels::pack_depthwise_f32(variant, shape, weights.data(), nullptr,
                              plan.constants_at(step.panels));
  set_range(step, Activation::none);
  const auto out = lowering.make_pixels(y);
  step.out = out.at;
  step.out_stride = out.stride;
  step.header.units = static_cast<std::uint32_t>(window.pictures * window.out_height);
  plan.add(step, engine::StepKind::depthwise_f32, kernels::name_of(variant.isa), words_of(window));
  add_scale(lowering, layer, input, out, window, true);
  return {};
}

}  // namespace

bool is_dynamic(const Graph& graph, ValueId y) {
  const auto& node = graph.node(y);
  return graph.type(node.inputs[0]).dtype == DType::f32 &&
         graph.type(node.inputs[1]).dtype == DType::i8 &&
         graph.type(node.inputs[1]).quant.has_value();
}

Result<void> lower_conv_dynamic(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& conv = *node.op.as<ops::Conv>();
  const auto layer = SLIPWAY_TRY(read_layer(graph, node));
  const auto& shape = graph.type(node.inputs[0]).shape;
  const auto sliding = SLIPWAY_TRY(conv.window(shape, graph.type(node.inputs[1]).shape));
  const auto window = SLIPWAY_TRY(sliding_of(sliding, shape));
  const bool depthwise =
      conv.group > 1 && conv.group == window.channels && conv.group == layer.outputs;
  if (depthwise) return add_depthwise(lowering, y, window, layer);
  const auto x = SLIPWAY_TRY(lowering.pixels(node.inputs[0]));
  const auto input = add_quantize(lowering, x, window, layer.asymmetric, false);
  const auto out = lowering.make_pixels(y);
  const auto pixels = std::int64_t{window.pictures} * window.out_height * window.out_width;
  const auto name = layer_of(window, DType::u8, conv.group, layer.outputs) + ", sums";
  const auto choice = product_choice(kernels::gemm_u8_variants(),
                                     lowering.choose(y, name, byte_candidates(lowering, pixels)));
  const auto inputs = static_cast<std::int32_t>(window.channels / conv.group);
  const auto outputs = layer.outputs / conv.group;
  for (std::int32_t g = 0; g < conv.group; ++g) {
    auto product = SLIPWAY_TRY(product_input(
        input.x, window, {g * inputs, inputs, static_cast<std::int32_t>(layer.outputs)}, 1));
    spread(product.rows, out.stride);
    add_sums(lowering, product, columns_of(layer.weights, layer.outputs, g * outputs, outputs),
             outputs, moved(out.at, g * outputs, 4), choice);
  }
  add_scale(lowering, layer, input, out, window, false);
  return {};
}

Result<void> lower_dense_dynamic(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto layer = SLIPWAY_TRY(read_layer(graph, node));
  const auto rows = graph.type(y).shape.elements() / layer.outputs;
  engine::Sliding window;
  window.pictures = static_cast<std::int32_t>(rows);
  window.channels = static_cast<std::int32_t>(layer.rows);
  window.height = window.width = window.out_height = window.out_width = 1;
  const Pixels x{SLIPWAY_TRY(lowering.place(node.inputs[0])), layer.rows};
  const auto input = add_quantize(lowering, x, window, layer.asymmetric, false);
  const Pixels out{lowering.make_room(y), layer.outputs};
  const auto name = fmt::format("dense u8 {} x {} x {}, sums", rows, layer.rows, layer.outputs);
  const auto choice = product_choice(kernels::gemm_u8_variants(),
                                     lowering.choose(y, name, byte_candidates(lowering, rows)));
  add_sums(lowering, dense_input(input.x.at, rows, layer.rows, layer.outputs), layer.weights,
           layer.outputs, out.at, choice);
  add_scale(lowering, layer, input, out, window, false);
  return {};
}

}  // namespace slipway::cpu
