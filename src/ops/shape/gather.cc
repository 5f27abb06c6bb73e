#include "ops/shape/gather.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

struct GatherPlan {
  std::size_t axis;
  std::size_t batch;
  std::vector<std::int64_t> dims;
};

Result<GatherPlan> gather_plan(const Gather& op, const Shape& x, const Shape& indices) {
  const auto axis = SLIPWAY_TRY(checked_axis(op.axis, x.rank()));
  const auto rank = static_cast<std::int64_t>(indices.rank());
  const auto signed_batch = op.batch_dims < 0 ? op.batch_dims + rank : op.batch_dims;
  if (signed_batch < 0 || signed_batch > rank || static_cast<std::size_t>(signed_batch) > axis)
    return fail(Code::invalid_input, "{} batch dimensions before axis {}", op.batch_dims, axis);
  GatherPlan plan{axis, static_cast<std::size_t>(signed_batch), {}};
  for (std::size_t i = 0; i < plan.batch; ++i) {
    if (x[i] != indices[i] && x[i] != Shape::kUnknown && indices[i] != Shape::kUnknown)
      return fail(Code::invalid_input, "batches {} and {}", x.text(), indices.text());
  }
  plan.dims.assign(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(axis));
  plan.dims.insert(plan.dims.end(), indices.begin() + signed_batch, indices.end());
  plan.dims.insert(plan.dims.end(), x.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.end());
  return plan;
}

Result<void> check_indices(const TensorType& type) {
  return check_dtype("the indices", type, {DType::i32, DType::i64});
}

/// How many dimensions of x, behind the batches, a row of the indices names.
Result<std::size_t> row_length(const Shape& x, const Shape& indices, std::size_t batch = 0) {
  if (indices.rank() == 0) return fail(Code::invalid_input, "indices without dimensions");
  const auto length = indices.back(0);
  if (length == Shape::kUnknown) return fail(Code::unsupported, "index rows of unknown length");
  if (length > static_cast<std::int64_t>(x.rank() - batch))
    return fail(Code::invalid_input, "index rows of {} into {}", length, x.text());
  return static_cast<std::size_t>(length);
}

/// [k…, rest…] of GatherND and ScatterND; `length` counts the dimensions in front of the rest.
std::vector<std::int64_t> rows_shape(const Shape& x, const Shape& indices, std::size_t length) {
  std::vector<std::int64_t> dims(indices.begin(), indices.end() - 1);
  dims.insert(dims.end(), x.begin() + static_cast<std::ptrdiff_t>(length), x.end());
  return dims;
}

/// The number, among the slices of x, that each row of the indices names.
Result<std::vector<std::size_t>> named_slices(const Shape& x, const Tensor& indices,
                                              std::size_t length, std::size_t batch = 0) {
  const auto numbers = SLIPWAY_TRY(to_integers(indices));
  const auto& shape = indices.shape();
  const auto rows = elements_between(shape, 0, shape.rank() - 1);
  const auto each = elements_between(shape, batch, shape.rank() - 1);
  std::vector<std::size_t> out;
  auto next = numbers.begin();
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t slice = row / each;
    for (std::size_t axis = batch; axis < batch + length; ++axis)
      slice = slice * x[axis] + SLIPWAY_TRY(checked_index(*next++, x[axis]));
    out.push_back(static_cast<std::size_t>(slice));
  }
  return out;
}

std::size_t slice_bytes(const TensorType& x, std::size_t length) {
  return static_cast<std::size_t>(elements_between(x.shape, length, x.shape.rank()) *
                                  size_of(x.dtype));
}

void copy_bytes(BytesView from, std::span<std::byte> to) {
  std::copy(from.begin(), from.end(), to.begin());
}

/// The number of dimensions that go together, where they do.
Result<std::size_t> checked_batch(std::int64_t batch_dims, const Shape& x, const Shape& indices) {
  const auto most = static_cast<std::int64_t>(std::min(x.rank(), indices.rank()));
  if (batch_dims < 0 || (batch_dims > 0 && batch_dims >= most))
    return fail(Code::invalid_input, "{} batch dimensions of {} and {}", batch_dims, x.text(),
                indices.text());
  const auto batch = static_cast<std::size_t>(batch_dims);
  for (std::size_t i = 0; i < batch; ++i) {
    if (x[i] != indices[i] && x[i] != Shape::kUnknown && indices[i] != Shape::kUnknown)
      return fail(Code::invalid_input, "batches {} and {}", x.text(), indices.text());
  }
  return batch;
}

}  // namespace

Result<Types> Gather::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_indices(inputs.type(1)));
  const auto& x = inputs.type(0);
  const auto plan = SLIPWAY_TRY(gather_plan(*this, x.shape, inputs.type(1).shape));
  return Types{moved(x, SLIPWAY_TRY(Shape::make(plan.dims)))};
}

Cost Gather::cost(std::span<const TensorType>) const { return {}; }

Result<void> Gather::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto& indices = io.input(1).shape();
  const auto plan = SLIPWAY_TRY(gather_plan(*this, x.shape(), indices));
  const auto numbers = SLIPWAY_TRY(to_integers(io.input(1)));
  const auto& s = x.shape();
  const std::int64_t size = s[plan.axis];
  const std::int64_t each = elements_between(indices, plan.batch, indices.rank());
  const std::size_t block = slice_bytes(x.type(), plan.axis + 1);
  const std::int64_t dims[] = {elements_between(s, 0, plan.batch),
                               elements_between(s, plan.batch, plan.axis), each};
  auto to = io.out_bytes(0);
  if (to.empty()) return {};
  for (Walk walk(dims); !walk.done(); walk.next()) {
    const auto at = walk.at();
    const auto index =
        SLIPWAY_TRY(checked_index(numbers[static_cast<std::size_t>(at[0] * each + at[2])], size));
    const auto from = static_cast<std::size_t>((at[0] * dims[1] + at[1]) * size + index);
    copy_bytes(x.bytes().subspan(from * block, block), to);
    to = to.subspan(block);
  }
  return {};
}

