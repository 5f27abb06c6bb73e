#include "ops/shape/gather_elements.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// Errors  invalid_input: the indices name elements beside x
Result<void> check_indices(const TensorType& x, const TensorType& indices, std::int64_t axis) {
  SLIPWAY_TRY(check_dtype("the indices", indices, {DType::i32, DType::i64}));
  SLIPWAY_TRY(check_rank("the indices", indices, x.shape.rank()));
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  for (std::size_t i = 0; i < x.shape.rank(); ++i) {
    if (i != along && x.shape[i] != Shape::kUnknown && indices.shape[i] > x.shape[i])
      return fail(Code::invalid_input, "indices {} into {}", indices.shape.text(), x.shape.text());
  }
  return {};
}

/// Calls visit(number of an index, byte in x) for each of the indices, in order.
template <class Visit>
Result<void> each_element(const TensorType& x, const Tensor& indices, std::int64_t axis,
                          Visit visit) {
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  const auto numbers = SLIPWAY_TRY(to_integers(indices));
  const auto strides = strides_of(x.shape);
  std::size_t i = 0;
  for (Walk walk(indices.shape().dims()); !walk.done(); walk.next(), ++i) {
    std::int64_t at = 0;
    for (std::size_t k = 0; k < strides.size(); ++k) {
      const auto place =
          k == along ? SLIPWAY_TRY(checked_index(numbers[i], x.shape[k])) : walk.at()[k];
      at += place * strides[k];
    }
    visit(i, static_cast<std::size_t>(at * size_of(x.dtype)));
  }
  return {};
}

}  // namespace

Result<Types> GatherElements::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_indices(inputs.type(0), inputs.type(1), axis));
  return Types{moved(inputs.type(0), inputs.type(1).shape)};
}

Cost GatherElements::cost(std::span<const TensorType>) const { return {}; }

Result<void> GatherElements::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  SLIPWAY_TRY(check_indices(x.type(), io.type(1), axis));
  const auto size = static_cast<std::size_t>(size_of(x.dtype()));
  const auto to = io.out_bytes(0);
  return each_element(x.type(), io.input(1), axis, [&](std::size_t i, std::size_t at) {
    const auto piece = x.bytes().subspan(at, size);
    std::copy(piece.begin(), piece.end(), to.begin() + static_cast<std::ptrdiff_t>(i * size));
  });
}

Result<Types> ScatterElements::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  const auto& x = inputs.type(0);
  const auto& updates = inputs.type(2);
  SLIPWAY_TRY(check_indices(x, inputs.type(1), axis));
  SLIPWAY_TRY(check_reduction(reduction, x.dtype));
  const auto& indices = inputs.type(1);
  if (updates.dtype != x.dtype || updates.shape.rank() != x.shape.rank() ||
      (updates.is_known() && indices.is_known() && updates.shape != indices.shape)) {
    return fail(Code::invalid_input, "{} updated with {} at {}", x.text(), updates.text(),
                indices.shape.text());
  }
  return Types{x};
}

Cost ScatterElements::cost(std::span<const TensorType> inputs) const {
  return {.ops = reduction == Reduction::none ? 0 : inputs[2].shape.elements()};
}

Result<void> ScatterElements::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  SLIPWAY_TRY(check_indices(x.type(), io.type(1), axis));
  if (io.input(1).shape() != io.input(2).shape()) {
    return fail(Code::invalid_input, "updates {} at indices {}", io.input(2).shape().text(),
                io.input(1).shape().text());
  }
  const auto size = static_cast<std::size_t>(size_of(x.dtype()));
  const auto to = io.out_bytes(0);
  std::copy(x.bytes().begin(), x.bytes().end(), to.begin());
  const auto from = io.input(2).bytes();
  return each_element(x.type(), io.input(1), axis, [&](std::size_t i, std::size_t at) {
    combine(reduction, x.dtype(), from.subspan(i * size, size), to.subspan(at, size));
  });
}

}  // namespace slipway::ops
