#include "ops/shape/bucketize.h"

#include <algorithm>
#include <bit>

#include "ops/check.h"
#include "ops/dtypes.h"

namespace slipway::ops {
namespace {

/// The boundaries as numbers to check: not-a-number is in no order.
Result<void> check_order(const Tensor& boundaries) {
  const auto values = to_doubles(boundaries);
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (!(values[i - 1] <= values[i]))
      return fail(Code::invalid_input, "boundary {} is {}, behind {}", i, values[i], values[i - 1]);
  }
  return {};
}

template <class X, class Boundary, class Y>
void run(EvalIo& io, bool closed) {
  using C = std::common_type_t<Compute<X>, Compute<Boundary>>;
  std::vector<C> boundaries;
  for (const auto b : io.in<Boundary>(1))
    boundaries.push_back(static_cast<C>(static_cast<Compute<Boundary>>(b)));
  const auto x = io.in<X>(0);
  const auto y = io.out<Y>(0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto value = static_cast<C>(static_cast<Compute<X>>(x[i]));
    const auto at = closed ? std::upper_bound(boundaries.begin(), boundaries.end(), value)
                           : std::lower_bound(boundaries.begin(), boundaries.end(), value);
    y[i] = static_cast<Y>(at - boundaries.begin());
  }
}

}  // namespace

Result<Types> Bucketize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  const auto& boundaries = inputs.type(1);
  SLIPWAY_TRY(check_rank("the boundaries", boundaries, 1));
  for (const auto* type : {&x, &boundaries}) {
    if (!kNumbers.has(type->dtype) || type->quant)
      return fail(Code::unsupported, "buckets of {}", type->text());
  }
  if (to != DType::i32 && to != DType::i64)
    return fail(Code::unsupported, "numbers of buckets are i32 or i64, not {}", name_of(to));
  if (inputs.value(1) != nullptr) SLIPWAY_TRY(check_order(*inputs.value(1)));
  return Types{TensorType{to, x.shape, {}}};
}

Cost Bucketize::cost(std::span<const TensorType> inputs) const {
  const auto count = static_cast<std::uint64_t>(inputs[1].shape.elements());
  return {.ops = inputs[0].shape.elements() * static_cast<std::int64_t>(std::bit_width(count))};
}

Result<void> Bucketize::eval(EvalIo& io) const {
  SLIPWAY_TRY(check_order(io.input(1)));
  visit(io.type(0).dtype, [&]<class X>(X) {
    visit(io.type(1).dtype, [&]<class Boundary>(Boundary) {
      if (to == DType::i32) {
        run<X, Boundary, std::int32_t>(io, closed);
      } else {
        run<X, Boundary, std::int64_t>(io, closed);
      }
    });
  });
  return {};
}

}  // namespace slipway::ops
