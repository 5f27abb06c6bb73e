// Convolutions and dense layers of floats.

#include <algorithm>

#include "device/cpu/moves.h"
#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "engine/winograd_step.h"
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
  if (weights != nullptr && weights->type().quant)
    return fail(Code::unsupported, "floats that are quantized on the fly for weights of bytes");
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
  std::optional<Pixels> residual;
};

/// Sets the range of a step.
template <class Step>
void set_range(Step& step, Activation activation) {
  const auto range = range_of(activation);
  step.low = range.low;
  step.high = range.high;
}

/// Packs weights for a kernel of products and cuts the work into units.
template <class Variant, class Pack>
void set_product(Lowering& lowering, engine::ProductF32Step& step, const ProductInput& input,
                 const Weights& weights, const Variant& variant, const ProductChoice& choice,
                 const Pack& pack) {
  step.header.variant = choice.variant;
  step.shape = {static_cast<int>(weights.outputs), input.segments, input.segment_elements};
  step.panels = lowering.plan().add_constants(kernels::packed_bytes(variant, step.shape));
  pack(variant, step.shape, weights.values.data(),
       weights.bias.empty() ? nullptr : weights.bias.data(),
       lowering.plan().constants_at(step.panels));
  const auto residual = step.rows.residual_pixel;
  step.rows = input.rows;
  step.rows.residual_pixel = residual;
  step.a = input.a;
  cut(step.rows, weights.rows * 4, step.shape.n, weights.rows * (choice.rounded ? 2 : 4),
      variant.panel, choice.cache_bytes);
  step.header.units = static_cast<std::uint32_t>(units_of(step.rows, step.shape.n));
}

