#include "ops/shape/reshape.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "ops/check.h"

namespace slipway::ops {
namespace {

/// What the -1 stands for while x is open: known where the open dimensions are copied one by one,
/// because then they cancel. `dims` has a 1 at its place.
std::int64_t what_is_left(const Shape& x, const std::vector<std::int64_t>& dims,
                          const Shape& shape) {
  if (std::count(x.begin(), x.end(), Shape::kUnknown) !=
      std::count(shape.begin(), shape.end(), Shape::kUnknown))
    return Shape::kUnknown;
  const auto known = [](std::span<const std::int64_t> all) {
    std::int64_t product = 1;
    for (const auto dim : all) product *= dim == Shape::kUnknown ? 1 : dim;
    return product;
  };
  const std::int64_t have = known(x.dims());
  const std::int64_t taken = known(dims);
  return taken > 0 && have % taken == 0 ? have / taken : Shape::kUnknown;
}

Result<Shape> resolve(const Shape& x, std::vector<std::int64_t> dims, bool zero_copies) {
  std::int64_t rest = -1;  // the place of the -1
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && zero_copies) {
      if (i >= x.rank())
        return fail(Code::invalid_input, "no dimension {} to copy from {}", i, x.text());
      dims[i] = x[i];
    } else if (dims[i] == -1) {
      if (rest >= 0) return fail(Code::invalid_input, "two dimensions of -1");
      rest = static_cast<std::int64_t>(i);
    }
  }
  if (rest >= 0) dims[static_cast<std::size_t>(rest)] = 1;
  auto shape = SLIPWAY_TRY(Shape::make(dims));
  if (!x.is_known()) {
    if (rest >= 0) dims[static_cast<std::size_t>(rest)] = what_is_left(x, dims, shape);
    return Shape::make(dims);
  }
  if (rest >= 0 && shape.elements() > 0) {
    dims[static_cast<std::size_t>(rest)] = x.elements() / shape.elements();
    shape = SLIPWAY_TRY(Shape::make(dims));
  }
  if (shape.is_known() && shape.elements() != x.elements()) {
    return fail(Code::invalid_input, "{} cannot be reshaped to {}", x.text(), shape.text());
  }
  return shape;
}

/// A permutation of 0..rank-1, or the reversal where none is given.
Result<std::vector<std::size_t>> order(const std::vector<std::int64_t>& perm, std::size_t rank) {
  std::vector<std::size_t> out(rank);
  std::iota(out.rbegin(), out.rend(), std::size_t{0});
  if (perm.empty()) return out;
  if (perm.size() != rank)
    return fail(Code::invalid_input, "perm has {} numbers for {} dimensions", perm.size(), rank);
  std::vector<bool> seen(rank, false);
  for (std::size_t i = 0; i < rank; ++i) {
    out[i] = SLIPWAY_TRY(checked_axis(perm[i], rank));
    if (seen[out[i]]) return fail(Code::invalid_input, "perm names dimension {} twice", out[i]);
    seen[out[i]] = true;
  }
  return out;
}

}  // namespace

Result<Types> Reshape::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_dtype("the shape", inputs.type(1), {DType::i32, DType::i64}));
  SLIPWAY_TRY(check_rank("the shape", inputs.type(1), 1));
  const auto dims = SLIPWAY_TRY(known_integers(inputs, 1));
  const auto& x = inputs.type(0);
  if (!dims) {
    const std::int64_t rank = inputs.type(1).shape[0];
    if (rank == Shape::kUnknown) return fail(Code::unsupported, "a shape of unknown length");
    const std::vector<std::int64_t> open(static_cast<std::size_t>(std::min<std::int64_t>(rank, 64)),
                                         Shape::kUnknown);
    return Types{x.with_shape(SLIPWAY_TRY(Shape::make(open)))};
  }
  TensorType y = x.with_shape(SLIPWAY_TRY(resolve(x.shape, *dims, zero_copies)));
  if (y.quant && y.quant->per_axis())
    y.quant.reset();  // the file states where the axis went, if anywhere
  return Types{y};
}

Cost Reshape::cost(std::span<const TensorType>) const { return {}; }

Result<void> Reshape::eval(EvalIo& io) const {
  if (!io.output_type(0).is_known()) {
    const auto dims = SLIPWAY_TRY(to_integers(io.input(1)));
    io.allocate(0, SLIPWAY_TRY(resolve(io.input(0).shape(), dims, zero_copies)));
  }
  return io.share(0, io.input(0));
}

Result<Types> Transpose::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  const auto axes = SLIPWAY_TRY(order(perm, x.shape.rank()));
  std::vector<std::int64_t> dims;
  for (const auto axis : axes) dims.push_back(x.shape[axis]);
  TensorType y = x.with_shape(SLIPWAY_TRY(Shape::make(dims)));
  if (y.quant && y.quant->per_axis()) {
    const auto from = static_cast<std::size_t>(y.quant->axis);
    y.quant->axis = static_cast<int>(std::find(axes.begin(), axes.end(), from) - axes.begin());
  }
  return Types{y};
}

Cost Transpose::cost(std::span<const TensorType>) const { return {}; }

Result<void> Transpose::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto axes = SLIPWAY_TRY(order(perm, x.shape().rank()));
  const auto strides = strides_of(x.shape());
  const auto& out = io.output_type(0).shape;
  const auto size = static_cast<std::size_t>(size_of(x.dtype()));
  const auto from = x.bytes();
  const auto to = io.out_bytes(0);
  std::vector<std::int64_t> at(out.rank(), 0);
  std::int64_t index = 0;
  for (std::size_t i = 0; i * size < to.size(); ++i) {
    std::memcpy(&to[i * size], &from[static_cast<std::size_t>(index) * size], size);
    for (std::size_t axis = out.rank(); axis-- > 0;) {
      index += strides[axes[axis]];
      if (++at[axis] < out[axis]) break;
      index -= strides[axes[axis]] * out[axis];
      at[axis] = 0;
    }
  }
  return {};
}

}  // namespace slipway::ops
