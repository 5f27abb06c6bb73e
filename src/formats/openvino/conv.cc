// Convolutions and matrix products. Filters come as (out, in, spatial…) and leave as
// (spatial…, in, out).

#include "ops/conv/conv.h"

#include <algorithm>

#include "formats/openvino/node.h"
#include "ops/conv/conv_transpose.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/einsum.h"
#include "ops/matmul/fully_connected.h"
#include "ops/product.h"
#include "ops/shape/reshape.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

/// The spatial dimensions of a filter with `front` others, then those `others`.
std::vector<std::int64_t> spatial_first(std::size_t rank, std::size_t front,
                                        std::initializer_list<std::int64_t> others) {
  std::vector<std::int64_t> perm;
  for (std::size_t i = front; i < rank; ++i) perm.push_back(static_cast<std::int64_t>(i));
  perm.insert(perm.end(), others);
  return perm;
}

Result<ops::Conv> conv_fields(IrNode& node) {
  ops::Conv op;
  op.stride = SLIPWAY_TRY(node.integer_list("strides"));
  op.dilation = SLIPWAY_TRY(node.integer_list("dilations"));
  op.pad_begin = SLIPWAY_TRY(node.integer_list("pads_begin"));
  op.pad_end = SLIPWAY_TRY(node.integer_list("pads_end"));
  op.padding = SLIPWAY_TRY(node.padding());
  const auto extra = SLIPWAY_TRY(node.integer_list("output_padding"));
  if (std::ranges::any_of(extra, [](std::int64_t n) { return n != 0; }))
    return fail(Code::unsupported, "output_padding of a convolution");
  return op;
}

/// Errors  invalid_input: a filter with fewer than `least` dimensions
Result<void> check_filter(IrNode& node, ValueId filter, std::size_t least) {
  const auto& shape = node.type(filter).shape;
  if (shape.rank() >= least) return {};
  return fail(Code::invalid_input, "a filter of {}", shape.text());
}

Result<void> convolution(IrNode& node) {
  const auto op = SLIPWAY_TRY(conv_fields(node));
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto filter = SLIPWAY_TRY(node.input(1));
  SLIPWAY_TRY(check_filter(node, filter, 3));
  const auto perm = spatial_first(node.type(filter).shape.rank(), 2, {1, 0});
  const auto w = SLIPWAY_TRY(node.helper(ops::Transpose{perm}, {filter}, "filter"));
  const auto last = SLIPWAY_TRY(node.channels_last(x));
  return node.emit_channels_last(op, {last, w});
}

Result<void> group_convolution(IrNode& node) {
  auto op = SLIPWAY_TRY(conv_fields(node));
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto filter = SLIPWAY_TRY(node.input(1));
  SLIPWAY_TRY(check_filter(node, filter, 4));
  const auto dims = SLIPWAY_TRY(node.known_dims(filter));
  op.group = dims[0];
  const auto perm = spatial_first(dims.size(), 3, {2, 0, 1});
  const auto moved = SLIPWAY_TRY(node.helper(ops::Transpose{perm}, {filter}, "groups"));
  std::vector<std::int64_t> shape(dims.begin() + 3, dims.end());
  shape.push_back(dims[2]);
  shape.push_back(saturating_product({dims[0], dims[1]}));
  const auto w = SLIPWAY_TRY(
      node.helper(ops::Reshape{}, {moved, node.constant("filter_shape", shape)}, "filter"));
  const auto last = SLIPWAY_TRY(node.channels_last(x));
  return node.emit_channels_last(op, {last, w});
}

/// What a transposed convolution needs to know; its padding is worked out from the output's shape
/// where the file gives that.
struct Transposed {
  ops::ConvTranspose op;
  std::vector<std::int64_t> kernel;
};

Result<void> pad_to_output(IrNode& node, Transposed& t, ValueId x,
                           const std::vector<std::int64_t>& output) {
  const auto in = SLIPWAY_TRY(node.known_dims(x));
  const auto spatial = t.kernel.size();
  if (in.size() != spatial + 2 || output.size() != spatial)
    return fail(Code::invalid_input, "an output of {} dimensions", output.size());
  const auto at = [](const std::vector<std::int64_t>& list, std::size_t i, std::int64_t other) {
    return i < list.size() ? list[i] : other;
  };
  auto& op = t.op;
  std::vector<std::int64_t> begin;
  std::vector<std::int64_t> end;
  std::vector<std::int64_t> extra;
  for (std::size_t i = 0; i < spatial; ++i) {
    constexpr std::int64_t kMost = std::int64_t{1} << 30U;
    const auto stride = at(op.stride, i, 1);
    const auto dilation = at(op.dilation, i, 1);
    const auto given = at(op.output_pad, i, 0);
    for (const auto number : {stride, dilation, in[i + 2], t.kernel[i], output[i], given}) {
      if (number < 0 || number > kMost) return fail(Code::invalid_input, "a size of {}", number);
    }
    const auto whole = saturating_product({stride, std::max<std::int64_t>(in[i + 2] - 1, 0)});
    const auto reach = saturating_product({dilation, std::max<std::int64_t>(t.kernel[i] - 1, 0)});
    if (whole > kMost || reach > kMost) return fail(Code::invalid_input, "a stride of {}", stride);
    const auto total = whole + reach + 1 + given - output[i];
    const auto pad = std::max<std::int64_t>(total, 0);
    // Without same_… the padding in front is as given, and what is too much goes behind.
    const auto front = at(op.pad_begin, i, 0);
    if (op.padding == Padding::given && (front < 0 || front > pad))
      return fail(Code::invalid_input, "padding of {} for an output of {}", front, output[i]);
    begin.push_back(op.padding == Padding::given        ? front
                    : op.padding == Padding::same_upper ? pad - pad / 2
                                                        : pad / 2);
    end.push_back(pad - begin.back());
    extra.push_back(given + std::max<std::int64_t>(-total, 0));
  }
  op.pad_begin = begin;
  op.pad_end = end;
  op.output_pad = extra;
  op.padding = Padding::given;
  return {};
}

