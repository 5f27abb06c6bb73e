#include "device/cpu/lower_chain.h"

#include <algorithm>

#include "device/cpu/products.h"
#include "engine/chain_step.h"
#include "ops/conv/conv.h"

namespace slipway::cpu {
namespace {

/// Smaller pictures stay in the second cache anyway: nobody is asked.
constexpr std::int64_t kWorthAsking = std::int64_t{1} << 20U;

/// Larger ones are taken by rows where nothing was measured.
constexpr std::int64_t kWorthIt = std::int64_t{3} << 19U;

/// What a pair takes in memory where it is no single step, bfloat16 where that is possible.
std::int64_t bytes_between(const Lowering& lowering, ValueId conv) {
  return lowering.graph().type(conv).shape.elements() * (lowering.rounds() ? 2 : 4);
}

/// A convolution of floats that is computed, and not joined by a sum.
const ops::Conv* conv_of_floats(const Lowering& lowering, ValueId id) {
  const auto& graph = lowering.graph();
  const auto* conv = lowering.maker<ops::Conv>(id);
  const bool fits = conv != nullptr && graph.known(id) == nullptr && !is_dynamic(graph, id) &&
                    graph.type(id).dtype == DType::f32 && !graph.type(id).quant &&
                    graph.type(id).shape.rank() == 4;
  return fits ? conv : nullptr;
}

bool is_point(const Lowering& lowering, ValueId id) {
  const auto* conv = conv_of_floats(lowering, id);
  if (conv == nullptr || conv->group != 1) return false;
  const auto window = conv_window(lowering.graph(), id);
  return window && window->kernel_y == 1 && window->kernel_x == 1 && window->stride_y == 1 &&
         window->stride_x == 1 && !leaves(*window) && window->out_height == window->height &&
         window->out_width == window->width;
}

/// Whether there are rows to be read, and no gaps between them.
bool is_windows(const Lowering& lowering, ValueId id) {
  const auto* conv = conv_of_floats(lowering, id);
  if (conv == nullptr) return false;
  const auto window = conv_window(lowering.graph(), id);
  return window && conv->group == window->channels && conv->group > 1 &&
         conv->group == pixel_of(lowering.graph().type(id).shape) && window->dilation_y == 1 &&
         window->dilation_x == 1 && window->pad_top < window->kernel_y &&
         (window->out_height - 1) * window->stride_y - window->pad_top < window->height;
}

/// Rows of the output that are computed together: a band that leaves room in the second cache, and
/// enough units for a handful of threads.
std::int32_t rows_together(const engine::Sliding& window, std::int64_t row_bytes) {
  constexpr std::int64_t kBand = std::int64_t{1} << 19U;
  constexpr std::int32_t kEnough = 16;
  const auto fit = (kBand / row_bytes - window.kernel_y) / window.stride_y + 1;
  const auto even = (window.pictures * window.out_height + kEnough - 1) / kEnough;
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(fit, 1, std::min(even, window.out_height)));
}

/// In what numbers the product is, for people.
std::string_view numbers_of(const engine::ChainStep& step) {
  switch (step.numbers) {
    case engine::ChainNumbers::bf16:
      return " in bf16";
    case engine::ChainNumbers::f16:
      return " in fp16";
    default:
      return "";
  }
}

}  // namespace

ValueId windows_behind(const Lowering& lowering, ValueId conv) {
  const ValueId y = lowering.only_reader(conv);
  const bool fits = y.exists() && bytes_between(lowering, conv) > kWorthAsking &&
                    is_point(lowering, conv) && is_windows(lowering, y) &&
                    lowering.graph().node(y).inputs[0] == conv;
  return fits ? y : kNoValue;
}

ValueId point_before(const Lowering& lowering, ValueId windows) {
  const ValueId x = lowering.graph().node(windows).inputs[0];
  return x.exists() && windows_behind(lowering, x) == windows ? x : kNoValue;
}

std::string chain_words(const Lowering& lowering, ValueId windows) {
  const auto window = conv_window(lowering.graph(), windows);
  return fmt::format(", then {}x{} stride {}x{} pad {},{} to {}x{}", window->kernel_y,
                     window->kernel_x, window->stride_y, window->stride_x, window->pad_top,
                     window->pad_left, window->out_height, window->out_width);
}

std::vector<std::string> chain_candidates(const Lowering& lowering, ValueId conv,
                                          std::vector<std::string> candidates) {
  std::vector<std::string> out;
  bool floats = false;  // only the newest of these
  for (const auto& name : candidates) {
    const bool rounded = name.ends_with(kRounded);
    if (rounded || !floats) out.push_back(name + std::string(kByRows));
    floats |= !rounded;
  }
  const bool first = bytes_between(lowering, conv) > kWorthIt;
  candidates.insert(first ? candidates.begin() : candidates.end(), out.begin(), out.end());
  return candidates;
}

