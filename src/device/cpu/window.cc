#include "device/cpu/window.h"

#include <algorithm>

#include "device/cpu/moves.h"
#include "device/cpu/products.h"
#include "ops/conv/conv.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {

Result<engine::Sliding> sliding_of(const Window& window, const Shape& x) {
  if (x.rank() < 3 || x.rank() > 4 || window.in[0] != 1 || window.kernel[0] != 1)
    return fail(Code::unsupported, "a window over {} dimensions", x.rank() - 2);
  constexpr std::int64_t kMost = 1 << 14;
  for (std::size_t i = 0; i < Window::kDims; ++i) {
    const auto most = std::max({window.in[i], window.out[i], window.kernel[i], window.stride[i],
                                window.dilation[i], window.pad[i], window.pad_end[i]});
    if (most > kMost) return fail(Code::unsupported, "a picture or window of over {}", kMost);
  }
  const auto at = [](const Window::Dims& dims, std::size_t i) {
    return static_cast<std::int32_t>(dims[i]);
  };
  engine::Sliding out;
  out.pictures = static_cast<std::int32_t>(x[0]);
  out.channels = static_cast<std::int32_t>(x[x.rank() - 1]);
  out.height = at(window.in, 1);
  out.width = at(window.in, 2);
  out.out_height = at(window.out, 1);
  out.out_width = at(window.out, 2);
  out.kernel_y = at(window.kernel, 1);
  out.kernel_x = at(window.kernel, 2);
  out.stride_y = at(window.stride, 1);
  out.stride_x = at(window.stride, 2);
  out.dilation_y = at(window.dilation, 1);
  out.dilation_x = at(window.dilation, 2);
  out.pad_top = at(window.pad, 1);
  out.pad_left = at(window.pad, 2);
  return out;
}

Result<engine::Sliding> conv_window(const Graph& graph, ValueId conv) {
  const auto& node = graph.node(conv);
  const auto& shape = graph.type(node.inputs[0]).shape;
  const auto window =
      SLIPWAY_TRY(node.op.as<ops::Conv>()->window(shape, graph.type(node.inputs[1]).shape));
  return sliding_of(window, shape);
}

std::string words_of(const engine::Sliding& window) {
  return fmt::format("{} channels at {}x{}, {}x{} by {}", window.channels, window.height,
                     window.width, window.kernel_y, window.kernel_x, window.stride_y);
}

namespace {

/// The rows, or columns, that windows read, if they begin `pad` before the picture.
std::int32_t reach(std::int32_t out, std::int32_t stride, std::int32_t kernel,
                   std::int32_t dilation, std::int32_t pad) {
  return std::max((out - 1) * stride + (kernel - 1) * dilation + 1, pad + 1);
}

std::int32_t reach_y(const engine::Sliding& window) {
  return reach(window.out_height, window.stride_y, window.kernel_y, window.dilation_y,
               window.pad_top);
}

std::int32_t reach_x(const engine::Sliding& window) {
  return reach(window.out_width, window.stride_x, window.kernel_x, window.dilation_x,
               window.pad_left);
}

}  // namespace

bool leaves(const engine::Sliding& window) {
  return window.pad_top > 0 || window.pad_left > 0 || reach_y(window) > window.height ||
         reach_x(window) > window.width;
}

Bordered bordered_size(const engine::Sliding& window) {
  if (!leaves(window)) return {{}, window.height, window.width, window.channels};
  return {{}, reach_y(window), reach_x(window), window.channels};
}

