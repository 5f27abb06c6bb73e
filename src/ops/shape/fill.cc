#include "ops/shape/fill.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

Result<void> check_list(std::string_view what, const TensorType& type) {
  SLIPWAY_TRY(check_dtype(what, type, {DType::i32, DType::i64}));
  return check_rank(what, type, 1);
}

Result<Shape> tiled(const Shape& x, const std::vector<std::int64_t>& repeats) {
  if (repeats.size() != x.rank())
    return fail(Code::invalid_input, "{} repeats for {}", repeats.size(), x.text());
  std::vector<std::int64_t> dims(x.begin(), x.end());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (repeats[i] < 0 || repeats[i] > Shape::kMaxElements / std::max<std::int64_t>(dims[i], 1))
      return fail(Code::invalid_input, "{} repeats of {}", repeats[i], dims[i]);
    if (dims[i] != Shape::kUnknown) dims[i] *= repeats[i];
  }
  return Shape::make(dims);
}

Result<void> check_no_unknown(const std::vector<std::int64_t>& dims) {
  for (const auto dim : dims) {
    if (dim < 0) return fail(Code::invalid_input, "dimension {} is negative", dim);
  }
  return {};
}

void repeat(BytesView value, std::span<std::byte> to) {
  for (auto at = to.begin(); at != to.end();) at = std::copy(value.begin(), value.end(), at);
}

/// How many numbers Range makes. Needs the three to be one number each.
template <class T>
Result<std::int64_t> range_count(const Tensor& start, const Tensor& limit, const Tensor& delta,
                                 bool may_be_empty) {
  const T a = start.values<T>()[0];
  const T b = limit.values<T>()[0];
  const T step = delta.values<T>()[0];
  if (may_be_empty && ((step > 0 && a > b) || (step < 0 && a < b))) return 0;
  if (!(step > 0 && a <= b) && !(step < 0 && a >= b))
    return fail(Code::invalid_input, "from {} to {} in steps of {}", a, b, step);
  if constexpr (std::is_floating_point_v<T>) {
    const double count = std::ceil(std::abs(static_cast<double>((b - a) / step)));
    if (!(count <= static_cast<double>(Shape::kMaxElements)))
      return fail(Code::invalid_input, "from {} to {} in steps of {}", a, b, step);
    return static_cast<std::int64_t>(count);
  } else {
    // In unsigned numbers, where the distance of any two fits.
    const auto wide = [](T x) { return static_cast<std::uint64_t>(std::int64_t{x}); };
    const std::uint64_t distance = step > 0 ? wide(b) - wide(a) : wide(a) - wide(b);
    const std::uint64_t stride = step > 0 ? wide(step) : 0 - wide(step);
    const std::uint64_t count = distance / stride + (distance % stride == 0 ? 0 : 1);
    return static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX));
  }
}

constexpr auto kRangeTypes = {DType::f32, DType::f64, DType::i16, DType::i32, DType::i64};

/// Calls visitor(T()) with the C++ type behind one of kRangeTypes.
template <class Visitor>
auto visit_range(DType dtype, Visitor visitor) {
  switch (dtype) {
    case DType::f32:
      return visitor(float{});
    case DType::f64:
      return visitor(double{});
    case DType::i16:
      return visitor(std::int16_t{});
    case DType::i32:
      return visitor(std::int32_t{});
    default:
      return visitor(std::int64_t{});
  }
}

template <class T>
void run_range(EvalIo& io) {
  const auto y = io.out<T>(0);
  const T start = io.in<T>(0)[0];
  const T delta = io.in<T>(2)[0];
  for (std::size_t i = 0; i < y.size(); ++i) {
    if constexpr (std::is_floating_point_v<T>) {
      y[i] = start + static_cast<T>(i) * delta;
    } else {
      y[i] =
          static_cast<T>(static_cast<std::uint64_t>(start) + i * static_cast<std::uint64_t>(delta));
    }
  }
}

}  // namespace

