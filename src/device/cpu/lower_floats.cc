// Convolutions and dense layers of floats.

#include <algorithm>

#include "device/cpu/doubled.h"
#include "device/cpu/lower_chain.h"
#include "device/cpu/moves.h"
#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "engine/winograd_step.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {
namespace {

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

/// ", 32 doubled"
std::string doubled_words(std::int64_t channels) {
  return channels == 0 ? "" : fmt::format(", {} doubled", channels);
}

/// Weights [3, 3, channels, outputs] whose channels are those of the parts, in the order of these.
std::vector<float> in_order(std::span<const float> weights, const std::vector<Part>& parts,
                            std::int64_t channels, std::int64_t outputs) {
  std::vector<float> out;
  out.reserve(weights.size());
  for (std::int64_t place = 0; place < 9; ++place) {
    for (const auto& part : parts) {
      const auto rows =
          weights.subspan(static_cast<std::size_t>((place * channels + part.first) * outputs),
                          static_cast<std::size_t>(part.channels * outputs));
      out.insert(out.end(), rows.begin(), rows.end());
    }
  }
  return out;
}

/// Cuts a Winograd step into units: rows of tiles, or, where threads had rather transform all
/// inputs each than read all weights each, blocks of channels.
void cut(Lowering& lowering, engine::WinogradF32Step& step, int panel) {
  constexpr int kUnits = 8;   // each has a workspace for all tiles
  constexpr int kDearer = 4;  // to read a weight than to transform an input
  const auto& window = step.window;
  const auto& shape = step.shape;
  const int rows = kernels::tile_rows(shape, window.out_height);
  const int tiles = rows * ((window.out_width + shape.tile - 1) / shape.tile);
  if (shape.n < kDearer * tiles) {
    return cut_tiles(lowering, step, rows, [&](int some) {
      return kernels::workspace_bytes(shape, window.out_width, some, shape.n);
    });
  }
  const int panels = (shape.n + panel - 1) / panel;
  step.unit_rows = rows;
  step.unit_columns = (panels + kUnits - 1) / kUnits * panel;
  step.header.units =
      static_cast<std::uint32_t>((shape.n + step.unit_columns - 1) / step.unit_columns);
  set_workspace(lowering, step,
                kernels::workspace_bytes(shape, window.out_width, rows, step.unit_columns),
                step.header.units);
}

/// A dense 3x3 convolution by Winograd's filtering.
Result<void> add_winograd(Lowering& lowering, ValueId x, const engine::Sliding& window,
                          const Constants& constants, std::int32_t outputs, const Ending& ending,
                          const Numbers& numbers, const WinogradChoice& choice, ValueId y) {
  auto& plan = lowering.plan();
  const auto& variant = kernels::winograd_f32_variants()[choice.variant];
  engine::WinogradF32Step step;
  step.header.variant = choice.variant;
  step.window = window;
  step.shape = {window.channels, outputs, choice.tile};
  auto parts = SLIPWAY_TRY(parts_of(lowering, x, true));
  std::ranges::stable_partition(parts, [](const Part& part) { return !part.doubled; });
  constexpr std::int64_t kVector = 16;  // where one part ends, vectors do
  const bool whole = std::ranges::all_of(parts.begin(), parts.end() - 1, [](const Part& part) {
    return part.channels % kVector == 0;
  });
  if (!whole) parts = {{put_together(lowering, x, parts), window.channels}};
  for (const auto& part : parts)
    if (part.doubled) step.shape.doubled += static_cast<std::int32_t>(part.channels);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    step.in[i] = parts[i].pixels.at;
    step.in_stride[i] = parts[i].pixels.stride;
    step.in_channels[i] = static_cast<std::int32_t>(parts[i].channels);
  }
  step.panels = plan.add_constants(kernels::packed_bytes(variant, step.shape));
  const auto weights = in_order(constants.weights, parts, window.channels, outputs);
  kernels::pack_winograd_f32(variant, step.shape, weights.data(),
                             constants.bias.empty() ? nullptr : constants.bias.data(),
                             plan.constants_at(step.panels));
  set_range(step, ending.activation);
  SLIPWAY_CHECK(!numbers.rounded() || variant.bf16);
  step.rounded_in = numbers.in ? 1 : 0;
  step.rounded_out = numbers.out ? 1 : 0;
  step.rounded_residual = numbers.residual ? 1 : 0;
  step.adds = ending.residual ? 1 : 0;
  if (ending.residual) {
    step.residual = ending.residual->at;
    step.residual_stride = ending.residual->stride;
  }
  cut(lowering, step, kernels::panel_of(variant));
  const auto out = lowering.make_pixels(y);
  step.out = out.at;
  step.out_stride = out.stride;
  plan.add(step, engine::StepKind::winograd_f32, kernels::name_of(variant.isa),
           fmt::format("{}x{} x {} to {}, tiles of {}{}{}{}", window.out_height, window.out_width,
                       window.channels, outputs, choice.tile, doubled_words(step.shape.doubled),
                       ending.residual ? ", added" : "", numbers.words()));
  return {};
}

