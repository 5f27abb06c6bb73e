// Convolutions and dense layers of bytes.

#include <algorithm>
#include <cmath>

#include "device/cpu/moves.h"
#include "device/cpu/products.h"
#include "device/cpu/prove.h"
#include "device/cpu/rules.h"
#include "device/cpu/window.h"
#include "engine/winograd_step.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {
namespace {

using kernels::ChannelScale;
using kernels::GemmOutput;
using Layer = ByteLayer;

/// What all integer layers share: x bytes, w bytes with one scale or one per output.
///
/// Errors  unsupported: other types
Result<Layer> read_layer(const Graph& graph, ValueId x, ValueId w, ValueId b) {
  const auto& x_type = graph.type(x);
  const auto* weights = graph.known(w);
  if (x_type.dtype != DType::u8 || !x_type.quant || x_type.quant->scale.size() != 1)
    return fail(Code::unsupported, "activations {}", x_type.text());
  const bool bytes = weights != nullptr && weights->type().quant &&
                     (weights->dtype() == DType::i8 || weights->dtype() == DType::u8);
  if (!bytes) return fail(Code::unsupported, "weights that are not constant bytes");
  const auto& quant = *weights->type().quant;
  const auto rank = static_cast<int>(weights->shape().rank());
  if (quant.per_axis() && quant.axis + 1 != rank)
    return fail(Code::unsupported, "scales along dimension {} of the weights", quant.axis);
  if (weights->shape().elements() == 0) return fail(Code::unsupported, "weights of nothing");
  Layer layer;
  layer.outputs = weights->shape()[weights->shape().rank() - 1];
  layer.rows = weights->shape().elements() / std::max<std::int64_t>(layer.outputs, 1);
  const auto centre = [&](const auto& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto o = i % static_cast<std::size_t>(layer.outputs);
      layer.weights.push_back(static_cast<std::int16_t>(values[i] - quant.zero_at(o)));
    }
  };
  weights->dtype() == DType::i8 ? centre(weights->values<std::int8_t>())
                                : centre(weights->values<std::uint8_t>());
  const auto* bias = b.exists() ? graph.known(b) : nullptr;
  if (b.exists() && (bias == nullptr || bias->dtype() != DType::i32))
    return fail(Code::unsupported, "a bias that is not constant i32");
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    std::uint32_t sum = 0;
    for (std::int64_t k = 0; k < layer.rows; ++k)
      sum += static_cast<std::uint32_t>(
          layer.weights[static_cast<std::size_t>(k * layer.outputs + o)]);
    ChannelScale channel;
    const auto start =
        bias == nullptr
            ? 0U
            : static_cast<std::uint32_t>(bias->values<std::int32_t>()[static_cast<std::size_t>(o)]);
    channel.bias = static_cast<std::int32_t>(
        start - static_cast<std::uint32_t>(x_type.quant->zero_point[0]) * sum);
    channel.scale = x_type.quant->scale[0] * quant.scale_at(static_cast<std::size_t>(o));
    layer.channels.push_back(channel);
  }
  return layer;
}

/// Chooses how sums become bytes of the output.
///
/// Errors  those of choose()
Result<void> set_output(const Graph& graph, Layer& layer, const Node& node, Rounding rounding,
                        Activation activation) {
  const auto& y = node.outputs[0].type;
  if (!y.quant || y.quant->per_axis() || y.dtype != DType::u8)
    return fail(Code::unsupported, "an output {}", y.text());
  const auto& w = graph.type(node.inputs[1]);
  const bool float_product = w.dtype == DType::u8;
  const Rescale rescale(graph.type(node.inputs[0]), w, y, {activation, rounding, float_product});
  std::vector<SumRange> sums;
  for (std::int64_t o = 0; o < layer.outputs; ++o)
    sums.push_back(range_of(layer.weights, layer.outputs, o,
                            layer.channels[static_cast<std::size_t>(o)].bias));
  layer.requantization = SLIPWAY_TRY(choose(rescale, sums, layer.channels));
  return {};
}

