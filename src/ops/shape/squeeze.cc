#include "ops/shape/squeeze.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// Whether each of `rank` dimensions is named.
Result<std::vector<bool>> named(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<bool> out(rank, false);
  for (const auto axis : axes) out[SLIPWAY_TRY(checked_axis(axis, rank))] = true;
  return out;
}

/// The axes of Squeeze and Unsqueeze, or nullopt where only running the graph will tell them.
Result<std::optional<std::vector<std::int64_t>>> known_axes(const KnownInputs& inputs,
                                                            const std::vector<std::int64_t>& axes) {
  if (!inputs.has(1)) return std::optional(axes);
  SLIPWAY_TRY(check_dtype("the axes", inputs.type(1), {DType::i32, DType::i64}));
  return known_integers(inputs, 1);
}

/// A shape of rank + sign * (number of axes) open dimensions.
Result<Types> open_types(const KnownInputs& inputs, std::int64_t sign) {
  const auto& axes = inputs.type(1).shape;
  if (!axes.is_known()) return fail(Code::unsupported, "axes of unknown number");
  const auto rank = static_cast<std::int64_t>(inputs.type(0).shape.rank());
  return Types{moved(inputs.type(0), SLIPWAY_TRY(open_shape(rank + sign * axes.elements())))};
}

/// The dimensions that ShapeOf speaks of.
std::span<const std::int64_t> part_of(const Shape& shape, const ShapeOf& op) {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  const auto place = [&](std::int64_t at) {
    if (at < 0) at = std::max(at, -rank) + rank;
    return std::min(at, rank);
  };
  const auto start = place(op.start);
  const auto end = std::max(place(op.end), start);
  return shape.dims().subspan(static_cast<std::size_t>(start),
                              static_cast<std::size_t>(end - start));
}

/// Dimensions as a tensor of T. Needs them to be known.
template <class T>
Tensor numbers(std::span<const std::int64_t> shape) {
  std::vector<T> dims;
  for (const auto dim : shape) dims.push_back(static_cast<T>(dim));
  return Tensor::of<T>({static_cast<std::int64_t>(dims.size())}, dims);
}

Result<Tensor> shape_tensor(std::span<const std::int64_t> shape, DType type) {
  if (type == DType::i64) return numbers<std::int64_t>(shape);
  for (const auto dim : shape) {
    if (dim > INT32_MAX) return fail(Code::invalid_input, "dimension {} in 32 bits", dim);
  }
  return numbers<std::int32_t>(shape);
}

}  // namespace

Result<Types> Squeeze::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 2));
  const auto& x = inputs.type(0);
  const auto known = SLIPWAY_TRY(known_axes(inputs, axes));
  if (!known) return open_types(inputs, -1);
  if (known->empty() && !x.is_known())
    return fail(Code::unsupported, "which dimensions are 1 is not known before running");
  const auto gone = SLIPWAY_TRY(named(*known, x.shape.rank()));
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < x.shape.rank(); ++i) {
    if (gone[i] && x.shape[i] != 1 && x.shape[i] != Shape::kUnknown)
      return fail(Code::invalid_input, "dimension {} of {} is not 1", i, x.shape.text());
    if (!gone[i] && !(known->empty() && x.shape[i] == 1)) dims.push_back(x.shape[i]);
  }
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost Squeeze::cost(std::span<const TensorType>) const { return {}; }

Result<void> Squeeze::eval(EvalIo& io) const { return io.share(0, io.input(0)); }

Result<Types> Unsqueeze::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 2));
  const auto& x = inputs.type(0);
  const auto known = SLIPWAY_TRY(known_axes(inputs, axes));
  if (!known) return open_types(inputs, 1);
  const std::size_t rank = x.shape.rank() + known->size();
  if (rank > Shape::kMaxRank) return fail(Code::invalid_input, "{} dimensions", rank);
  const auto fresh = SLIPWAY_TRY(named(*known, rank));
  std::vector<std::int64_t> dims;
  auto from = x.shape.begin();
  for (std::size_t i = 0; i < rank; ++i) {
    if (!fresh[i] && from == x.shape.end())
      return fail(Code::invalid_input, "an axis is named twice");
    dims.push_back(fresh[i] ? 1 : *from++);
  }
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost Unsqueeze::cost(std::span<const TensorType>) const { return {}; }

Result<void> Unsqueeze::eval(EvalIo& io) const { return io.share(0, io.input(0)); }

Result<Types> ShapeOf::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  if (type != DType::i32 && type != DType::i64)
    return fail(Code::unsupported, "a shape of {}", name_of(type));
  const auto x = part_of(inputs.type(0).shape, *this);
  const TensorType y{type, {static_cast<std::int64_t>(x.size())}, {}};
  if (std::find(x.begin(), x.end(), Shape::kUnknown) != x.end()) return Types{y};
  return Types{{y, SLIPWAY_TRY(shape_tensor(x, type))}};
}

Cost ShapeOf::cost(std::span<const TensorType>) const { return {}; }

Result<void> ShapeOf::eval(EvalIo& io) const {
  return io.share(0, SLIPWAY_TRY(shape_tensor(part_of(io.input(0).shape(), *this), type)));
}

Result<Types> Size::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const TensorType y{DType::i64, {}, {}};
  const auto& x = inputs.type(0).shape;
  if (!x.is_known()) return Types{y};
  return Types{{y, Tensor::of<std::int64_t>({}, {x.elements()})}};
}

Cost Size::cost(std::span<const TensorType>) const { return {}; }

Result<void> Size::eval(EvalIo& io) const {
  io.out<std::int64_t>(0)[0] = io.input(0).elements();
  return {};
}

Result<Types> Rank::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto rank = static_cast<std::int32_t>(inputs.type(0).shape.rank());
  return Types{{TensorType{DType::i32, {}, {}}, Tensor::of<std::int32_t>({}, {rank})}};
}

Cost Rank::cost(std::span<const TensorType>) const { return {}; }

Result<void> Rank::eval(EvalIo& io) const {
  io.out<std::int32_t>(0)[0] = static_cast<std::int32_t>(io.input(0).shape().rank());
  return {};
}

}  // namespace slipway::ops