Result<Types> Tile::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_list("the repeats", inputs.type(1)));
  const auto& x = inputs.type(0);
  const auto repeats = SLIPWAY_TRY(known_integers(inputs, 1));
  if (!repeats)
    return Types{moved(x, SLIPWAY_TRY(open_shape(static_cast<std::int64_t>(x.shape.rank()))))};
  return Types{moved(x, SLIPWAY_TRY(tiled(x.shape, *repeats)))};
}

Cost Tile::cost(std::span<const TensorType>) const { return {}; }

Result<void> Tile::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto to = io.out_bytes(0);
  if (to.empty()) return {};
  std::vector<Places> from;
  for (std::size_t i = 0; i < x.shape().rank(); ++i) {
    from.push_back(places(io.output_type(0).shape[i]));
    for (auto& place : from.back()) place %= x.shape()[i];
  }
  pick(x, from, {}, to);
  return {};
}

Result<Types> Expand::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_list("the shape", inputs.type(1)));
  const auto& x = inputs.type(0);
  const auto dims = SLIPWAY_TRY(known_integers(inputs, 1));
  if (!dims) {
    const auto rank = static_cast<std::int64_t>(x.shape.rank());
    const auto length = inputs.type(1).shape[0];
    if (length == Shape::kUnknown) return fail(Code::unsupported, "a shape of unknown length");
    return Types{moved(x, SLIPWAY_TRY(open_shape(std::max(rank, length))))};
  }
  SLIPWAY_TRY(check_no_unknown(*dims));
  return Types{moved(x, SLIPWAY_TRY(broadcast(x.shape, SLIPWAY_TRY(Shape::make(*dims)))))};
}

Cost Expand::cost(std::span<const TensorType>) const { return {}; }

Result<void> Expand::eval(EvalIo& io) const {
  const auto to = io.out_bytes(0);
  if (to.empty()) return {};
  // x with dimensions of 1 in front, so that both have one list of places per dimension.
  const auto& y = io.output_type(0).shape;
  const auto& given = io.input(0).shape();
  std::vector<std::int64_t> dims(y.rank() - given.rank(), 1);
  dims.insert(dims.end(), given.begin(), given.end());
  TensorType type{io.type(0).dtype, SLIPWAY_TRY(Shape::make(dims)), {}};
  const Tensor x = SLIPWAY_TRY(io.input(0).as(type));
  std::vector<Places> from;
  for (std::size_t i = 0; i < dims.size(); ++i)
    from.push_back(dims[i] == 1 ? places(y[i], 0, 0) : places(y[i]));
  pick(x, from, {}, to);
  return {};
}

Result<Types> BroadcastArgs::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_list("the first shape", inputs.type(0)));
  SLIPWAY_TRY(check_list("the second shape", inputs.type(1)));
  if (inputs.type(0).dtype != inputs.type(1).dtype)
    return fail(Code::invalid_input, "shapes of two types");
  const auto a = inputs.type(0).shape[0];
  const auto b = inputs.type(1).shape[0];
  const std::int64_t dims[] = {a == Shape::kUnknown || b == Shape::kUnknown ? Shape::kUnknown
                                                                            : std::max(a, b)};
  return Types{TensorType{inputs.type(0).dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost BroadcastArgs::cost(std::span<const TensorType>) const { return {}; }

Result<void> BroadcastArgs::eval(EvalIo& io) const {
  const auto a = SLIPWAY_TRY(to_integers(io.input(0)));
  const auto b = SLIPWAY_TRY(to_integers(io.input(1)));
  SLIPWAY_TRY(check_no_unknown(a));
  SLIPWAY_TRY(check_no_unknown(b));
  const auto shape =
      SLIPWAY_TRY(broadcast(SLIPWAY_TRY(Shape::make(a)), SLIPWAY_TRY(Shape::make(b))));
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (io.type(0).dtype == DType::i32) {
      io.out<std::int32_t>(0)[i] = static_cast<std::int32_t>(shape[i]);
    } else {
      io.out<std::int64_t>(0)[i] = shape[i];
    }
  }
  return {};
}

Result<Types> Fill::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_list("the shape", inputs.type(0)));
  const auto& value = inputs.type(1);
  if (value.is_known() && value.shape.elements() != 1)
    return fail(Code::invalid_input, "one value is needed, not {}", value.text());
  const auto dims = SLIPWAY_TRY(known_integers(inputs, 0));
  if (!dims) return Types{moved(value, SLIPWAY_TRY(open_shape(inputs.type(0).shape[0])))};
  SLIPWAY_TRY(check_no_unknown(*dims));
  return Types{moved(value, SLIPWAY_TRY(Shape::make(*dims)))};
}