/// Puts the constants of a product into the plan and cuts it into units.
void pack(Lowering& lowering, engine::ProductU8Step& step, const Layer& layer,
          const ProductInput& input, const ProductChoice& choice) {
  const auto variants = kernels::gemm_u8_variants();
  step.header.variant = choice.variant;
  const auto& variant = variants[step.header.variant];
  step.shape.n = static_cast<int>(layer.outputs);
  step.shape.segments = input.segments;
  step.shape.segment_bytes = input.segment_elements;
  const kernels::GemmU8Constants constants{layer.weights.data(), layer.channels.data(),
                                           layer.requantization.safe,
                                           layer.table.empty() ? nullptr : layer.table.data()};
  step.panels =
      lowering.plan().add_constants(kernels::packed_bytes(variant, step.shape, constants));
  kernels::pack_gemm_u8(variant, step.shape, constants, lowering.plan().constants_at(step.panels));
  step.requantization = layer.requantization;
  const auto residual = step.rows.residual_pixel;
  step.rows = input.rows;
  step.rows.residual_pixel = residual;
  step.a = input.a;
  const bool copied = variant.operands == kernels::GemmU8Operands::saturated;
  if (variant.takes_lines) join_lines(step.rows, copied);
  const int wide = variant.operands == kernels::GemmU8Operands::words ? 2 : 1;
  cut(step.rows, row_elements(step.rows, layer.rows) * wide, step.shape.n, layer.rows * wide,
      variant.panel, choice.cache_bytes * wide);
  step.header.units = static_cast<std::uint32_t>(units_of(step.rows, step.shape.n));
  // For a pixel more than a unit has: what several units need together is then no more than theirs.
  const auto bytes = kernels::workspace_bytes(
      variant, step.shape, step.rows.unit_pixels + 1,
      static_cast<std::ptrdiff_t>(step.rows.stride_x) * step.rows.channels);
  if (bytes != 0) set_workspace(lowering, step, bytes, step.header.units);
}

/// Adds the step of a product, once all its fields are set.
void add(Lowering& lowering, const engine::ProductU8Step& step, const Layer& layer) {
  const auto& variant = kernels::gemm_u8_variants()[step.header.variant];
  const bool floats = step.shape.output == GemmOutput::floats;
  const bool adds = step.shape.output == GemmOutput::added;
  const bool sums = step.shape.output == GemmOutput::sums;
  const auto end = floats ? "floats" : sums ? "sums" : words_of(layer.channels);
  const auto* const sum = !adds ? "" : step.addition.table ? ", added by table" : ", added";
  lowering.plan().add(step, engine::StepKind::product_u8, kernels::name_of(variant),
                      fmt::format("{} x {} x {}, {}{}", engine::pixels_of(step.rows), layer.rows,
                                  layer.outputs, end, sum));
}

/// The newest kernel of products that may be used.
const kernels::GemmU8Variant& newest_product(kernels::Isa isa) {
  const auto variants = kernels::gemm_u8_variants();
  return variants[best(variants, isa)];
}

/// Whether it has dot products of bytes. Others are then no candidates: they would only take time
/// from those that are.
bool has_dot_products(kernels::Isa isa) {
  const auto& newest = newest_product(isa);
  return newest.isa != kernels::Isa::portable && newest.operands == kernels::GemmU8Operands::bytes;
}

/// Whether Winograd's filtering, whose products are of words, is a way to compute a window: with
/// dot products of bytes it would have twice as many instructions.
bool may_filter(const Lowering& lowering, const engine::Sliding& window) {
  return is_dense_3x3(window) &&
         newest_product(lowering.isa()).operands == kernels::GemmU8Operands::words;
}

/// Where no byte stands for a negative number, most are small.
Bytes bytes_of(const Lowering& lowering, ValueId x) {
  return lowering.graph().type(x).quant->zero_point[0] == 0 ? Bytes::mostly_small : Bytes::any;
}

constexpr std::string_view kWinograd = " winograd2";

/// Some outputs of a layer alone.
Layer part_of(const Layer& layer, std::int64_t first, std::int64_t count) {
  Layer out;
  out.weights = columns_of(layer.weights, layer.outputs, first, count);
  out.rows = layer.rows;
  out.outputs = count;
  out.channels.assign(layer.channels.begin() + first, layer.channels.begin() + first + count);
  out.requantization = layer.requantization;
  out.table = layer.table;
  return out;
}

