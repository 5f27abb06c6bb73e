// Convolutions and dense layers of floats.

#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"

namespace slipway::cpu {
namespace {

/// Constant weights [rows, outputs] of one product, and its biases.
struct Weights {
  std::vector<float> values;
  std::int64_t rows = 0;
  std::int64_t outputs = 0;
  std::vector<float> bias;  // empty: zeros
};

/// The constants of a layer.
///
/// Errors  unsupported: weights that are not known, or of another type
struct Constants {
  std::span<const float> weights;
  std::span<const float> bias;
};

Result<Constants> constants_of(const Graph& graph, const Node& node) {
  const auto& x = graph.type(node.inputs[0]);
  if (x.dtype != DType::f32) return fail(Code::unsupported, "activations {}", x.text());
  const auto* weights = graph.known(node.inputs[1]);
  if (weights == nullptr || weights->dtype() != DType::f32)
    return fail(Code::unsupported, "weights that are not constant floats");
  const bool has_bias = node.inputs.size() > 2 && node.inputs[2].exists();
  const auto* bias = has_bias ? graph.known(node.inputs[2]) : nullptr;
  if (has_bias && (bias == nullptr || bias->dtype() != DType::f32))
    return fail(Code::unsupported, "a bias that is not constant floats");
  Constants out;
  out.weights = weights->values<float>();
  if (bias != nullptr) out.bias = bias->values<float>();
  if (out.weights.empty()) return fail(Code::unsupported, "weights of nothing");
  return out;
}

/// What stands behind the sums of a layer.
struct Ending {
  Activation activation = Activation::none;
  std::optional<engine::Place> residual;
};

/// The step of one product; `c` is where its first pixel goes.
void add_product(Lowering& lowering, const ProductInput& input, const Weights& weights,
                 const engine::Place& c, const Ending& ending) {
  const auto variants = kernels::gemm_f32_variants();
  engine::ProductF32Step step;
  step.header.variant = best(variants, lowering.isa());
  const auto& variant = variants[step.header.variant];
  step.shape = {static_cast<int>(weights.outputs), input.segments, input.segment_elements};
  step.panels = lowering.plan().add_constants(kernels::packed_bytes(variant, step.shape));
  kernels::pack_gemm_f32(variant, step.shape, weights.values.data(),
                         weights.bias.empty() ? nullptr : weights.bias.data(),
                         lowering.plan().constants_at(step.panels));
  step.rows = input.rows;
  step.a = input.a;
  step.c = c;
  step.adds = ending.residual ? 1 : 0;
  if (ending.residual) step.residual = *ending.residual;
  const auto range = range_of(ending.activation);
  step.low = range.low;
  step.high = range.high;
  cut(step.rows, weights.rows * 4, step.shape.n, weights.rows * 4, variant.panel);
  step.header.units = static_cast<std::uint32_t>(units_of(step.rows, step.shape.n));
  lowering.plan().add(step, engine::StepKind::product_f32, kernels::name_of(variant.isa),
                      fmt::format("{} x {} x {}{}", input.pixels(), weights.rows, weights.outputs,
                                  ending.residual ? ", added" : ""));
}

/// Columns `first` to `first + count` of weights [rows, all].
Weights columns_of(const Constants& constants, std::int64_t all, std::int64_t first,
                   std::int64_t count) {
  Weights out;
  out.rows = std::ssize(constants.weights) / all;
  out.outputs = count;
  for (std::int64_t k = 0; k < out.rows; ++k) {
    const auto row = constants.weights.subspan(static_cast<std::size_t>(k * all + first),
                                               static_cast<std::size_t>(count));
    out.values.insert(out.values.end(), row.begin(), row.end());
  }
  if (!constants.bias.empty()) {
    const auto part =
        constants.bias.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    out.bias.assign(part.begin(), part.end());
  }
  return out;
}

/// Each channel with its own window.
Result<void> add_depthwise(Lowering& lowering, ValueId x, const engine::Sliding& window,
                           const Constants& constants, Activation activation, ValueId y) {
  auto& plan = lowering.plan();
  const auto variants = kernels::depthwise_f32_variants();
  engine::DepthwiseF32Step step;
  step.header.variant = best(variants, lowering.isa());
  const auto& variant = variants[step.header.variant];
  const kernels::DepthwiseF32Shape shape{window.channels, window.kernel_y,   window.kernel_x,
                                         window.stride_y, window.stride_x,   window.dilation_y,
                                         window.dilation_x};
  step.window = window;
  step.in = SLIPWAY_TRY(lowering.vector_place(x));
  step.panels = plan.add_constants(kernels::packed_bytes(variant, shape));
  kernels::pack_depthwise_f32(variant, shape, constants.weights.data(),
                              constants.bias.empty() ? nullptr : constants.bias.data(),
                              plan.constants_at(step.panels));
  const auto range = range_of(activation);
  step.low = range.low;
  step.high = range.high;
  step.out = lowering.make_room(y);
  step.header.units = static_cast<std::uint32_t>(window.pictures * window.out_height);
  plan.add(step, engine::StepKind::depthwise_f32, kernels::name_of(variant.isa),
           words_of(window));
  return {};
}

engine::Place moved(engine::Place place, std::int64_t floats) {
  place.offset += static_cast<std::uint64_t>(floats * 4);
  return place;
}

}  // namespace

Result<void> lower_conv_f32(Lowering& lowering, ValueId conv_id, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(conv_id);
  const auto& conv = *node.op.as<ops::Conv>();
  const ValueId x = node.inputs[0];
  const auto constants = SLIPWAY_TRY(constants_of(graph, node));
  const auto& shape = graph.type(x).shape;
  const auto sliding = SLIPWAY_TRY(conv.window(shape, graph.type(node.inputs[1]).shape));
  const auto window = SLIPWAY_TRY(sliding_of(sliding, shape));
  const auto& made = graph.type(conv_id).shape;
  const auto outputs = static_cast<std::int32_t>(made[made.rank() - 1]);
  Ending ending{conv.activation, std::nullopt};
  if (y != conv_id) {
    const auto& sum = graph.node(y);
    ending.activation = sum.op.as<ops::Add>()->activation;
    ending.residual =
        SLIPWAY_TRY(lowering.vector_place(sum.inputs[sum.inputs[0] == conv_id ? 1 : 0]));
  }
  const auto groups = static_cast<std::int32_t>(conv.group);
  if (groups > 1 && groups == window.channels && groups == outputs)
    return add_depthwise(lowering, x, window, constants, ending.activation, y);
  const auto bordered = SLIPWAY_TRY(with_borders(lowering, x, window, 0));
  const auto room = lowering.make_room(y);
  const std::int32_t each = outputs / groups;
  for (std::int32_t g = 0; g < groups; ++g) {
    const auto count = window.channels / groups;
    const auto input = SLIPWAY_TRY(product_input(bordered, window, {g * count, count, outputs}, 4));
    const auto weights = columns_of(constants, outputs, g * each, each);
    Ending own = ending;
    if (own.residual) own.residual = moved(*own.residual, g * each);
    add_product(lowering, input, weights, moved(room, g * each), own);
  }
  return {};
}

Result<void> lower_dense_f32(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto constants = SLIPWAY_TRY(constants_of(graph, node));
  const auto& type = graph.type(y);
  const auto outputs = type.shape[type.shape.rank() - 1];
  const auto weights = columns_of(constants, outputs, 0, outputs);
  const auto m = type.shape.elements() / outputs;
  const auto a = SLIPWAY_TRY(lowering.vector_place(node.inputs[0]));
  const auto room = lowering.make_room(y);
  add_product(lowering, dense_input(a, m, weights.rows, outputs), weights, room,
              {node.op.as<ops::FullyConnected>()->activation, std::nullopt});
  return {};
}

}  // namespace slipway::cpu