Cost Fill::cost(std::span<const TensorType>) const { return {}; }

Result<void> Fill::eval(EvalIo& io) const {
  if (io.input(1).elements() != 1) return fail(Code::invalid_input, "more or less than one value");
  repeat(io.input(1).bytes(), io.out_bytes(0));
  return {};
}

Result<Types> ZerosLike::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  return Types{inputs.type(0)};
}

Cost ZerosLike::cost(std::span<const TensorType>) const { return {}; }

Result<void> ZerosLike::eval(EvalIo&) const { return {}; }  // outputs are zeros from the start

Result<Types> Range::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  const auto dtype = inputs.type(0).dtype;
  std::int64_t count = Shape::kUnknown;
  bool known = true;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& type = inputs.type(i);
    SLIPWAY_TRY(check_dtype("a bound", type, kRangeTypes));
    if (type.dtype != dtype || (type.is_known() && type.shape.elements() != 1))
      return fail(Code::invalid_input, "{} and {} are no bounds of one range",
                  inputs.type(0).text(), type.text());
    known = known && inputs.value(i) != nullptr;
  }
  if (known) {
    count = SLIPWAY_TRY(visit_range(dtype, [&]<class T>(T) {
      return range_count<T>(*inputs.value(0), *inputs.value(1), *inputs.value(2), may_be_empty);
    }));
  }
  const std::int64_t dims[] = {count};
  return Types{TensorType{dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost Range::cost(std::span<const TensorType>) const { return {}; }

Result<void> Range::eval(EvalIo& io) const {
  visit_range(io.type(0).dtype, [&]<class T>(T) { run_range<T>(io); });
  return {};
}

Result<Types> OneHot::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(4, 4));
  SLIPWAY_TRY(check_dtype("the indices", inputs.type(0), {DType::i32, DType::i64}));
  const auto& on = inputs.type(2);
  if (inputs.type(3).dtype != on.dtype)
    return fail(Code::invalid_input, "on {} and off {}", on.text(), inputs.type(3).text());
  const auto& indices = inputs.type(0).shape;
  std::int64_t depth = Shape::kUnknown;
  if (inputs.value(1) != nullptr) {
    depth = SLIPWAY_TRY(to_integer(*inputs.value(1)));
    if (depth < 0) return fail(Code::invalid_input, "a depth of {}", depth);
  }
  const auto at = SLIPWAY_TRY(checked_axis(axis, indices.rank() + 1));
  std::vector<std::int64_t> dims(indices.begin(), indices.end());
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at), depth);
  return Types{moved(on, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost OneHot::cost(std::span<const TensorType>) const { return {}; }

Result<void> OneHot::eval(EvalIo& io) const {
  const auto to = io.out_bytes(0);
  if (io.input(2).elements() != 1 || io.input(3).elements() != 1)
    return fail(Code::invalid_input, "more or less than one value");
  repeat(io.input(3).bytes(), to);
  const auto indices = SLIPWAY_TRY(to_integers(io.input(0)));
  const auto& y = io.output_type(0).shape;
  const auto at = SLIPWAY_TRY(checked_axis(axis, y.rank()));
  const auto inner = static_cast<std::size_t>(elements_between(y, at + 1, y.rank()));
  const auto depth = static_cast<std::size_t>(y[at]);
  const auto on = io.input(2).bytes();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const bool back = from_the_end && indices[i] < 0;
    const std::int64_t index = back ? indices[i] + y[at] : indices[i];
    if (index < 0 || index >= y[at]) continue;
    const auto place = (i / inner * depth + static_cast<std::size_t>(index)) * inner;
    repeat(on, to.subspan((place + i % inner) * on.size(), on.size()));
  }
  return {};
}

}  // namespace slipway::ops