namespace {

/// Puts what a Transpose makes of pictures with their channels first to where the first of the
/// output's pixels are, in a larger picture.
Result<void> add_turned(Lowering& lowering, ValueId x, const Bordered& out,
                        const engine::Sliding& window) {
  const auto from = SLIPWAY_TRY(lowering.pixels(lowering.graph().node(x).inputs[0]));
  const auto size = static_cast<std::int32_t>(lowering.element_bytes(x));
  const std::int64_t plane = window.height * from.stride;
  auto to = out.at;
  to.offset += static_cast<std::uint64_t>(
      (std::int64_t{window.pad_top} * out.width + window.pad_left) * out.stride * size);
  const std::int64_t row = out.width * out.stride;
  // Windows need not reach all of a picture.
  const auto rows = std::min(window.height, static_cast<std::int32_t>(out.height) - window.pad_top);
  const auto columns =
      std::min(window.width, static_cast<std::int32_t>(out.width) - window.pad_left);
  std::vector<Axis> loops = {{window.pictures, window.channels * plane, out.height * row},
                             {rows, from.stride, row},
                             {columns, 1, out.stride},
                             {window.channels, plane, 1}};
  std::erase_if(loops, [](const Axis& axis) { return axis.size == 1; });
  add_loops(lowering, from.at, to, std::move(loops), size);
  return {};
}

}  // namespace

Result<Bordered> with_borders(Lowering& lowering, ValueId x, const engine::Sliding& window,
                              std::uint32_t outside) {
  const bool copies = leaves(window);
  if (copies && lowering.is_claimed(x) && is_normalization(lowering, x))
    return normalized_with_borders(lowering, x, window);
  const bool turns = lowering.is_claimed(x) && lowering.maker<ops::Transpose>(x) != nullptr;
  const auto parts = turns ? std::vector<Part>() : SLIPWAY_TRY(parts_of(lowering, x, !copies));
  if (!copies) {
    const auto pixels = put_together(lowering, x, parts);
    return Bordered{pixels.at, window.height, window.width, pixels.stride};
  }
  auto out = bordered_size(window);
  engine::BorderStep step;
  step.pictures = window.pictures;
  step.element_bytes = static_cast<std::int32_t>(lowering.element_bytes(x));
  step.height = window.height;
  step.width = window.width;
  step.out_height = out.height;
  step.out_width = out.width;
  step.pad_top = window.pad_top;
  step.pad_left = window.pad_left;
  step.outside = outside;
  step.out_stride = window.channels;
  step.header.units = static_cast<std::uint32_t>(window.pictures * out.height);
  step.out = lowering.is_framed(x)
                 ? lowering.frame(x)
                 : lowering.scratch(step.header.units * static_cast<std::size_t>(out.width) *
                                    static_cast<std::size_t>(window.channels * step.element_bytes));
  out.at = step.out;
  const auto add = [&] {
    lowering.plan().add(
        step, engine::StepKind::border, "",
        fmt::format("{}{}x{} {} {}x{}, {} channels", step.only_around != 0 ? "around " : "",
                    window.height, window.width, step.only_around != 0 ? "in" : "to", out.height,
                    out.width, step.channels));
  };
  const auto is_there = [](const Part& part) { return part.pixels.row != 0; };
  if (turns || std::ranges::all_of(parts, is_there)) {
    step.channels = window.channels;
    step.only_around = 1;
    add();
    if (turns) SLIPWAY_TRY(add_turned(lowering, x, out, window));
    return out;
  }
  for (const auto& part : parts) {
    step.channels = static_cast<std::int32_t>(part.channels);
    step.only_around = is_there(part) ? 1 : 0;
    step.in_stride = part.pixels.stride;
    step.in = part.pixels.at;
    add();
    step.out.offset += static_cast<std::uint64_t>(part.channels * step.element_bytes);
  }
  return out;
}

Result<ProductInput> product_input(const Bordered& x, const engine::Sliding& window,
                                   const Channels& channels, std::int64_t element_bytes) {
  const bool all = channels.count == window.channels;
  const bool point = window.kernel_y == 1 && window.kernel_x == 1 && window.stride_y == 1 &&
                     window.stride_x == 1 && window.out_width == x.width &&
                     window.out_height == x.height;
  if (point && all) {
    auto out = dense_input(x.at, std::int64_t{window.pictures} * x.height * x.width, channels.count,
                           channels.out);
    out.rows.channels = static_cast<std::int32_t>(x.stride);
    return out;
  }
  return line_input(x, window, channels, element_bytes);
}

