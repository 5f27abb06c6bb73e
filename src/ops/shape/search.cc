#include "ops/shape/search.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// A number that compares: half floats as floats.
template <class T>
auto comparable(T x) {
  if constexpr (std::is_arithmetic_v<T>) {
    return x;
  } else {
    return static_cast<float>(x);
  }
}

template <class T>
bool larger(T a, T b) {
  const auto x = comparable(a);
  const auto y = comparable(b);
  if constexpr (std::is_floating_point_v<decltype(x)>) {
    if (std::isnan(x)) return false;
    if (std::isnan(y)) return true;
  }
  return x > y;
}

void write_index(EvalIo& io, std::size_t at, std::size_t index) {
  if (io.output_type(1).dtype == DType::i32) {
    io.out<std::int32_t>(1)[at] = static_cast<std::int32_t>(index);
  } else {
    io.out<std::int64_t>(1)[at] = static_cast<std::int64_t>(index);
  }
}

/// The sizes of the dimensions in front of an axis, of the axis, and of those behind it.
struct Rows {
  std::size_t outer;
  std::size_t n;
  std::size_t inner;
};

template <class T>
void run_top_k(EvalIo& io, const Rows& rows, std::size_t k, bool largest) {
  const auto x = io.in<T>(0);
  const auto values = io.out<T>(0);
  std::vector<std::size_t> order(rows.n);
  for (std::size_t row = 0; row < rows.outer * rows.inner; ++row) {
    const std::size_t o = row / rows.inner;
    const std::size_t i = row % rows.inner;
    const auto from = [&](std::size_t at) { return x[(o * rows.n + at) * rows.inner + i]; };
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                      [&](std::size_t a, std::size_t b) {
                        const auto first = from(largest ? a : b);
                        const auto second = from(largest ? b : a);
                        if (larger(first, second)) return true;
                        return !larger(second, first) && a < b;
                      });
    for (std::size_t at = 0; at < k; ++at) {
      const std::size_t to = (o * k + at) * rows.inner + i;
      values[to] = from(order[at]);
      write_index(io, to, order[at]);
    }
  }
}

/// Whether any bit counts: -0.0 is 0 too.
template <class T>
bool is_zero(T x) {
  return comparable(x) == decltype(comparable(x)){};
}

std::vector<std::size_t> places_not_zero(const Tensor& x) {
  std::vector<std::size_t> found;
  visit(x.dtype(), [&]<class T>(T) {
    const auto values = x.values<T>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!is_zero(values[i])) found.push_back(i);
    }
  });
  return found;
}

}  // namespace

Result<Types> TopK::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  if (x.dtype == DType::boolean) return fail(Code::unsupported, "the largest of bools");
  if (index_type != DType::i32 && index_type != DType::i64)
    return fail(Code::unsupported, "indices of type {}", name_of(index_type));
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  std::int64_t k = Shape::kUnknown;
  if (inputs.value(1) != nullptr) {
    k = SLIPWAY_TRY(to_integer(*inputs.value(1)));
    if (k < 0 || (k > dims[along] && dims[along] != Shape::kUnknown))
      return fail(Code::invalid_input, "the {} largest of {}", k, dims[along]);
  }
  dims[along] = k;
  const auto shape = SLIPWAY_TRY(Shape::make(dims));
  return Types{moved(x, shape), TensorType{index_type, shape, {}}};
}

Cost TopK::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> TopK::eval(EvalIo& io) const {
  const auto& s = io.input(0).shape();
  const auto along = SLIPWAY_TRY(checked_axis(axis, s.rank()));
  const auto n = s[along];
  const auto k = io.output_type(0).shape[along];
  if (k > n) return fail(Code::invalid_input, "the {} largest of {}", k, n);
  if (io.output_type(0).shape.elements() == 0) return {};
  const Rows rows{static_cast<std::size_t>(elements_between(s, 0, along)),
                  static_cast<std::size_t>(n),
                  static_cast<std::size_t>(elements_between(s, along + 1, s.rank()))};
  visit(io.type(0).dtype,
        [&]<class T>(T) { run_top_k<T>(io, rows, static_cast<std::size_t>(k), largest); });
  return {};
}

Result<Types> NonZero::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  std::int64_t count = Shape::kUnknown;
  if (inputs.value(0) != nullptr)
    count = static_cast<std::int64_t>(places_not_zero(*inputs.value(0)).size());
  const std::int64_t dims[] = {static_cast<std::int64_t>(inputs.type(0).shape.rank()), count};
  return Types{TensorType{DType::i64, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost NonZero::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> NonZero::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto found = places_not_zero(x);
  const auto rank = x.shape().rank();
  const std::int64_t dims[] = {static_cast<std::int64_t>(rank),
                               static_cast<std::int64_t>(found.size())};
  io.allocate(0, SLIPWAY_TRY(Shape::make(dims)));
  const auto y = io.out<std::int64_t>(0);
  const auto strides = strides_of(x.shape());
  for (std::size_t axis = 0; axis < rank; ++axis) {
    for (std::size_t i = 0; i < found.size(); ++i)
      y[axis * found.size() + i] =
          static_cast<std::int64_t>(found[i]) / strides[axis] % x.shape()[axis];
  }
  return {};
}

}  // namespace slipway::ops