/// Whether a Transpose, read once, brings the channels of pictures to the end, and a copy with
/// borders could.
bool is_turned(const Lowering& lowering, ValueId x) {
  const auto* op = lowering.maker<ops::Transpose>(x);
  const std::vector<std::int64_t> last = {0, 2, 3, 1};
  return op != nullptr && op->perm == last && lowering.used_once(x) &&
         lowering.graph().known(x) == nullptr && transpose_claims(lowering, x).empty();
}

/// All ways to compute a dense convolution.
std::vector<std::string> conv_candidates(const Lowering& lowering, const engine::Sliding& window,
                                         std::int32_t groups, std::int64_t outputs) {
  auto out = float_candidates(lowering);
  if (groups != 1) return out;
  const auto products = kernels::gemm_bf16_variants();
  const auto& newest_product = products[best(products, lowering.isa())];
  if (newest_product.takes_lines) {
    const auto name = std::string(name_of(newest_product.isa)) + std::string(kRounded);
    out = with_gathered(std::move(out), name, window, outputs);
  }
  if (!is_dense_3x3(window)) return out;
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
  if (const auto name = newest(true); !name.empty() && lowering.rounds())
    out.push_back(name + std::string(kRounded) + " winograd2");
  return out;
}

std::string layer_of_dense(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& shape = graph.type(y).shape;
  const auto outputs = pixel_of(shape);
  return fmt::format("dense f32 {} x {} x {}", shape.elements() / outputs,
                     graph.type(graph.node(y).inputs[1]).shape.elements() / outputs, outputs);
}

/// A convolution as it is asked about.
struct ConvLayer {
  engine::Sliding window;
  std::int32_t groups = 1;
  std::int32_t outputs = 0;
  std::vector<ValueId> doubled;  // what some candidates take along
  ValueId windows = kNoValue;    // behind it, which some take along
  std::string name;
  std::vector<std::string> candidates;

  [[nodiscard]] bool depthwise() const {
    return groups > 1 && groups == window.channels && groups == outputs;
  }
};

Result<ConvLayer> layer_of_conv(const Lowering& lowering, ValueId id) {
  const auto& graph = lowering.graph();
  const auto& conv = *graph.node(id).op.as<ops::Conv>();
  ConvLayer out;
  out.window = SLIPWAY_TRY(conv_window(graph, id));
  const auto& made = graph.type(id).shape;
  out.outputs = static_cast<std::int32_t>(made[made.rank() - 1]);
  out.groups = static_cast<std::int32_t>(conv.group);
  out.doubled = doubled_inputs(lowering, id, out.window);
  std::int64_t channels = 0;
  for (const auto one : out.doubled) channels += pixel_of(graph.type(one).shape);
  out.windows = windows_behind(lowering, id);
  const auto behind = out.windows.exists() ? chain_words(lowering, out.windows) : std::string();
  out.name = asked(lowering, layer_of(out.window, DType::f32, out.groups, out.outputs) +
                                 doubled_words(channels) + behind);
  out.candidates = conv_candidates(lowering, out.window, out.groups, out.outputs);
  if (out.windows.exists())
    out.candidates = chain_candidates(lowering, id, std::move(out.candidates));
  return out;
}

/// A convolution together with the 1x1 convolution that it has claimed.
Result<void> lower_chain(Lowering& lowering, ValueId windows) {
  const ValueId point = point_before(lowering, windows);
  const auto layer = SLIPWAY_TRY(layer_of_conv(lowering, point));
  const auto name = lowering.choose(windows, layer.name, layer.candidates);
  return add_chain(lowering, point, windows, float_choice(name));
}

/// Each channel with its own window.
Result<void> add_depthwise(Lowering& lowering, ValueId conv, const engine::Sliding& window) {
  const ValueId x = lowering.graph().node(conv).inputs[0];
  const Numbers numbers{lowering.is_rounded(x), lowering.is_rounded(conv), false};
  const auto variants = depthwise_variants(numbers);
  auto row = best(variants, lowering.isa());
  if (const ValueId point = point_before(lowering, conv); point.exists()) {
    lowering.answer_along(conv, SLIPWAY_TRY(layer_of_conv(lowering, point)).name);
  } else {
    const auto layer = layer_of(window, DType::f32, window.channels, window.channels);
    row = chosen_row(lowering, conv, layer + numbers.words(), variants);
  }
  auto step = SLIPWAY_TRY(depthwise_of(lowering, conv, window, numbers, row));
  const auto in = SLIPWAY_TRY(lowering.vector_pixels(x));
  step.in = in.at;
  step.in_stride = in.stride;
  const auto out = lowering.make_pixels(conv);
  step.out = out.at;
  step.out_stride = out.stride;
  step.header.units = static_cast<std::uint32_t>(window.pictures * window.out_height);
  lowering.plan().add(step, engine::StepKind::depthwise_f32, kernels::name_of(variants[row].isa),
                      words_of(window) + numbers.words());
  return {};
}

}  // namespace

bool takes_point(const Lowering& lowering, ValueId windows) {
  const ValueId point = point_before(lowering, windows);
  if (!point.exists()) return false;
  const auto layer = layer_of_conv(lowering, point);
  return layer && lowering.chosen(layer->name, layer->candidates).ends_with(kByRows);
}