/// The step of one product; `c` is where its first pixel goes.
void add_product(Lowering& lowering, const ProductInput& input, const Weights& weights,
                 const engine::Place& c, const Ending& ending, const ProductChoice& choice) {
  engine::ProductF32Step step;
  step.c = c;
  step.adds = ending.residual ? 1 : 0;
  if (ending.residual) {
    step.residual = ending.residual->at;
    step.rows.residual_pixel = ending.residual->stride;
  }
  set_range(step, ending.activation);
  const auto words = fmt::format("{} x {} x {}{}", input.pixels(), weights.rows, weights.outputs,
                                 ending.residual ? ", added" : "");
  if (!choice.rounded) {
    const auto& variant = kernels::gemm_f32_variants()[choice.variant];
    set_product(lowering, step, input, weights, variant, choice, kernels::pack_gemm_f32);
    lowering.plan().add(step, engine::StepKind::product_f32, kernels::name_of(variant.isa), words);
    return;
  }
  const auto& variant = kernels::gemm_bf16_variants()[choice.variant];
  set_product(lowering, step, input, weights, variant, choice, kernels::pack_gemm_bf16);
  engine::ProductBf16Step rounded;
  rounded.product = step;
  // For a pixel more than a unit has: what several units need together is then no more than theirs.
  const auto bytes = kernels::workspace_bytes(
      variant, step.shape, step.rows.unit_pixels + 1,
      static_cast<std::ptrdiff_t>(step.rows.stride_x) * step.rows.channels);
  set_workspace(lowering, rounded, bytes, step.header.units);
  lowering.plan().add(rounded, engine::StepKind::product_bf16, kernels::name_of(variant.isa),
                      words);
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

constexpr std::string_view kRounded = " rounded";

/// The name of a variant with a tile of Winograd's: "avx512 winograd4", "bf16_512 rounded
/// winograd2".
struct WinogradChoice {
  std::uint32_t variant = 0;
  int tile = 0;  // 0: none
};

WinogradChoice winograd_choice(std::string_view name) {
  const auto space = name.find(" winograd");
  if (space == name.npos) return {};
  auto isa = name.substr(0, space);
  if (isa.ends_with(kRounded)) isa.remove_suffix(kRounded.size());
  return {row_named(kernels::winograd_f32_variants(), isa), name.back() - '0'};
}

/// A dense 3x3 convolution by Winograd's filtering.
Result<void> add_winograd(Lowering& lowering, ValueId x, const engine::Sliding& window,
                          const Constants& constants, std::int32_t outputs, const Ending& ending,
                          const WinogradChoice& choice, ValueId y) {
  auto& plan = lowering.plan();
  const auto& variant = kernels::winograd_f32_variants()[choice.variant];
  engine::WinogradF32Step step;
  step.header.variant = choice.variant;
  step.window = window;
  step.shape = {window.channels, outputs, choice.tile};
  auto parts = SLIPWAY_TRY(parts_of(lowering, x, true));
  constexpr std::int64_t kVector = 16;  // where one part ends, vectors do
  const bool whole = std::ranges::all_of(parts.begin(), parts.end() - 1, [](const Part& part) {
    return part.channels % kVector == 0;
  });
  if (!whole) parts = {{put_together(lowering, x, parts), window.channels}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    step.in[i] = parts[i].pixels.at;
    step.in_stride[i] = parts[i].pixels.stride;
    step.in_channels[i] = static_cast<std::int32_t>(parts[i].channels);
  }
  step.panels = plan.add_constants(kernels::packed_bytes(variant, step.shape));
  kernels::pack_winograd_f32(variant, step.shape, constants.weights.data(),
                             constants.bias.empty() ? nullptr : constants.bias.data(),
                             plan.constants_at(step.panels));
  set_range(step, ending.activation);
  step.adds = ending.residual ? 1 : 0;
  if (ending.residual) {
    step.residual = ending.residual->at;
    step.residual_stride = ending.residual->stride;
  }
  cut_tiles(lowering, step, kernels::tile_rows(step.shape, window.out_height),
            [&](int rows) { return kernels::workspace_bytes(step.shape, window.out_width, rows); });
  const auto out = lowering.make_pixels(y);
  step.out = out.at;
  step.out_stride = out.stride;
  plan.add(step, engine::StepKind::winograd_f32, kernels::name_of(variant.isa),
           fmt::format("{}x{} x {} to {}, tiles of {}{}", window.out_height, window.out_width,
                       window.channels, outputs, choice.tile, ending.residual ? ", added" : ""));
  return {};
}

/// All ways to compute a product: "avx512", "bf16_512 rounded".
std::vector<std::string> float_candidates(const Lowering& lowering) {
  auto out = product_candidates(kernels::gemm_f32_variants(), lowering.isa());
  const auto variants = kernels::gemm_bf16_variants();
  // Portable code rounds, too, but gains nothing by it.
  const auto newest = candidates(variants, lowering.isa()).front();
  if (lowering.precision() == Precision::bf16 && newest != name_of(kernels::Isa::portable))
    out.insert(out.begin(), newest + std::string(kRounded));
  return out;
}

ProductChoice float_choice(std::string_view name) {
  if (!name.ends_with(kRounded)) return product_choice(kernels::gemm_f32_variants(), name);
  name.remove_suffix(kRounded.size());
  auto choice = product_choice(kernels::gemm_bf16_variants(), name);
  choice.rounded = true;
  return choice;
}

/// All ways to compute a dense convolution.
std::vector<std::string> conv_candidates(const Lowering& lowering, const engine::Sliding& window,
                                         std::int32_t groups) {
  auto out = float_candidates(lowering);
  if (groups != 1 || !is_dense_3x3(window)) return out;
  const auto newest = [&](bool rounded) {
    std::string name;
    for (const auto& variant : kernels::winograd_f32_variants())
      if (variant.rounded == rounded && kernels::includes(lowering.isa(), variant.isa))
        name = name_of(variant.isa);
    return name;
  };
  out.push_back(newest(false) + " winograd2");
  out.push_back(newest(false) + " winograd4");
  // Larger tiles would multiply what rounding takes away.
  if (const auto name = newest(true); !name.empty() && lowering.precision() == Precision::bf16)
    out.push_back(name + std::string(kRounded) + " winograd2");
  return out;
}

/// The question is another one where rounding is among its answers.
std::string asked(const Lowering& lowering, const std::string& layer) {
  return lowering.precision() == Precision::bf16 ? layer + ", or rounded" : layer;
}

/// How the products of a layer are computed.
ProductChoice choose_product(Lowering& lowering, ValueId node, const std::string& layer) {
  return float_choice(lowering.choose(node, asked(lowering, layer), float_candidates(lowering)));
}

/// Each channel with its own window.
Result<void> add_depthwise(Lowering& lowering, ValueId conv, ValueId x,
                           const engine::Sliding& window, const Constants& constants,
                           Activation activation, ValueId y) {
  auto& plan = lowering.plan();
  const auto variants = kernels::depthwise_f32_variants();
  engine::DepthwiseF32Step step;
  const auto layer = layer_of(window, DType::f32, window.channels, window.channels);
  step.header.variant = chosen_row(lowering, conv, layer, variants);
  const auto& variant = variants[step.header.variant];
  const auto shape = engine::depthwise_shape<kernels::DepthwiseF32Shape>(window);
  step.window = window;
  const auto in = SLIPWAY_TRY(lowering.vector_pixels(x));
  step.in = in.at;
  step.in_stride = in.stride;
  step.panels = plan.add_constants(kernels::packed_bytes(variant, shape));
  kernels::pack_depthwise_f32(variant, shape, constants.weights.data(),
                              constants.bias.empty() ? nullptr : constants.bias.data(),
                              plan.constants_at(step.panels));
  set_range(step, activation);
  const auto out = lowering.make_pixels(y);
  step.out = out.at;
  step.out_stride = out.stride;
  step.header.units = static_cast<std::uint32_t>(window.pictures * window.out_height);
  plan.add(step, engine::StepKind::depthwise_f32, kernels::name_of(variant.isa), words_of(window));
  return {};
}

engine::Place moved(engine::Place place, std::int64_t floats) {
  place.offset += static_cast<std::uint64_t>(floats * 4);
  return place;
}

/// Which weights meet in output elements u * stride + phase - pad, along one dimension: those of
/// `phase`, phase + stride, … A convolution of them, turned around, over the input.
struct Phase {
  std::int32_t phase = 0;
  std::int32_t taps = 0;
  std::int32_t first = 0;   // u of the first output element
  std::int32_t count = 0;   // output elements
  std::int32_t before = 0;  // input elements that the first one reads in front of the input
  std::int32_t after = 0;   // that the last one reads behind it
};

std::vector<Phase> phases_of(const engine::Sliding& window, bool down) {
  const auto [in, out] = down ? std::pair{window.out_height, window.height}
                              : std::pair{window.out_width, window.width};
  const auto stride = down ? window.stride_y : window.stride_x;
  const auto kernel = down ? window.kernel_y : window.kernel_x;
  const auto pad = down ? window.pad_top : window.pad_left;
  std::vector<Phase> phases;
  for (std::int32_t r = 0; r < stride; ++r) {
    Phase one;
    one.phase = r;
    one.taps = r < kernel ? (kernel - 1 - r) / stride + 1 : 0;
    one.first = pad > r ? (pad - r + stride - 1) / stride : 0;
    const auto last = out - 1 + pad - r;  // of the output, counted from phase r
    one.count = last < 0 ? 0 : last / stride - one.first + 1;
    one.before = std::max(one.taps, 1) - 1 - one.first;
    one.after = one.first + one.count - in;
    if (one.count > 0) phases.push_back(one);
  }
  return phases;
}

/// The weights of one phase in the order in which the input is read: turned around.
Weights weights_of(const Constants& constants, const engine::Sliding& window, std::int64_t inputs,
                   const Phase& down, const Phase& across) {
  Weights out;
  out.outputs = window.channels;
  out.bias.assign(constants.bias.begin(), constants.bias.end());
  const auto size = static_cast<std::size_t>(inputs * out.outputs);
  for (std::int32_t y = down.taps; y-- > 0;) {
    for (std::int32_t x = across.taps; x-- > 0;) {
      const auto k = std::int64_t{down.phase + y * window.stride_y} * window.kernel_x +
                     across.phase + x * window.stride_x;
      const auto part = constants.weights.subspan(static_cast<std::size_t>(k) * size, size);
      out.values.insert(out.values.end(), part.begin(), part.end());
    }
  }
  if (out.values.empty()) out.values.resize(size);  // nothing meets here but the bias
  out.rows = std::ssize(out.values) / out.outputs;
  return out;
}

}  // namespace