/// All ways to compute a convolution of a window by products.
std::vector<std::string> conv_products(const Lowering& lowering, ValueId x,
                                       const engine::Sliding& window, std::int64_t outputs,
                                       bool is_grouped) {
  const auto pixels = std::int64_t{window.pictures} * window.out_height * window.out_width;
  auto all = byte_candidates(lowering, pixels, bytes_of(lowering, x));
  const auto& newest = newest_product(lowering.isa());
  if (newest.takes_lines && !is_grouped)
    all = with_gathered(std::move(all), name_of(newest), window, outputs);
  return all;
}

/// All ways to compute it, where its sums may join others.
std::vector<std::string> conv_candidates(const Lowering& lowering, ValueId x,
                                         const engine::Sliding& window, const Layer& layer,
                                         bool joins, bool is_grouped) {
  auto all = conv_products(lowering, x, window, layer.outputs, is_grouped);
  const auto pixels = std::int64_t{window.pictures} * window.out_height * window.out_width;
  const bool fits = !joins && !is_grouped && may_filter(lowering, window) &&
                    kernels::fits_winograd_u8({window.channels, static_cast<int>(layer.outputs)},
                                              layer.weights.data());
  if (!fits) return all;
  // For a few tiles or channels only, longer weights and transforms are more than they save.
  constexpr std::int64_t kManyPixels = 7 * 7;
  constexpr int kManyChannels = 16;
  const bool first = pixels >= kManyPixels && window.channels >= kManyChannels;
  const auto variants = kernels::winograd_u8_variants();
  const auto name = std::string(name_of(variants[best(variants, lowering.isa())].isa));
  all.insert(first ? all.begin() : all.end(), name + std::string(kWinograd));
  return all;
}

/// A dense 3x3 convolution by Winograd's filtering.
Result<void> add_winograd(Lowering& lowering, ValueId x, ValueId y, const engine::Sliding& window,
                          const Layer& layer, std::string_view isa) {
  auto& plan = lowering.plan();
  const auto variants = kernels::winograd_u8_variants();
  engine::WinogradU8Step step;
  step.header.variant = row_named(variants, isa);
  const auto& variant = variants[step.header.variant];
  step.window = window;
  step.shape = {window.channels, static_cast<int>(layer.outputs)};
  step.outside = static_cast<std::uint32_t>(lowering.graph().type(x).quant->zero_point[0]);
  static_assert(kernels::kMostInputsU8 >= kernels::kMostInputs);  // what parts_of() gives
  const auto parts = SLIPWAY_TRY(parts_of(lowering, x, true));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    step.in[i] = parts[i].pixels.at;
    step.in_stride[i] = parts[i].pixels.stride;
    step.in_channels[i] = static_cast<std::int32_t>(parts[i].channels);
  }
  const kernels::GemmU8Constants constants{layer.weights.data(), layer.channels.data(),
                                           layer.requantization.safe};
  step.panels = plan.add_constants(kernels::packed_bytes(variant, step.shape, constants));
  kernels::pack_winograd_u8(variant, step.shape, constants, plan.constants_at(step.panels));
  step.requantization = layer.requantization;
  cut_tiles(lowering, step, kernels::tile_rows(window.out_height), [&](int rows) {
    return kernels::workspace_bytes(variant, step.shape, window.out_width, rows);
  });
  const auto out = lowering.make_pixels(y);
  step.out = out.at;
  step.out_stride = out.stride;
  plan.add(step, engine::StepKind::winograd_u8, kernels::name_of(variant.isa),
           fmt::format("{}x{} x {} to {}, {}", window.out_height, window.out_width, window.channels,
                       layer.outputs, words_of(layer.channels)));
  return {};
}

