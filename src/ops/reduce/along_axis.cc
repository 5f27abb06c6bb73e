#include "ops/reduce/along_axis.h"

#include "ops/check.h"
#include "ops/dtypes.h"
#include "ops/lines.h"

namespace slipway::ops {
namespace {

template <class T, class Index>
void run_arg(EvalIo& io, const Lines& lines, bool largest, bool last) {
  const auto x = io.in<T>(0);
  const auto y = io.out<Index>(0);
  const auto step = static_cast<std::size_t>(lines.inner);
  lines.each([&](std::size_t first, std::size_t number) {
    auto best = static_cast<Compute<T>>(x[first]);
    Index index = 0;
    for (std::int64_t i = 1; i < lines.length; ++i) {
      const auto value = static_cast<Compute<T>>(x[first + static_cast<std::size_t>(i) * step]);
      if ((largest ? value > best : value < best) || (last && value == best)) {
        best = value;
        index = static_cast<Index>(i);
      }
    }
    y[number] = index;
  });
}

Result<std::int64_t> single(const std::vector<std::int64_t>& axes) {
  if (axes.size() != 1) return fail(Code::invalid_input, "{} axes instead of one", axes.size());
  return axes[0];
}

template <class T>
void run_cumsum(EvalIo& io, const Lines& lines, const Cumsum& op) {
  using C = Compute<T>;
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  lines.each([&](std::size_t first, std::size_t) {
    Summed<T> sum{};
    for (std::int64_t i = 0; i < lines.length; ++i) {
      const std::int64_t place = op.reverse ? lines.length - 1 - i : i;
      const std::size_t at = first + static_cast<std::size_t>(place * lines.inner);
      if (op.exclusive) y[at] = static_cast<T>(static_cast<C>(sum));
      sum += static_cast<Summed<T>>(static_cast<C>(x[at]));
      if (!op.exclusive) y[at] = static_cast<T>(static_cast<C>(sum));
    }
  });
}

}  // namespace

template <class Kind>
Result<Types> Arg<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  if (to != DType::i64 && to != DType::i32) {
    return fail(Code::unsupported, "indices are i64 or i32, not {}", name_of(to));
  }
  const std::size_t at = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  if (x.shape[at] == 0) {
    return fail(Code::invalid_input, "{} is empty along axis {}", x.shape.text(), axis);
  }
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < x.shape.rank(); ++i) {
    if (i != at) dims.push_back(x.shape[i]);
    if (i == at && keep_dims) dims.push_back(1);
  }
  return Types{TensorType{to, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

template <class Kind>
Cost Arg<Kind>::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

template <class Kind>
Result<void> Arg<Kind>::eval(EvalIo& io) const {
  const auto& shape = io.input(0).shape();
  const Lines lines(shape, SLIPWAY_TRY(checked_axis(axis, shape.rank())));
  if (lines.length == 0) return fail(Code::invalid_input, "{} is empty", shape.text());
  constexpr bool kLargest = std::is_same_v<Kind, ArgMaxKind>;
  visit(io.type(0).dtype, [&]<class T>(T) {
    if (to == DType::i64) {
      run_arg<T, std::int64_t>(io, lines, kLargest, last);
    } else {
      run_arg<T, std::int32_t>(io, lines, kLargest, last);
    }
  });
  return {};
}

template struct Arg<ArgMaxKind>;
template struct Arg<ArgMinKind>;

Result<Types> Cumsum::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 2));
  const auto& x = inputs.type(0);
  if (!kNumbers.has(x.dtype))
    return fail(Code::unsupported, "running sums of {}", name_of(x.dtype));
  std::int64_t along = axis;
  if (inputs.has(1)) {
    if (axis != 0) return fail(Code::invalid_input, "the axis as a field and as an input");
    const auto given = SLIPWAY_TRY(known_integers(inputs, 1));
    if (given) along = SLIPWAY_TRY(single(*given));
  }
  SLIPWAY_TRY(checked_axis(along, x.shape.rank()));
  return Types{x};
}

Cost Cumsum::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Cumsum::eval(EvalIo& io) const {
  const auto& shape = io.input(0).shape();
  std::int64_t along = axis;
  if (io.has(1)) along = SLIPWAY_TRY(single(SLIPWAY_TRY(to_integers(io.input(1)))));
  const Lines lines(shape, SLIPWAY_TRY(checked_axis(along, shape.rank())));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (kNumbers.has(kDTypeOf<T>)) run_cumsum<T>(io, lines, *this);
  });
  return {};
}

}  // namespace slipway::ops