Result<ProductInput> line_input(const Bordered& x, const engine::Sliding& window,
                                const Channels& channels, std::int64_t element_bytes) {
  const bool all = channels.count == window.channels;
  const bool dense = window.dilation_x == 1 && x.stride == window.channels;
  const bool runs = (dense || window.kernel_x == 1) && all;
  ProductInput out;
  out.a = x.at;
  out.a.offset += static_cast<std::uint64_t>(channels.first * element_bytes);
  auto& rows = out.rows;
  rows.lines = window.pictures * window.out_height;
  rows.line_pixels = window.out_width;
  rows.picture_lines = window.out_height;
  rows.channels = static_cast<std::int32_t>(x.stride);
  rows.row = x.width * x.stride;
  rows.picture = rows.row * x.height;
  spread(rows, channels.out);
  rows.stride_y = window.stride_y;
  rows.stride_x = window.stride_x;
  rows.kernel_y = window.kernel_y;
  rows.kernel_x = runs ? 1 : window.kernel_x;
  rows.dilation_y = window.dilation_y;
  rows.dilation_x = window.dilation_x;
  out.segments = rows.kernel_y * rows.kernel_x;
  out.segment_elements = runs ? window.kernel_x * channels.count : channels.count;
  if (out.segments > kernels::kMostSegments)
    return fail(Code::unsupported, "a window of {} runs", out.segments);
  return out;
}

void spread(engine::ProductRows& rows, std::int64_t out_stride) {
  rows.out_pixel = out_stride;
  rows.out_row = rows.out_pixel * rows.line_pixels;
  rows.out_picture = rows.out_row * rows.picture_lines;
}

void spread(engine::ProductRows& rows, const Pixels& room, const engine::Sliding& window) {
  rows.out_pixel = room.stride;
  if (room.row == 0) return spread(rows, room.stride);
  if (rows.row == 0) {  // one line, as dense_input() has it
    rows.lines = window.pictures * window.out_height;
    rows.line_pixels = window.out_width;
    rows.picture_lines = window.out_height;
    rows.row = std::int64_t{rows.channels} * rows.line_pixels;
    rows.picture = rows.row * rows.picture_lines;
  }
  rows.out_row = room.row;
  rows.out_picture = room.picture;
}

void join_lines(engine::ProductRows& rows, bool copied) {
  constexpr std::int32_t kTile = 16;
  if (rows.picture_lines == 1) return;
  if (rows.row * rows.stride_y % (std::int64_t{rows.channels} * rows.stride_x) != 0) return;
  const auto pixels = rows.line_pixels;
  // Tiles take turns by twos and fours: the only one of a line would wait for itself.
  const auto filled = pixels <= kTile ? kTile * 2 : (pixels + kTile - 1) / kTile * kTile;
  if (engine::apart(rows) < pixels) return;
  if (copied ? rows.out_row != pixels * rows.out_pixel : engine::apart(rows) >= filled) return;
  rows.line_pixels = (rows.picture_lines - 1) * engine::apart(rows) + pixels;
  rows.lines /= rows.picture_lines;
  rows.picture_lines = 1;
  rows.wanted = pixels;
}

std::vector<std::string> with_gathered(std::vector<std::string> candidates,
                                       std::string_view taking_lines, const engine::Sliding& window,
                                       std::int64_t outputs) {
  constexpr std::int64_t kMany = 256;
  const auto name = std::ranges::find(candidates, taking_lines);
  if (window.stride_y == 1 || name == candidates.end()) return candidates;
  const auto own = *name + std::string(kGathered);
  candidates.insert(outputs < kMany ? candidates.end() : candidates.begin(), own);
  return candidates;
}