/// A depthwise convolution.
Result<void> add_depthwise(Lowering& lowering, ValueId conv, ValueId x, ValueId y,
                           const engine::Sliding& window, Layer& layer) {
  if (window.kernel_y * window.kernel_x > kernels::kMostTaps)
    return fail(Code::unsupported, "a depthwise window of over {} places", kernels::kMostTaps);
  auto& plan = lowering.plan();
  engine::DepthwiseU8Step step;
  step.window = window;
  step.outside = static_cast<std::uint32_t>(lowering.graph().type(x).quant->zero_point[0]);
  const auto in = SLIPWAY_TRY(lowering.vector_pixels(x));
  step.in = in.at;
  step.in_stride = in.stride;
  const auto row = static_cast<std::size_t>(window.width * in.stride);
  step.outside_row =
      plan.add_constants(std::vector<std::byte>(row + 64, static_cast<std::byte>(step.outside)));
  const auto variants = kernels::depthwise_u8_variants();
  const auto what = layer_of(window, DType::u8, window.channels, window.channels);
  step.header.variant = chosen_row(lowering, conv, what, variants);
  const auto& variant = variants[step.header.variant];
  const auto shape = engine::depthwise_shape<kernels::DepthwiseU8Shape>(window);
  const kernels::DepthwiseU8Constants constants{layer.weights.data(), layer.channels.data(),
                                                layer.requantization.safe};
  step.panels = plan.add_constants(kernels::packed_bytes(variant, shape, constants));
  kernels::pack_depthwise_u8(variant, shape, constants, plan.constants_at(step.panels));
  step.requantization = layer.requantization;
  const auto out = lowering.make_pixels(y);
  step.out = out.at;
  step.out_stride = out.stride;
  step.header.units = static_cast<std::uint32_t>(window.pictures * window.out_height);
  plan.add(step, engine::StepKind::depthwise_u8, kernels::name_of(variant.isa),
           fmt::format("{}, {}", words_of(window), words_of(layer.channels)));
  return {};
}

/// Sets what a residual needs: the other operand and the numbers of the sum.
Result<void> join(Lowering& lowering, engine::ProductU8Step& step, Layer& layer, ValueId conv,
                  ValueId sum) {
  const auto& node = lowering.graph().node(sum);
  const std::size_t own = node.inputs[0] == conv ? 0 : 1;
  auto chosen = SLIPWAY_TRY(choose_sum(lowering.graph(), node, own));
  step.shape.output = GemmOutput::added;
  step.addition = chosen.addition;
  layer.table = std::move(chosen.table);
  const auto residual = SLIPWAY_TRY(lowering.vector_pixels(node.inputs[1 - own]));
  step.residual = residual.at;
  step.rows.residual_pixel = residual.stride;
  return {};
}

/// x, w and b of FullyConnected(Dequantize(x), Dequantize(w), Dequantize(b)), and what stands
/// between.
struct DenseOfIntegers {
  ValueId x = kNoValue;
  ValueId w = kNoValue;
  ValueId b = kNoValue;
  std::vector<ValueId> between;
};

std::optional<DenseOfIntegers> dense_of_integers(const Lowering& lowering, ValueId dense) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(dense);
  if (node.op.as<ops::FullyConnected>()->activation != Activation::none) return std::nullopt;
  DenseOfIntegers out;
  for (std::size_t i = 0; i < node.inputs.size() && i < 3; ++i) {
    ValueId id = node.inputs[i];
    if (!id.exists()) continue;
    if (graph.known(id) == nullptr && !lowering.used_once(id)) return std::nullopt;
    out.between.push_back(id);
    while (i == 0 && lowering.maker<ops::Reshape>(id) != nullptr) {
      id = graph.node(id).inputs[0];  // the same bytes in the same order, whatever their shape
      if (!lowering.used_once(id)) return std::nullopt;
      out.between.push_back(id);
    }
    const auto& made = graph.node(id);
    const bool fits = made.op.is<ops::Dequantize>() && made.inputs.size() == 1 &&
                      graph.type(made.inputs[0]).quant;
    if (!fits) return std::nullopt;
    (i == 0 ? out.x : i == 1 ? out.w : out.b) = made.inputs[0];
  }
  return out;
}

/// The step of a dense layer.
void add_dense(Lowering& lowering, engine::ProductU8Step& step, const Layer& layer, ValueId x,
               const engine::Place& at, ValueId y) {
  const auto m = lowering.graph().type(y).shape.elements() / layer.outputs;
  const auto what = fmt::format("dense u8 {} x {} x {}", m, layer.rows, layer.outputs);
  pack(lowering, step, layer, dense_input(at, m, layer.rows, layer.outputs),
       product_choice(
           kernels::gemm_u8_variants(),
           lowering.choose(y, what, byte_candidates(lowering, m, bytes_of(lowering, x)))));
  step.c = lowering.make_room(y);
  add(lowering, step, layer);
}

}  // namespace

