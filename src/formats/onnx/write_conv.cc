// Convolutions and matrix products: filters come as (spatial…, in, out) and leave as
// (out, in, spatial…).

#include <algorithm>
#include <numeric>

#include "formats/onnx/write.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/einsum.h"
#include "ops/matmul/fully_connected.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

/// A filter's dimensions as (a, b, spatial…), given where a and b stand behind the spatial ones.
List filter_order(std::size_t rank, std::size_t a, std::size_t b) {
  List perm = {static_cast<std::int64_t>(a), static_cast<std::int64_t>(b)};
  for (std::size_t i = 0; i + 2 < rank; ++i) perm.push_back(static_cast<std::int64_t>(i));
  return perm;
}

/// The last `count` numbers of both, one list behind the other.
List pads_of(const Window::Dims& begin, const Window::Dims& end, std::size_t count) {
  List pads(begin.end() - static_cast<std::ptrdiff_t>(count), begin.end());
  pads.insert(pads.end(), end.end() - static_cast<std::ptrdiff_t>(count), end.end());
  return pads;
}

std::string activated(OnnxWriter& writer, const std::string& y, Activation activation) {
  const auto range = range_of(activation);
  return writer.clamp(y, writer.output_type(0).dtype, range.low, range.high);
}

/// Real activations that meet integer weights pass through integers of their own, one scale per
/// batch entry; here they keep the values that those stand for.
std::string through_integers(OnnxWriter& writer, const std::string& x, std::size_t rank,
                             DynamicRange range) {
  List axes(rank - 1);
  std::iota(axes.begin(), axes.end(), 1);
  const auto number = [&](float value) {
    return writer.number(DType::f32, static_cast<double>(value));
  };
  const auto low = writer.add("Min", {writer.reduced("ReduceMin", x, axes, true), number(0)});
  const auto high = writer.add("Max", {writer.reduced("ReduceMax", x, axes, true), number(0)});
  const auto tiny = number(1e-30F);
  if (range == DynamicRange::symmetric) {
    const auto largest = writer.add("Max", {writer.add("Neg", {low}), high});
    const auto scale = writer.add("Max", {writer.add("Div", {largest, number(127)}), tiny});
    const auto steps = writer.add("Round", {writer.add("Div", {x, scale})});
    return writer.add("Mul", {steps, scale});
  }
  const auto width = writer.add("Div", {writer.add("Sub", {high, low}), number(255)});
  const auto scale = writer.add("Max", {width, tiny});
  const auto from_low = writer.add("Sub", {number(-128), writer.add("Div", {low, scale})});
  const auto zero = writer.add("Round", {from_low});
  const auto steps =
      writer.add("Round", {writer.add("Add", {writer.add("Div", {x, scale}), zero})});
  const auto cut = writer.clamp(steps, DType::f32, -128, 127);
  return writer.add("Mul", {writer.add("Sub", {cut, zero}), scale});
}

bool is_hybrid(const OnnxWriter& writer) {
  return is_float(writer.stated_type(0).dtype) && writer.stated_type(1).quant;
}

Result<void> conv(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Conv>();
  const auto rank = writer.type(0).shape.rank();
  const auto& w = writer.type(1).shape;
  if (!w.is_known())
    return fail(Code::unsupported, "a filter whose size is only known when the graph runs");
  OnnxAttributes attributes = {{"kernel_shape", List(w.begin(), w.end() - 2)}, {"group", op.group}};
  if (!op.stride.empty()) attributes.emplace_back("strides", op.stride);
  if (!op.dilation.empty()) attributes.emplace_back("dilations", op.dilation);
  const auto window = SLIPWAY_TRY(op.window(writer.type(0).shape, w));
  const bool same = op.padding == Padding::same_upper || op.padding == Padding::same_lower;
  const bool open = std::any_of(window.in.begin(), window.in.end(),
                                [](std::int64_t dim) { return dim == Shape::kUnknown; });
  if (same && open) {
    const std::string mode = op.padding == Padding::same_upper ? "SAME_UPPER" : "SAME_LOWER";
    attributes.emplace_back("auto_pad", mode);
  } else {
    attributes.emplace_back("pads", pads_of(window.pad, window.pad_end, rank - 2));
    if (op.padding == Padding::valid) attributes.back().second = List(2 * (rank - 2), 0);
  }
  auto x = writer.first(0);
  if (is_hybrid(writer)) x = through_integers(writer, x, rank, op.dynamic_range);
  std::vector<std::string> inputs = {x, writer.permuted(1, filter_order(rank, rank - 1, rank - 2))};
  if (writer.has(2)) inputs.push_back(writer.last(2));
  writer.result_first(0, activated(writer, writer.add("Conv", inputs, attributes), op.activation));
  return {};
}