Result<void> lower_conv_transpose(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& op = *node.op.as<ops::ConvTranspose>();
  const auto constants = SLIPWAY_TRY(constants_of(graph, node));
  const ValueId x = node.inputs[0];
  const auto& shape = graph.type(x).shape;
  const auto sliding = SLIPWAY_TRY(op.window(shape, graph.type(node.inputs[1]).shape));
  const auto window = SLIPWAY_TRY(sliding_of(sliding, graph.type(y).shape));
  if (window.dilation_y != 1 || window.dilation_x != 1 || op.group != 1)
    return fail(Code::unsupported, "a transposed convolution with groups or dilation");
  const auto down = phases_of(window, true);
  const auto across = phases_of(window, false);
  const auto most = [](const std::vector<Phase>& phases, std::int32_t Phase::*field) {
    std::int32_t out = 0;
    for (const auto& one : phases) out = std::max(out, one.*field);
    return out;
  };
  engine::Sliding bordered_x;
  bordered_x.pictures = window.pictures;
  bordered_x.channels = static_cast<std::int32_t>(shape[shape.rank() - 1]);
  bordered_x.height = window.out_height;
  bordered_x.width = window.out_width;
  bordered_x.pad_top = most(down, &Phase::before);
  bordered_x.pad_left = most(across, &Phase::before);
  bordered_x.out_height = bordered_x.height + bordered_x.pad_top + most(down, &Phase::after);
  bordered_x.out_width = bordered_x.width + bordered_x.pad_left + most(across, &Phase::after);
  const auto bordered = SLIPWAY_TRY(with_borders(lowering, x, bordered_x, 0));
  const auto room = lowering.make_pixels(y);
  const auto outputs = window.channels;
  const auto choice = choose_product(
      lowering, y, "transposed " + layer_of(window, DType::f32, 1, bordered_x.channels));
  for (const auto& v : down) {
    for (const auto& h : across) {
      engine::Sliding phase = bordered_x;
      phase.kernel_y = std::max(v.taps, 1);
      phase.kernel_x = std::max(h.taps, 1);
      phase.out_height = v.count;
      phase.out_width = h.count;
      Bordered from = bordered;
      from.at = moved(from.at, (std::int64_t{bordered_x.pad_top - v.before} * bordered.width +
                                bordered_x.pad_left - h.before) *
                                   bordered.stride);
      auto input = SLIPWAY_TRY(line_input(from, phase, {0, phase.channels, outputs}, 4));
      input.rows.out_pixel = window.stride_x * room.stride;
      input.rows.out_row = std::int64_t{window.stride_y} * window.width * room.stride;
      input.rows.out_picture = std::int64_t{window.height} * window.width * room.stride;
      const auto first_y = v.first * window.stride_y + v.phase - window.pad_top;
      const auto first_x = h.first * window.stride_x + h.phase - window.pad_left;
      Phase taps_v = v;
      Phase taps_h = h;
      const bool none = v.taps == 0 || h.taps == 0;
      if (none) taps_v.taps = taps_h.taps = 0;
      auto weights = weights_of(constants, window, phase.channels, taps_v, taps_h);
      if (none)
        weights.values.resize(static_cast<std::size_t>(std::int64_t{input.segments} *
                                                       input.segment_elements * outputs));
      weights.rows = std::ssize(weights.values) / outputs;
      add_product(lowering, input, weights,
                  moved(room.at, (std::int64_t{first_y} * window.width + first_x) * room.stride),
                  {op.activation, std::nullopt}, choice);
    }
  }
  return {};
}

