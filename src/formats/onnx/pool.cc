// Pools.

#include "ops/pool/pool.h"

#include <algorithm>
#include <numeric>

#include "formats/onnx/window.h"
#include "ops/elementwise/binary.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/concat.h"
#include "ops/shape/gather.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {
namespace {

template <class Pool>
Result<Pool> read_pool(OnnxNode& node) {
  Pool pool;
  const auto spatial = SLIPWAY_TRY(spatial_of(node.type(SLIPWAY_TRY(node.input(0)))));
  pool.kernel = SLIPWAY_TRY(node.integer_list("kernel_shape"));
  SLIPWAY_TRY(read_window(node, spatial, pool));
  pool.round_up = SLIPWAY_TRY(node.integer("ceil_mode", 0)) != 0;
  return pool;
}

Result<ValueId> first_input_last(OnnxNode& node) {
  return node.channels_last(SLIPWAY_TRY(node.input(0)));
}

/// Places within a picture (channels first) as ONNX counts them: within the whole tensor.
Result<ValueId> flat_places(OnnxNode& node, ValueId places, const Shape& x) {
  if (!x.is_known())
    return fail(Code::unsupported, "Indices into a tensor of unknown size {}", x.text());
  const std::int64_t pictures = x[0] * x[1];
  const std::int64_t step = pictures == 0 ? 0 : x.elements() / pictures;
  SLIPWAY_TRY(node.import().budget.spend(static_cast<std::size_t>(pictures) * 8));
  std::vector<std::int64_t> starts(static_cast<std::size_t>(pictures));
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = static_cast<std::int64_t>(i) * step;
  std::vector<std::int64_t> dims(x.rank(), 1);
  dims[0] = x[0];
  dims[1] = x[1];
  const auto start =
      node.constant("starts", Tensor::of<std::int64_t>(SLIPWAY_TRY(Shape::make(dims)), starts));
  return node.helper(ops::Add{}, {places, start}, "indices");
}

Result<void> max_pool(OnnxNode& node) {
  auto pool = SLIPWAY_TRY(read_pool<ops::MaxPool>(node));
  pool.column_major = SLIPWAY_TRY(node.integer("storage_order", 0)) != 0;
  pool.places = node.wants_output(1);
  if (!pool.places) pool.column_major = false;
  const auto x = SLIPWAY_TRY(first_input_last(node));
  if (!pool.places) return node.emit_channels_last(pool, {x});
  const auto found = SLIPWAY_TRY(node.helper_all(pool, {x}, "channels_last"));
  const auto y = SLIPWAY_TRY(node.channels_first(found[0], "channels_first"));
  const auto places = SLIPWAY_TRY(node.channels_first(found[1], "places"));
  SLIPWAY_TRY(node.alias(0, y));
  const Shape shape = node.type(SLIPWAY_TRY(node.input(0))).shape;
  return node.alias(1, SLIPWAY_TRY(flat_places(node, places, shape)));
}

Result<void> average_pool(OnnxNode& node) {
  auto pool = SLIPWAY_TRY(read_pool<ops::AveragePool>(node));
  pool.count_padding = SLIPWAY_TRY(node.integer("count_include_pad", 0)) != 0;
  return node.emit_channels_last(pool, {SLIPWAY_TRY(first_input_last(node))});
}

Result<std::int64_t> norm_order(OnnxNode& node) {
  if (node.version() >= 2) return node.integer("p", 2);
  const float p = SLIPWAY_TRY(node.number("p", 2));
  if (p < 1 || p > 1e6F || p != static_cast<float>(static_cast<std::int64_t>(p)))
    return fail(Code::unsupported, "a norm of order {}", p);
  return static_cast<std::int64_t>(p);
}

Result<void> lp_pool(OnnxNode& node) {
  auto pool = SLIPWAY_TRY(read_pool<ops::LpPool>(node));
  pool.p = SLIPWAY_TRY(norm_order(node));
  return node.emit_channels_last(pool, {SLIPWAY_TRY(first_input_last(node))});
}

/// The spatial dimensions of a value with channels last: 1, 2, …
std::vector<std::int64_t> spatial_axes(std::size_t rank) {
  std::vector<std::int64_t> axes(rank < 2 ? 0 : rank - 2);
  std::iota(axes.begin(), axes.end(), 1);
  return axes;
}

template <class Reduce>
Result<void> global_pool(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(first_input_last(node));
  Reduce op;
  op.axes = spatial_axes(node.type(x).shape.rank());
  op.keep_dims = true;
  if (op.axes.empty()) return node.alias(0, x);
  return node.emit_channels_last(op, {x});
}

Result<void> global_lp_pool(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(first_input_last(node));
  const auto& shape = node.type(x).shape;
  ops::LpPool pool;
  pool.p = SLIPWAY_TRY(norm_order(node));
  for (std::size_t i = 1; i + 1 < shape.rank(); ++i) {
    if (shape[i] == Shape::kUnknown)
      return fail(Code::unsupported, "a norm over a picture of unknown size {}", shape.text());
    pool.kernel.push_back(shape[i]);
  }
  return node.emit_channels_last(pool, {x});
}

/// The output of MaxUnpool whose elements the indices count.
Result<Shape> unpooled_shape(OnnxNode& node, const Shape& x) {
  const auto spatial = x.rank() - 2;
  const auto kernel = SLIPWAY_TRY(node.integer_list("kernel_shape"));
  auto strides = SLIPWAY_TRY(node.integer_list("strides"));
  auto pads = SLIPWAY_TRY(node.integer_list("pads"));
  if (strides.empty()) strides.assign(spatial, 1);
  if (pads.empty()) pads.assign(2 * spatial, 0);
  if (kernel.size() != spatial || strides.size() != spatial || pads.size() != 2 * spatial)
    return fail(Code::invalid_input, "the window does not fit {}", x.text());
  std::vector<std::int64_t> dims = {x[0], x[1]};
  for (std::size_t i = 0; i < spatial; ++i) {
    for (const auto number : {kernel[i], strides[i], pads[i], pads[i + spatial], x[i + 2]}) {
      if (number < 0 || number > (std::int64_t{1} << 30U))
        return fail(Code::invalid_input, "a window out of range");
    }
    dims.push_back((x[i + 2] - 1) * strides[i] + kernel[i] - pads[i] - pads[i + spatial]);
    if (dims.back() < 1) return fail(Code::invalid_input, "an output of size {}", dims.back());
  }
  return Shape::make(dims);
}

Tensor numbers_of(std::vector<std::int64_t> numbers) {
  const auto count = static_cast<std::int64_t>(numbers.size());
  return Tensor::of<std::int64_t>({count}, numbers);
}

Result<void> max_unpool(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto places = SLIPWAY_TRY(node.input(1));
  const TensorType type = node.type(x);
  SLIPWAY_TRY(spatial_of(type));
  if (!type.is_known()) return fail(Code::unsupported, "an input of unknown size");
  const auto shape = SLIPWAY_TRY(unpooled_shape(node, type.shape));
  const TensorType zeros{type.dtype, SLIPWAY_TRY(Shape::make(std::vector{shape.elements()})), {}};
  SLIPWAY_TRY(node.import().budget.spend(static_cast<std::size_t>(zeros.bytes())));
  const auto base = node.constant("zeros", TensorBuilder(zeros).build());
  const auto count = type.shape.elements();
  const auto flat_shape = node.constant("flat", numbers_of({count}));
  const auto rows_shape = node.constant("rows", numbers_of({count, 1}));
  const auto flat = SLIPWAY_TRY(node.helper(ops::Reshape{}, {x, flat_shape}, "values"));
  const auto rows = SLIPWAY_TRY(node.helper(ops::Reshape{}, {places, rows_shape}, "places"));
  const auto filled = SLIPWAY_TRY(node.helper(ops::ScatterND{}, {base, rows, flat}, "filled"));
  const auto y_shape = node.constant("shape", numbers_of(std::vector(shape.begin(), shape.end())));
  if (!node.has(2)) return node.emit(ops::Reshape{}, {filled, y_shape});
  // What a larger output_shape adds lies behind.
  const auto picture = SLIPWAY_TRY(node.helper(ops::Reshape{}, {filled, y_shape}, "picture"));
  const auto wanted = SLIPWAY_TRY(node.input(2));
  const auto before = node.constant("before", numbers_of(std::vector<std::int64_t>(shape.rank())));
  const auto after = SLIPWAY_TRY(node.helper(ops::Sub{}, {wanted, y_shape}, "after"));
  const auto pads = SLIPWAY_TRY(node.helper(ops::Concat{0}, {before, after}, "pads"));
  return node.emit(ops::Pad{}, {picture, pads});
}

}  // namespace

std::span<const OnnxRow> onnx_pool() {
  static constexpr OnnxRow kRows[] = {
      {"AveragePool", average_pool},
      {"GlobalAveragePool", global_pool<ops::ReduceMean>},
      {"GlobalLpPool", global_lp_pool},
      {"GlobalMaxPool", global_pool<ops::ReduceMax>},
      {"LpPool", lp_pool},
      {"MaxPool", max_pool},
      {"MaxUnpool", max_unpool},
  };
  return kRows;
}

}  // namespace slipway::formats