Result<Types> GatherND::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_indices(inputs.type(1)));
  const auto& x = inputs.type(0);
  const auto& indices = inputs.type(1).shape;
  const auto batch = SLIPWAY_TRY(checked_batch(batch_dims, x.shape, indices));
  const auto length = SLIPWAY_TRY(row_length(x.shape, indices, batch));
  const auto dims = rows_shape(x.shape, indices, batch + length);
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost GatherND::cost(std::span<const TensorType>) const { return {}; }

Result<void> GatherND::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto batch = SLIPWAY_TRY(checked_batch(batch_dims, x.shape(), io.input(1).shape()));
  const auto length = SLIPWAY_TRY(row_length(x.shape(), io.input(1).shape(), batch));
  const std::size_t block = slice_bytes(x.type(), batch + length);
  auto to = io.out_bytes(0);
  if (to.empty()) return {};
  for (const auto slice : SLIPWAY_TRY(named_slices(x.shape(), io.input(1), length, batch))) {
    copy_bytes(x.bytes().subspan(slice * block, block), to);
    to = to.subspan(block);
  }
  return {};
}

Result<Types> ScatterND::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  SLIPWAY_TRY(check_indices(inputs.type(1)));
  const auto& x = inputs.type(0);
  const auto& updates = inputs.type(2);
  const auto& indices = inputs.type(1).shape;
  const auto length = SLIPWAY_TRY(row_length(x.shape, indices));
  SLIPWAY_TRY(check_reduction(reduction, x.dtype));
  if (updates.dtype != x.dtype)
    return fail(Code::invalid_input, "{} updated with {}", x.text(), updates.text());
  const auto should = SLIPWAY_TRY(Shape::make(rows_shape(x.shape, indices, length)));
  if (should.is_known() && updates.is_known() && should != updates.shape)
    return fail(Code::invalid_input, "updates {} instead of {}", updates.shape.text(),
                should.text());
  return Types{x};
}

Cost ScatterND::cost(std::span<const TensorType> inputs) const {
  return {.ops = reduction == Reduction::none ? 0 : inputs[2].shape.elements()};
}

Result<void> ScatterND::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto length = SLIPWAY_TRY(row_length(x.shape(), io.input(1).shape()));
  const auto should = SLIPWAY_TRY(Shape::make(rows_shape(x.shape(), io.input(1).shape(), length)));
  if (should != io.input(2).shape())
    return fail(Code::invalid_input, "updates {} instead of {}", io.input(2).shape().text(),
                should.text());
  const std::size_t block = slice_bytes(x.type(), length);
  const auto to = io.out_bytes(0);
  copy_bytes(x.bytes(), to);
  auto from = io.input(2).bytes();
  if (from.empty()) return {};
  for (const auto slice : SLIPWAY_TRY(named_slices(x.shape(), io.input(1), length))) {
    combine(reduction, x.dtype(), from.first(block), to.subspan(slice * block, block));
    from = from.subspan(block);
  }
  return {};
}

Result<Types> DynamicUpdateSlice::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  const auto& x = inputs.type(0);
  const auto& update = inputs.type(1);
  SLIPWAY_TRY(check_dtype("the starts", inputs.type(2), {DType::i32, DType::i64}));
  bool fits = x.dtype == update.dtype && x.shape.rank() == update.shape.rank();
  for (std::size_t i = 0; fits && i < x.shape.rank(); ++i) {
    fits = update.shape[i] <= x.shape[i] || x.shape[i] == Shape::kUnknown;
  }
  if (!fits) return fail(Code::invalid_input, "{} updated with {}", x.text(), update.text());
  return Types{x};
}

Cost DynamicUpdateSlice::cost(std::span<const TensorType>) const { return {}; }

Result<void> DynamicUpdateSlice::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto& update = io.input(1);
  const auto rank = x.shape().rank();
  auto starts = SLIPWAY_TRY(to_integers(io.input(2)));
  if (starts.size() != rank)
    return fail(Code::invalid_input, "{} starts for {} dimensions", starts.size(), rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const auto room = x.shape()[i] - update.shape()[i];
    if (room < 0)
      return fail(Code::invalid_input, "{} updated with {}", x.type().text(), update.type().text());
    starts[i] = std::clamp<std::int64_t>(starts[i], 0, room);
  }
  const auto to = io.out_bytes(0);
  copy_bytes(x.bytes(), to);
  const auto strides = strides_of(x.shape());
  const auto size = static_cast<std::size_t>(size_of(x.dtype()));
  auto from = update.bytes();
  for (Walk walk(update.shape().dims()); !walk.done(); walk.next()) {
    std::int64_t index = 0;
    for (std::size_t i = 0; i < rank; ++i) index += (starts[i] + walk.at()[i]) * strides[i];
    copy_bytes(from.first(size), to.subspan(static_cast<std::size_t>(index) * size, size));
    from = from.subspan(size);
  }
  return {};
}

}  // namespace slipway::ops