/// (in, out, spatial…) becomes (spatial…, in, out); `front` dimensions stand before spatial ones.
Result<Transposed> transposed_fields(IrNode& node, ValueId x, ValueId filter, std::size_t front) {
  const auto dims = SLIPWAY_TRY(node.known_dims(filter));
  Transposed t;
  t.kernel.assign(dims.begin() + static_cast<std::ptrdiff_t>(front), dims.end());
  auto& op = t.op;
  op.stride = SLIPWAY_TRY(node.integer_list("strides"));
  op.dilation = SLIPWAY_TRY(node.integer_list("dilations"));
  op.pad_begin = SLIPWAY_TRY(node.integer_list("pads_begin"));
  op.pad_end = SLIPWAY_TRY(node.integer_list("pads_end"));
  op.output_pad = SLIPWAY_TRY(node.integer_list("output_padding"));
  op.padding = SLIPWAY_TRY(node.padding());
  if (node.has(2)) {
    const auto output = SLIPWAY_TRY(node.integers(2));
    SLIPWAY_TRY(pad_to_output(node, t, x, output));
  } else if (op.padding != Padding::given) {
    // Without the output's shape there is nothing to pad up to.
    op.pad_begin.clear();
    op.pad_end.clear();
    op.padding = Padding::given;
  }
  return t;
}

Result<void> convolution_backprop(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto filter = SLIPWAY_TRY(node.input(1));
  SLIPWAY_TRY(check_filter(node, filter, 3));
  const auto t = SLIPWAY_TRY(transposed_fields(node, x, filter, 2));
  const auto perm = spatial_first(node.type(filter).shape.rank(), 2, {0, 1});
  const auto w = SLIPWAY_TRY(node.helper(ops::Transpose{perm}, {filter}, "filter"));
  const auto last = SLIPWAY_TRY(node.channels_last(x));
  return node.emit_channels_last(t.op, {last, w});
}

Result<void> group_convolution_backprop(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto filter = SLIPWAY_TRY(node.input(1));
  SLIPWAY_TRY(check_filter(node, filter, 4));
  const auto dims = SLIPWAY_TRY(node.known_dims(filter));
  auto t = SLIPWAY_TRY(transposed_fields(node, x, filter, 3));
  t.op.group = dims[0];
  const auto perm = spatial_first(dims.size(), 3, {0, 1, 2});
  const auto moved = SLIPWAY_TRY(node.helper(ops::Transpose{perm}, {filter}, "groups"));
  std::vector<std::int64_t> shape(dims.begin() + 3, dims.end());
  shape.push_back(saturating_product({dims[0], dims[1]}));
  shape.push_back(dims[2]);
  const auto w = SLIPWAY_TRY(
      node.helper(ops::Reshape{}, {moved, node.constant("filter_shape", shape)}, "filter"));
  const auto last = SLIPWAY_TRY(node.channels_last(x));
  return node.emit_channels_last(t.op, {last, w});
}

/// Vectors take part as rows in front and as columns behind.
Result<void> mat_mul(IrNode& node) {
  auto a = SLIPWAY_TRY(node.input(0));
  auto b = SLIPWAY_TRY(node.input(1));
  bool transpose_a = SLIPWAY_TRY(node.flag("transpose_a", false));
  bool transpose_b = SLIPWAY_TRY(node.flag("transpose_b", false));
  const bool row = node.type(a).shape.rank() == 1;
  const bool column = node.type(b).shape.rank() == 1;
  if (row) {
    a = SLIPWAY_TRY(node.helper(ops::Unsqueeze{{0}}, {a}, "row"));
    transpose_a = false;
  }
  if (column) {
    b = SLIPWAY_TRY(node.helper(ops::Unsqueeze{{1}}, {b}, "column"));
    transpose_b = false;
  }
  if (!row && !column && !transpose_a && node.known(b) != nullptr &&
      node.type(b).shape.rank() == 2) {
    if (transpose_b) b = SLIPWAY_TRY(node.helper(ops::Transpose{{1, 0}}, {b}, "filter"));
    return node.emit(ops::FullyConnected{}, {a, b});
  }
  const ops::BatchMatMul op{transpose_a, transpose_b};
  if (!row && !column) return node.emit(op, {a, b});
  const auto product = SLIPWAY_TRY(node.helper(op, {a, b}, "product"));
  std::vector<std::int64_t> axes;
  if (row) axes.push_back(-2);
  if (column) axes.push_back(-1);
  return node.emit(ops::Squeeze{axes}, {product});
}

Result<void> einsum(IrNode& node) {
  return node.emit(ops::Einsum{node.text("equation", "")}, SLIPWAY_TRY(node.inputs()));
}

}  // namespace

std::span<const IrRow> ir_conv() {
  static constexpr IrRow kRows[] = {
      {"Convolution", convolution},
      {"ConvolutionBackpropData", convolution_backprop},
      {"Einsum", einsum},
      {"GroupConvolution", group_convolution},
      {"GroupConvolutionBackpropData", group_convolution_backprop},
      {"MatMul", mat_mul},
  };
  return kRows;
}

}  // namespace slipway::formats
