#include "ops/elementwise/compare.h"

#include "ops/check.h"
#include "ops/dtypes.h"
#include "ops/elementwise/broadcast.h"
#include "ops/quant/fixed_point.h"

namespace slipway::ops {
namespace {

template <class T>
bool formula(AndKind, T a, T b) {
  return a && b;
}

template <class T>
bool formula(EqualKind, T a, T b) {
  return a == b;
}

template <class T>
bool formula(GreaterKind, T a, T b) {
  return a > b;
}

template <class T>
bool formula(GreaterOrEqualKind, T a, T b) {
  return a >= b;
}

template <class T>
bool formula(LessKind, T a, T b) {
  return a < b;
}

template <class T>
bool formula(LessOrEqualKind, T a, T b) {
  return a <= b;
}

template <class T>
bool formula(NotEqualKind, T a, T b) {
  return a != b;
}

template <class T>
bool formula(OrKind, T a, T b) {
  return a || b;
}

/// One loop per type, not one for each op and type: those take minutes to compile.
template <class T>
[[gnu::noinline]] void each_element(EvalIo& io, bool (*f)(Compute<T>, Compute<T>)) {
  const auto y = io.out<bool>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    y[at] = f(static_cast<Compute<T>>(a), static_cast<Compute<T>>(b));
  });
}

template <class T, class Kind>
void run_plain(EvalIo& io) {
  each_element<T>(io, [](Compute<T> a, Compute<T> b) { return formula(Kind{}, a, b); });
}

/// Both sides in fixed point with 8 bits below the unit of their scale.
template <class T, class Kind>
void run_scaled(EvalIo& io) {
  const auto scaled = [](const Quantization& quant) {
    return [multiplier = fixed::quantize(static_cast<double>(quant.scale[0])),
            zero = quant.zero_point[0]](T x) { return fixed::scale((x - zero) * 256, multiplier); };
  };
  const auto left = scaled(*io.type(0).quant);
  const auto right = scaled(*io.type(1).quant);
  const auto y = io.out<bool>(0);
  each_pair<T>(io, io.output_type(0).shape,
               [&](std::size_t at, T a, T b) { y[at] = formula(Kind{}, left(a), right(b)); });
}

}  // namespace

template <class Kind>
Result<Types> Compare<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& a = inputs.type(0);
  const auto& b = inputs.type(1);
  if (a.dtype != b.dtype) {
    return fail(Code::unsupported, "the inputs must have one type, not {} and {}", name_of(a.dtype),
                name_of(b.dtype));
  }
  constexpr DTypeSet kTaken = Kind::kTakes == Takes::bools     ? kBool
                              : Kind::kTakes == Takes::numbers ? kNumbers
                                                               : kNumbers | kBool;
  if (!kTaken.has(a.dtype)) {
    return fail(Code::unsupported, "the inputs are {}, which {} does not take", name_of(a.dtype),
                kName);
  }
  if (is_quantized(a) || is_quantized(b)) {
    SLIPWAY_TRY(check_activation("the first input", a));
    SLIPWAY_TRY(check_activation("the second input", b));
  }
  return Types{TensorType{DType::boolean, SLIPWAY_TRY(broadcast(a.shape, b.shape)), {}}};
}

template <class Kind>
Cost Compare<Kind>::cost(std::span<const TensorType> inputs) const {
  const auto shape = broadcast(inputs[0].shape, inputs[1].shape);
  return {.ops = shape ? shape->elements() : 0};
}

template <class Kind>
Result<void> Compare<Kind>::eval(EvalIo& io) const {
  const bool scaled = is_quantized(io.type(0));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (std::is_same_v<T, bool>) {
      if constexpr (Kind::kTakes != Takes::numbers) run_plain<T, Kind>(io);
    } else if constexpr (Kind::kTakes != Takes::bools) {
      if constexpr (kSmall.has(kDTypeOf<T>)) {
        if (scaled) return run_scaled<T, Kind>(io);
      }
      run_plain<T, Kind>(io);
    }
  });
  return {};
}

template struct Compare<AndKind>;
template struct Compare<EqualKind>;
template struct Compare<GreaterKind>;
template struct Compare<GreaterOrEqualKind>;
template struct Compare<LessKind>;
template struct Compare<LessOrEqualKind>;
template struct Compare<NotEqualKind>;
template struct Compare<OrKind>;

Result<Types> Select::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  SLIPWAY_TRY(check_dtype("the condition", inputs.type(0), {DType::boolean}));
  SLIPWAY_TRY(check_dtype("the second choice", inputs.type(2), {inputs.type(1).dtype}));
  const auto both = SLIPWAY_TRY(broadcast(inputs.type(1).shape, inputs.type(2).shape));
  return Types{inputs.type(1).with_shape(SLIPWAY_TRY(broadcast(inputs.type(0).shape, both)))};
}

Cost Select::cost(std::span<const TensorType> inputs) const {
  const auto both = broadcast(inputs[1].shape, inputs[2].shape);
  if (!both) return {};
  const auto all = broadcast(inputs[0].shape, *both);
  return {.ops = all ? all->elements() : 0};
}

Result<void> Select::eval(EvalIo& io) const {
  const auto& shape = io.output_type(0).shape;
  BroadcastIndex condition(io.input(0).shape(), shape);
  BroadcastIndex first(io.input(1).shape(), shape);
  BroadcastIndex second(io.input(2).shape(), shape);
  visit(io.type(1).dtype, [&]<class T>(T) {
    for (T& y : io.out<T>(0)) {
      y = io.in<bool>(0)[condition.index()] ? io.in<T>(1)[first.index()]
                                            : io.in<T>(2)[second.index()];
      condition.next();
      first.next();
      second.next();
    }
  });
  return {};
}

}  // namespace slipway::ops