std::vector<std::int16_t> columns_of(std::span<const std::int16_t> weights, std::int64_t all,
                                     std::int64_t first, std::int64_t count) {
  std::vector<std::int16_t> out;
  for (auto row = weights.begin(); row != weights.end(); row += all)
    out.insert(out.end(), row + first, row + first + count);
  return out;
}

std::vector<std::string> byte_candidates(const Lowering& lowering, std::int64_t rows, Bytes bytes) {
  auto all = product_candidates(kernels::gemm_u8_variants(), lowering.isa());
  const auto drop = [&](std::string_view word) {
    std::erase_if(all, [&](const std::string& name) { return name.find(word) != name.npos; });
  };
  if (has_dot_products(lowering.isa())) drop("avx2");
  constexpr std::string_view kWords = " words";
  if (bytes == Bytes::mostly_small && all.size() > 1 && all[0].ends_with(kWords)) {
    // What splitting them is made for.
    for (std::size_t i = 2; i < all.size(); ++i)
      if (const auto at = all[i].find(kWords); at != all[i].npos) all[i].erase(at, kWords.size());
    std::swap(all[0], all[1]);
  }
  // A single row waits for weights.
  if (rows == 1) drop(kWords);
  return all;
}

Result<ByteLayer> read_byte_layer(const Graph& graph, const Node& node, Rounding rounding,
                                  Activation activation) {
  const ValueId bias = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
  auto layer = SLIPWAY_TRY(read_layer(graph, node.inputs[0], node.inputs[1], bias));
  SLIPWAY_TRY(set_output(graph, layer, node, rounding, activation));
  return layer;
}

void add_byte_product(Lowering& lowering, engine::ProductU8Step step, const ByteLayer& layer,
                      const ProductInput& input, const engine::Place& c,
                      const ProductChoice& choice) {
  pack(lowering, step, layer, input, choice);
  step.c = c;
  add(lowering, step, layer);
}

void add_sums(Lowering& lowering, const ProductInput& input, std::vector<std::int16_t> weights,
              std::int64_t outputs, const engine::Place& c, const ProductChoice& choice) {
  Layer layer;
  layer.rows = std::ssize(weights) / outputs;
  layer.outputs = outputs;
  layer.channels.resize(static_cast<std::size_t>(outputs));
  std::vector<std::uint32_t> moved(layer.channels.size());  // 32 bits wrap
  for (std::size_t i = 0; i < weights.size(); ++i)
    moved[i % moved.size()] -= 128U * static_cast<std::uint32_t>(std::int32_t{weights[i]});
  for (std::size_t o = 0; o < moved.size(); ++o)
    layer.channels[o].bias = static_cast<std::int32_t>(moved[o]);
  layer.weights = std::move(weights);
  engine::ProductU8Step step;
  step.shape.output = GemmOutput::sums;
  pack(lowering, step, layer, input, choice);
  step.c = c;
  add(lowering, step, layer);
}

bool conv_u8_may_filter(const Lowering& lowering, ValueId conv) {
  const auto window = conv_window(lowering.graph(), conv);
  return window && may_filter(lowering, *window);
}

bool conv_u8_writes_framed(const Lowering& lowering, ValueId conv) {
  const auto& graph = lowering.graph();
  const auto window = conv_window(graph, conv);
  if (!window || may_filter(lowering, *window)) return false;
  const ValueId x = graph.node(conv).inputs[0];
  if (!graph.type(x).quant) return false;  // which is refused later
  const auto group = graph.node(conv).op.as<ops::Conv>()->group;
  const auto outputs = graph.type(conv).shape.back(0);
  const auto candidates = conv_products(lowering, x, *window, outputs, group != 1);
  const auto name = lowering.chosen(layer_of(*window, DType::u8, group, outputs), candidates);
  const auto& variant =
      kernels::gemm_u8_variants()[product_choice(kernels::gemm_u8_variants(), name).variant];
  // What copies rows does so for fewer where lines are one.
  if (variant.operands == kernels::GemmU8Operands::saturated) return false;
  return variant.takes_lines || is_by_lines(*window);
}

