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

template <class T>
void run_top_k(EvalIo& io, std::size_t n, std::size_t k) {
  const auto x = io.in<T>(0);
  const auto values = io.out<T>(0);
  std::vector<std::size_t> order(n);
  for (std::size_t row = 0; row * k < values.size(); ++row) {
    const auto from = x.subspan(row * n, n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                      [&](std::size_t a, std::size_t b) {
                        if (larger(from[a], from[b])) return true;
                        return !larger(from[b], from[a]) && a < b;
                      });
    for (std::size_t i = 0; i < k; ++i) {
      values[row * k + i] = from[order[i]];
      write_index(io, row * k + i, order[i]);
    }
  }
}

/// Whether any bit counts: -0.0 is 0 too.
template <class T>
bool is_zero(T x) {
  return comparable(x) == decltype(comparable(x)){};
}

}  // namespace

Result<Types> TopK::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  if (x.dtype == DType::boolean) return fail(Code::unsupported, "the largest of bools");
  if (index_type != DType::i32 && index_type != DType::i64)
    return fail(Code::unsupported, "indices of type {}", name_of(index_type));
  if (x.shape.rank() == 0) return fail(Code::invalid_input, "x has no dimensions");
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  std::int64_t k = Shape::kUnknown;
  if (inputs.value(1) != nullptr) {
    k = SLIPWAY_TRY(to_integer(*inputs.value(1)));
    if (k < 0 || (k > dims.back() && dims.back() != Shape::kUnknown))
      return fail(Code::invalid_input, "the {} largest of {}", k, dims.back());
  }
  dims.back() = k;
  const auto shape = SLIPWAY_TRY(Shape::make(dims));
  return Types{moved(x, shape), TensorType{index_type, shape, {}}};
}

Cost TopK::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> TopK::eval(EvalIo& io) const {
  const auto n = io.input(0).shape().back(0);
  const auto k = io.output_type(0).shape.back(0);
  if (k > n) return fail(Code::invalid_input, "the {} largest of {}", k, n);
  if (io.output_type(0).shape.elements() == 0) return {};
  visit(io.type(0).dtype, [&]<class T>(T) {
    run_top_k<T>(io, static_cast<std::size_t>(n), static_cast<std::size_t>(k));
  });
  return {};
}

Result<Types> NonZero::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const std::int64_t dims[] = {static_cast<std::int64_t>(inputs.type(0).shape.rank()),
                               Shape::kUnknown};
  return Types{TensorType{DType::i64, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost NonZero::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> NonZero::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  std::vector<std::size_t> found;
  visit(x.dtype(), [&]<class T>(T) {
    const auto values = x.values<T>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!is_zero(values[i])) found.push_back(i);
    }
  });
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