std::span<const kernels::DepthwiseF32Variant> depthwise_variants(const Numbers& numbers) {
  return numbers.rounded() ? kernels::depthwise_bf16_variants() : kernels::depthwise_f32_variants();
}

Result<engine::DepthwiseF32Step> depthwise_of(Lowering& lowering, ValueId conv,
                                              const engine::Sliding& window, const Numbers& numbers,
                                              std::uint32_t row) {
  auto& plan = lowering.plan();
  const auto& node = lowering.graph().node(conv);
  const auto constants = SLIPWAY_TRY(constants_of(lowering.graph(), node));
  const auto& variant = depthwise_variants(numbers)[row];
  const auto shape = engine::depthwise_shape<kernels::DepthwiseF32Shape>(window);
  engine::DepthwiseF32Step step;
  step.header.variant = row;
  step.rounded = numbers.rounded() ? 1 : 0;
  step.window = window;
  step.panels = plan.add_constants(kernels::packed_bytes(variant, shape));
  kernels::pack_depthwise_f32(variant, shape, constants.weights.data(),
                              constants.bias.empty() ? nullptr : constants.bias.data(),
                              plan.constants_at(step.panels));
  set_range(step, lowering.maker<ops::Conv>(conv)->activation);
  return step;
}

Result<void> add_chain(Lowering& lowering, ValueId conv, ValueId windows,
                       const ProductChoice& choice) {
  auto& plan = lowering.plan();
  const auto& graph = lowering.graph();
  const auto& point = graph.node(conv);
  const ValueId x = point.inputs[0];
  const auto window = SLIPWAY_TRY(conv_window(graph, windows));
  const Numbers numbers{lowering.is_rounded(x), lowering.is_rounded(conv), false};
  const Numbers outer{numbers.out, lowering.is_rounded(windows), false};

  engine::ChainStep step;
  step.numbers = choice.numbers == ProductNumbers::own    ? engine::ChainNumbers::f32
                 : choice.numbers == ProductNumbers::bf16 ? engine::ChainNumbers::bf16
                                                          : engine::ChainNumbers::f16;
  const std::int64_t row_bytes = std::int64_t{window.width} * window.channels * numbers.out_bytes();
  step.unit_rows = rows_together(window, row_bytes);
  const int most_rows =
      std::min(window.height, (step.unit_rows - 1) * window.stride_y + window.kernel_y);

  const auto in = SLIPWAY_TRY(lowering.vector_pixels(x));
  const auto constants = SLIPWAY_TRY(constants_of(graph, point));
  const auto weights = columns_of(constants, window.channels, 0, window.channels);
  auto input =
      dense_input(in.at, std::int64_t{most_rows} * window.width, weights.rows, window.channels);
  input.rows.channels = static_cast<std::int32_t>(in.stride);
  const auto product =
      product_of(lowering, input, weights, {point.op.as<ops::Conv>()->activation, std::nullopt},
                 numbers, choice);
  step.product = product.step;
  step.header.variant = choice.variant;

  const auto variants = depthwise_variants(outer);
  step.depthwise =
      SLIPWAY_TRY(depthwise_of(lowering, windows, window, outer, best(variants, lowering.isa())));
  step.depthwise.in_stride = window.channels;

  constexpr std::int64_t kLine = 64;  // which may be read behind the band, too
  step.band = (row_bytes * most_rows + kLine - 1) / kLine * kLine + kLine;
  const auto pixels = static_cast<int>(input.pixels()) + 1;
  const int units = window.pictures * ((window.out_height + step.unit_rows - 1) / step.unit_rows);
  step.header.units = static_cast<std::uint32_t>(units);
  set_workspace(
      lowering, step,
      static_cast<std::size_t>(step.band) + (product.workspace ? product.workspace(pixels) : 0),
      step.header.units);
  const auto out = lowering.make_pixels(windows);
  step.depthwise.out = out.at;
  step.depthwise.out_stride = out.stride;
  plan.add(step, engine::StepKind::chain, product.isa,
           fmt::format("{} x {} x {}{}, then {}{}",
                       std::int64_t{window.pictures} * window.height * window.width, weights.rows,
                       window.channels, numbers_of(step), words_of(window),
                       Numbers{numbers.in, outer.out, false}.words()));
  return {};
}

}  // namespace slipway::cpu