std::vector<ValueId> moved_claims(const Lowering& lowering, ValueId conv) {
  if (lowering.graph().type(conv).dtype != DType::f32 || lowering.is_claimed(conv)) return {};
  const auto layer = layer_of_conv(lowering, conv);
  if (!layer || layer->depthwise()) return {};
  const auto name = lowering.chosen(layer->name, layer->candidates);
  if (winograd_choice(name).tile != 0) return layer->doubled;
  const ValueId x = lowering.graph().node(conv).inputs[0];
  return leaves(layer->window) && is_turned(lowering, x) ? std::vector{x} : std::vector<ValueId>{};
}

bool conv_takes_bf16(const Lowering& lowering, ValueId conv, ValueId x) {
  const auto layer = layer_of_conv(lowering, conv);
  if (!layer || !lowering.rounds()) return false;
  const bool reads = x.exists();
  if (layer->depthwise()) return lowering.rounds_more();
  const auto name = lowering.chosen(layer->name, layer->candidates);
  if (const auto winograd = winograd_choice(name); winograd.tile != 0)
    return kernels::winograd_f32_variants()[winograd.variant].rounded &&
           (!reads || lowering.rounds_more());
  return float_choice(name).numbers == ProductNumbers::bf16;
}

bool conv_takes_borders(const Lowering& lowering, ValueId conv) {
  const auto layer = layer_of_conv(lowering, conv);
  return layer && !layer->depthwise() && leaves(layer->window) &&
         winograd_choice(lowering.chosen(layer->name, layer->candidates)).tile == 0;
}

bool conv_f32_writes_framed(const Lowering& lowering, ValueId conv) {
  const auto layer = layer_of_conv(lowering, conv);
  if (!layer) return false;
  const auto name = lowering.chosen(layer->name, layer->candidates);
  if (winograd_choice(name).tile != 0) return false;
  const auto choice = float_choice(name);
  const bool takes_lines = choice.numbers == ProductNumbers::bf16 &&
                           kernels::gemm_bf16_variants()[choice.variant].takes_lines;
  return takes_lines || is_by_lines(layer->window);
}

bool dense_takes_bf16(const Lowering& lowering, ValueId y) {
  return dense_claims(lowering, y).empty() && will_round(lowering, layer_of_dense(lowering, y));
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
  const auto layer = SLIPWAY_TRY(layer_of_conv(lowering, conv_id));
  if (layer.depthwise())
    return takes_point(lowering, conv_id) ? lower_chain(lowering, conv_id)
                                          : add_depthwise(lowering, conv_id, layer.window);
  const auto& [window, groups, outputs] = std::tie(layer.window, layer.groups, layer.outputs);
  Ending ending{conv.activation, std::nullopt};
  Numbers numbers{lowering.is_rounded(x), lowering.is_rounded(y), false};
  ValueId residual = kNoValue;
  if (y != conv_id) {
    const auto& sum = graph.node(y);
    residual = sum.inputs[sum.inputs[0] == conv_id ? 1 : 0];
    ending.activation = sum.op.as<ops::Add>()->activation;
    ending.residual = SLIPWAY_TRY(lowering.vector_pixels(residual));
    if (is_one_for_all(graph.type(residual), graph.type(y))) ending.residual->stride = 0;
    numbers.residual = lowering.is_rounded(residual);
  }
  auto along = layer.doubled;
  if (layer.windows.exists()) along.push_back(layer.windows);
  const auto name = lowering.choose(conv_id, layer.name, layer.candidates, along);
  if (const auto winograd = winograd_choice(name); winograd.tile != 0)
    return add_winograd(lowering, x, window, constants, outputs, ending, numbers, winograd, y);
  const auto bordered = SLIPWAY_TRY(with_borders(lowering, x, window, 0));
  const bool over = residual.exists() && residual != x && groups == 1;
  const auto room = over ? lowering.make_pixels_over(y, residual) : lowering.make_pixels(y);
  const std::int32_t each = outputs / groups;
  const auto choice = float_choice(name);
  for (std::int32_t g = 0; g < groups; ++g) {
    const auto count = window.channels / groups;
    auto input = SLIPWAY_TRY(
        product_input(bordered, window, {g * count, count, outputs}, numbers.in_bytes()));
    if (choice.gathers) input = gathered(lowering, input, numbers.in_bytes());
    spread(input.rows, room, window);
    const auto weights = columns_of(constants, outputs, g * each, each);
    Ending own = ending;
    if (own.residual)
      own.residual->at = moved(own.residual->at, g * each, numbers.residual_bytes());
    add_product(lowering, input, weights, moved(room.at, g * each, numbers.out_bytes()), own,
                numbers, choice);
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
  const Numbers numbers{lowering.is_rounded(node.inputs[0]), lowering.is_rounded(y), false};
  add_product(lowering, dense_input(a, m, weights.rows, outputs), weights, room,
              {node.op.as<ops::FullyConnected>()->activation, std::nullopt}, numbers,
              choose_product(lowering, y, layer_of_dense(lowering, y)));
  return {};
}

}  // namespace slipway::cpu