Result<void> lower_conv_u8(Lowering& lowering, ValueId conv_id, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(conv_id);
  const auto& conv = *node.op.as<ops::Conv>();
  const ValueId x = node.inputs[0];
  auto layer = SLIPWAY_TRY(read_byte_layer(graph, node, conv.rounding, conv.activation));
  const auto& shape = graph.type(x).shape;
  const auto sliding = SLIPWAY_TRY(conv.window(shape, graph.type(node.inputs[1]).shape));
  const auto window = SLIPWAY_TRY(sliding_of(sliding, shape));
  if (conv.group == window.channels && conv.group == layer.outputs && conv.group > 1)
    return add_depthwise(lowering, conv_id, x, y, window, layer);
  const bool joins = y != conv_id;
  const auto candidates = conv_candidates(lowering, x, window, layer, joins, conv.group != 1);
  const auto name =
      lowering.choose(conv_id, layer_of(window, DType::u8, conv.group, layer.outputs), candidates);
  if (name.ends_with(kWinograd)) {
    const auto isa = std::string_view(name).substr(0, name.size() - kWinograd.size());
    return add_winograd(lowering, x, y, window, layer, isa);
  }
  const auto outside = static_cast<std::uint32_t>(graph.type(x).quant->zero_point[0]);
  const auto bordered = SLIPWAY_TRY(with_borders(lowering, x, window, outside));
  engine::ProductU8Step step;
  if (joins) SLIPWAY_TRY(join(lowering, step, layer, conv_id, y));
  const auto choice = product_choice(kernels::gemm_u8_variants(), name);
  const auto out = lowering.make_pixels(y);
  const auto inputs = static_cast<std::int32_t>(window.channels / conv.group);
  const auto outputs = layer.outputs / conv.group;
  for (std::int32_t g = 0; g < conv.group; ++g) {
    const Channels channels{g * inputs, inputs, static_cast<std::int32_t>(layer.outputs)};
    auto input = SLIPWAY_TRY(product_input(bordered, window, channels, 1));
    if (choice.gathers) input = gathered(lowering, input, 1);
    spread(input.rows, out, window);
    auto part = step;
    if (joins) part.residual.offset += static_cast<std::uint64_t>(g * outputs);
    auto to = out.at;
    to.offset += static_cast<std::uint64_t>(g * outputs);
    add_byte_product(lowering, part, conv.group == 1 ? layer : part_of(layer, g * outputs, outputs),
                     input, to, choice);
  }
  return {};
}

std::vector<ValueId> dense_claims(const Lowering& lowering, ValueId y) {
  const auto found = dense_of_integers(lowering, y);
  return found ? found->between : std::vector<ValueId>{};
}

Result<void> lower_dense_u8(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& op = *node.op.as<ops::FullyConnected>();
  const ValueId x = node.inputs[0];
  const auto layer = SLIPWAY_TRY(read_byte_layer(graph, node, op.rounding, op.activation));
  engine::ProductU8Step step;
  add_dense(lowering, step, layer, x, SLIPWAY_TRY(lowering.vector_place(x)), y);
  return {};
}

Result<void> lower_dense_u8_to_f32(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto found = dense_of_integers(lowering, y);
  auto layer = SLIPWAY_TRY(read_layer(graph, found->x, found->w, found->b));
  for (std::size_t o = 0; found->b.exists() && o < layer.channels.size(); ++o) {
    const auto& quant = *graph.type(found->b).quant;
    const bool fits =
        std::abs(quant.scale_at(o) / layer.channels[o].scale - 1) <= 1e-6F && quant.zero_at(o) == 0;
    if (!fits) return fail(Code::unsupported, "a bias with a scale of its own");
  }
  engine::ProductU8Step step;
  step.shape.output = GemmOutput::floats;
  add_dense(lowering, step, layer, found->x, SLIPWAY_TRY(lowering.vector_place(found->x)), y);
  return {};
}

}  // namespace slipway::cpu