Result<void> conv_transpose(OnnxWriter& writer) {
  const auto& op = writer.as<ops::ConvTranspose>();
  const auto rank = writer.type(0).shape.rank();
  const auto& x = writer.type(0).shape;
  const auto& w = writer.type(1).shape;
  if (!x.is_known() || !w.is_known())
    return fail(Code::unsupported, "sizes that are only known when the graph runs");
  const auto window = SLIPWAY_TRY(op.window(x, w));
  // What the formula without padding gives too much is cut off; what it lacks is added behind.
  List pads(2 * (rank - 2));
  List more(rank - 2);
  for (std::size_t i = 0; i < rank - 2; ++i) {
    const auto k = Window::kDims - (rank - 2) + i;
    const auto full =
        (x[1 + i] - 1) * window.stride[k] + (window.kernel[k] - 1) * window.dilation[k] + 1;
    const auto behind = full - window.pad[k] - writer.output_type(0).shape[1 + i];
    pads[i] = window.pad[k];
    pads[rank - 2 + i] = std::max<std::int64_t>(behind, 0);
    more[i] = std::max<std::int64_t>(-behind, 0);
  }
  OnnxAttributes attributes = {
      {"kernel_shape", List(w.begin(), w.end() - 2)}, {"pads", pads}, {"group", op.group}};
  if (!op.stride.empty()) attributes.emplace_back("strides", op.stride);
  if (!op.dilation.empty()) attributes.emplace_back("dilations", op.dilation);
  if (std::any_of(more.begin(), more.end(), [](std::int64_t n) { return n > 0; }))
    attributes.emplace_back("output_padding", more);
  std::vector<std::string> inputs = {writer.first(0),
                                     writer.permuted(1, filter_order(rank, rank - 2, rank - 1))};
  if (writer.has(2)) inputs.push_back(writer.last(2));
  const auto y = writer.add("ConvTranspose", inputs, attributes);
  writer.result_first(0, activated(writer, y, op.activation));
  return {};
}

Result<void> fully_connected(OnnxWriter& writer) {
  const auto& op = writer.as<ops::FullyConnected>();
  const auto& x_shape = writer.type(0).shape;
  auto x = writer.last(0);
  if (is_hybrid(writer)) {
    // One scale per row, whatever the dimensions in front.
    if (!writer.type(1).shape.is_known())
      return fail(Code::unsupported, "weights whose size is only known when the graph runs");
    x = writer.reshape(x, {-1, writer.type(1).shape[0]});
    x = through_integers(writer, x, 2, op.dynamic_range);
  } else if (x_shape.rank() != 2) {
    if (!writer.type(1).shape.is_known())
      return fail(Code::unsupported, "weights whose size is only known when the graph runs");
    x = writer.reshape(x, {-1, writer.type(1).shape[0]});
  }
  std::vector<std::string> inputs = {x, writer.last(1)};
  if (writer.has(2)) inputs.push_back(writer.last(2));
  auto y = activated(writer, writer.add("Gemm", inputs), op.activation);
  const auto& y_shape = writer.output_type(0).shape;
  if (y_shape.rank() != 2) {
    List dims(y_shape.begin(), y_shape.end());
    if (std::count(dims.begin(), dims.end(), Shape::kUnknown) > 1)
      return fail(Code::unsupported, "more than one dimension that is only known when it runs");
    y = writer.reshape(y, dims);
  }
  writer.result(0, y);
  return {};
}

/// The last two dimensions swapped.
std::string swapped(OnnxWriter& writer, std::size_t i) {
  List perm(writer.type(i).shape.rank());
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return writer.permuted(i, perm);
}

Result<void> batch_matmul(OnnxWriter& writer) {
  const auto& op = writer.as<ops::BatchMatMul>();
  const auto a = op.transpose_a ? swapped(writer, 0) : writer.last(0);
  const auto b = op.transpose_b ? swapped(writer, 1) : writer.last(1);
  writer.result(0, writer.add("MatMul", {a, b}));
  return {};
}

Result<void> einsum(OnnxWriter& writer) {
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < writer.input_count(); ++i) inputs.push_back(writer.last(i));
  writer.result(0, writer.add("Einsum", inputs, {{"equation", writer.as<ops::Einsum>().equation}}));
  return {};
}

Result<void> det(OnnxWriter& writer) {
  writer.result(0, writer.add("Det", {writer.last(0)}));
  return {};
}

bool always(const OnnxWriter&) { return true; }

}  // namespace

std::span<const OnnxWriteRow> onnx_write_conv() {
  static constexpr OnnxWriteRow kRows[] = {
      {"BatchMatMul", "transpose_a transpose_b rounding", batch_matmul},
      {"Conv",
       "stride dilation pad_begin pad_end padding group activation rounding dynamic_range "
       "scales_in_turn",
       conv, always, always, 2},
      {"ConvTranspose",
       "stride dilation pad_begin pad_end output_pad output_shape padding activation rounding "
       "group",
       conv_transpose, always, always, 2},
      {"Det", "", det},
      {"Einsum", "equation", einsum},
      {"FullyConnected", "activation rounding dynamic_range", fully_connected, always, always, 2},
  };
  return kRows;
}

}  // namespace slipway::formats