ProductInput gathered(Lowering& lowering, const ProductInput& input, std::int64_t element_bytes) {
  constexpr std::int64_t kBehind = 64;  // bytes that kernels may read behind the last row
  const auto& rows = input.rows;
  const auto run = std::int64_t{input.segment_elements};
  const auto depth = run * input.segments;
  const auto pixels = input.pixels();
  const auto at =
      lowering.scratch(static_cast<std::size_t>(pixels * depth * element_bytes + kBehind));
  const auto width = std::int64_t{rows.line_pixels};
  std::vector<Axis> loops = {
      {rows.lines / rows.picture_lines, rows.picture, rows.picture_lines * width * depth},
      {rows.picture_lines, rows.stride_y * rows.row, width * depth},
      {width, std::int64_t{rows.stride_x} * rows.channels, depth},
      {rows.kernel_y, rows.dilation_y * rows.row, rows.kernel_x * run},
      {rows.kernel_x, std::int64_t{rows.dilation_x} * rows.channels, run},
      {run, 1, 1}};
  std::erase_if(loops, [](const Axis& axis) { return axis.size == 1; });
  add_loops(lowering, input.a, at, std::move(loops), static_cast<std::int32_t>(element_bytes));
  return dense_input(at, pixels, depth, rows.out_pixel);
}

ProductInput dense_input(const engine::Place& a, std::int64_t m, std::int64_t k, std::int64_t n) {
  ProductInput out;
  out.a = a;
  out.rows.line_pixels = static_cast<std::int32_t>(m);
  out.rows.channels = static_cast<std::int32_t>(k);
  out.rows.out_pixel = n;
  out.segment_elements = static_cast<std::int32_t>(k);
  return out;
}

std::string layer_of(const engine::Sliding& window, DType dtype, std::int64_t groups,
                     std::int64_t outputs) {
  return fmt::format(
      "conv {} {}x{}x{}x{} {}x{} stride {}x{} dilation {}x{} pad {},{} to {}x{}x{}{}",
      name_of(dtype), window.pictures, window.height, window.width, window.channels,
      window.kernel_y, window.kernel_x, window.stride_y, window.stride_x, window.dilation_y,
      window.dilation_x, window.pad_top, window.pad_left, window.out_height, window.out_width,
      outputs, groups == 1 ? "" : fmt::format(" in {} groups", groups));
}

bool is_by_lines(const engine::Sliding& window) {
  return window.kernel_y * window.kernel_x > 1 || window.stride_y * window.stride_x > 1;
}

bool is_dense_3x3(const engine::Sliding& window) {
  return window.kernel_y == 3 && window.kernel_x == 3 && window.stride_y == 1 &&
         window.stride_x == 1 && window.dilation_y == 1 && window.dilation_x == 1;
}

std::int64_t row_elements(const engine::ProductRows& rows, std::int64_t depth) {
  return rows.wanted == 0 ? depth : std::int64_t{rows.channels} * rows.stride_x;
}

void cut(engine::ProductRows& rows, std::int64_t row_bytes, std::int32_t columns,
         std::int64_t column_bytes, std::int32_t panel, std::int64_t cache_bytes) {
  constexpr std::int32_t kTile = 14;
  constexpr std::int32_t kEnough = 16;  // units, for a handful of threads to share evenly
  rows.unit_pixels = std::min(kTile, rows.line_pixels);
  rows.together = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(cache_bytes / (row_bytes * kTile), 1, rows.line_pixels));
  const auto panels = (columns + panel - 1) / panel;
  const auto fit = std::clamp<std::int64_t>(cache_bytes / (column_bytes * panel), 1, panels);
  const auto across = (rows.line_pixels + kTile - 1) / kTile * rows.lines;
  // Few tiles are not even; and where there are few pixels, most of what is read is weights, which
  // threads then had better not all read.
  rows.by_pixels = across >= kEnough / 2 ? 1 : 0;
  const auto parts = std::min((kEnough + across - 1) / across, panels);
  rows.unit_columns =
      panel * static_cast<std::int32_t>(std::min<std::int64_t>(fit, (panels + parts - 1) / parts));
}

}  // namespace slipway::cpu