bool is_one_for_all(const TensorType& residual, const TensorType& y) {
  const auto rank = y.shape.rank();
  return residual.dtype == DType::f32 && residual.shape != y.shape &&
         residual.shape.rank() == rank && residual.shape.elements() == y.shape.back(0) &&
         residual.shape.back(0) == y.shape.back(0);
}

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
    const ValueId other = sum.inputs[sum.inputs[0] == conv_id ? 1 : 0];
    ending.residual = SLIPWAY_TRY(lowering.vector_pixels(other));
    if (is_one_for_all(graph.type(other), graph.type(y))) ending.residual->stride = 0;
  }
  const auto groups = static_cast<std::int32_t>(conv.group);
  if (groups > 1 && groups == window.channels && groups == outputs)
    return add_depthwise(lowering, conv_id, x, window, constants, ending.activation, y);
  const auto layer = asked(lowering, layer_of(window, DType::f32, groups, outputs));
  const auto name = lowering.choose(conv_id, layer, conv_candidates(lowering, window, groups));
  if (const auto winograd = winograd_choice(name); winograd.tile != 0)
    return add_winograd(lowering, x, window, constants, outputs, ending, winograd, y);
  const auto bordered = SLIPWAY_TRY(with_borders(lowering, x, window, 0));
  const auto room = lowering.make_pixels(y);
  const std::int32_t each = outputs / groups;
  const auto choice = float_choice(name);
  for (std::int32_t g = 0; g < groups; ++g) {
    const auto count = window.channels / groups;
    auto input = SLIPWAY_TRY(product_input(bordered, window, {g * count, count, outputs}, 4));
    spread(input.rows, room.stride);
    const auto weights = columns_of(constants, outputs, g * each, each);
    Ending own = ending;
    if (own.residual) own.residual->at = moved(own.residual->at, g * each);
    add_product(lowering, input, weights, moved(room.at, g * each), own, choice);
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
  const auto layer = fmt::format("dense f32 {} x {} x {}", m, weights.rows, outputs);
  add_product(lowering, dense_input(a, m, weights.rows, outputs), weights, room,
              {node.op.as<ops::FullyConnected>()->activation, std::nullopt},
              choose_product(lowering, y, layer));
  return {};
}

}  // namespace slipway::cpu
