#include "ops/elementwise/binary.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/binary_quantized.h"
#include "ops/elementwise/broadcast.h"
#include "ops/whole.h"

namespace slipway::ops {
namespace {

// What each op computes on two numbers: whole numbers, floats or doubles.

template <class T>
T formula(AddKind, T a, T b) {
  return static_cast<T>(static_cast<Summed<T>>(a) + static_cast<Summed<T>>(b));
}

template <class T>
T formula(SubKind, T a, T b) {
  return static_cast<T>(static_cast<Summed<T>>(a) - static_cast<Summed<T>>(b));
}

template <class T>
T formula(MulKind, T a, T b) {
  return static_cast<T>(static_cast<Summed<T>>(a) * static_cast<Summed<T>>(b));
}

template <class T>
T formula(SquaredDifferenceKind, T a, T b) {
  const T difference = formula(SubKind{}, a, b);
  return formula(MulKind{}, difference, difference);
}

/// The divisor for which the smallest number has no quotient.
template <class T>
bool is_minus_one(T b) {
  return std::is_signed_v<T> && b == static_cast<T>(-1);
}

/// Needs b != 0 where T is a whole number.
template <class T>
T formula(DivKind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a / b;
  } else {
    return is_minus_one(b) ? formula(SubKind{}, T{0}, a) : static_cast<T>(a / b);
  }
}

template <class T>
T formula(FloorDivKind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
  } else {
    const T quotient = formula(DivKind{}, a, b);
    const bool inexact = !is_minus_one(b) && a % b != 0;
    return static_cast<T>(quotient - (inexact && (a < 0) != (b < 0) ? 1 : 0));
  }
}

template <class T>
T formula(FmodKind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(a, b);
  } else {
    return is_minus_one(b) ? T{0} : static_cast<T>(a % b);
  }
}

template <class T>
T formula(FloorModKind, T a, T b) {
  const T rest = formula(FmodKind{}, a, b);
  return rest != 0 && (b < 0) != (rest < 0) ? static_cast<T>(rest + b) : rest;
}

template <class T>
T formula(MaximumKind, T a, T b) {
  return a > b ? a : b;
}

template <class T>
T formula(MinimumKind, T a, T b) {
  return a < b ? a : b;
}

/// A power in the type of its base.
template <class T>
T rounded_power(double power) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(power);
  } else {
    return std::isnan(power) ? T{0} : whole<T>(power);
  }
}

template <class T>
T formula(PowKind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::pow(a, b);
  } else {
    return rounded_power<T>(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
}

template <class T>
T formula(BitwiseAndKind, T a, T b) {
  return static_cast<T>(a & b);
}

template <class T>
T formula(BitwiseOrKind, T a, T b) {
  return static_cast<T>(a | b);
}

template <class T>
T formula(LeftShiftKind, T a, T b) {
  if (b < 0 || static_cast<std::uint64_t>(b) >= sizeof(T) * 8) return T{0};
  return static_cast<T>(static_cast<std::uint64_t>(a) << static_cast<std::uint64_t>(b));
}

template <class T>
T formula(Atan2Kind, T a, T b) {
  return std::atan2(a, b);
}

template <class T>
T formula(BitwiseXorKind, T a, T b) {
  return static_cast<T>(a ^ b);
}

template <class T>
T formula(RightShiftKind, T a, T b) {
  const auto most = static_cast<T>(sizeof(T) * 8 - 1);
  return static_cast<T>(a >> std::min(std::max(b, T{0}), most));
}

/// Activation bounds in a plain type. Floats are not narrowed where there is no activation.
template <class T>
std::pair<T, T> bounds(Activation activation) {
  const auto range = range_of(activation);
  if constexpr (std::is_floating_point_v<T>) {
    return {range.low, range.high};
  } else {
    const float low = std::is_unsigned_v<T> ? std::max(range.low, 0.0F) : range.low;
    return {std::isfinite(low) ? static_cast<T>(low) : std::numeric_limits<T>::lowest(),
            std::isfinite(range.high) ? static_cast<T>(range.high) : std::numeric_limits<T>::max()};
  }
}

template <class Kind>
constexpr bool kDivides = std::is_same_v<Kind, DivKind> || std::is_same_v<Kind, FloorDivKind> ||
                          std::is_same_v<Kind, FloorModKind> || std::is_same_v<Kind, FmodKind>;

/// One loop per type, not one for each op and type: those take minutes to compile.
template <class T>
[[gnu::noinline]] void each_element(EvalIo& io, Compute<T> (*f)(Compute<T>, Compute<T>),
                                    Activation activation) {
  using C = Compute<T>;
  const auto y = io.out<T>(0);
  const auto [low, high] = bounds<C>(activation);
  each_pair<T>(io, io.output_type(0).shape, [&, low = low, high = high](std::size_t at, T a, T b) {
    const C value = f(static_cast<C>(a), static_cast<C>(b));
    y[at] = static_cast<T>(std::min(std::max(value, low), high));
  });
}

template <class T, class Kind>
Result<void> run_plain(EvalIo& io, Activation activation) {
  if constexpr (kDivides<Kind> && !std::is_floating_point_v<T>) {
    const auto b = io.in<T>(1);
    if (io.output_type(0).shape.elements() > 0 && std::find(b.begin(), b.end(), T{0}) != b.end()) {
      return fail(Code::invalid_input, "a whole number is divided by zero");
    }
  }
  each_element<T>(
      io, [](Compute<T> a, Compute<T> b) { return formula(Kind{}, a, b); }, activation);
  return {};
}

/// Powers with an exponent of another type than the base.
template <class T>
[[gnu::noinline]] void run_mixed_power(EvalIo& io) {
  const auto exponents = to_doubles(io.input(1));
  BroadcastIndex i(io.input(0).shape(), io.output_type(0).shape);
  BroadcastIndex j(io.input(1).shape(), io.output_type(0).shape);
  for (T& y : io.out<T>(0)) {
    const auto base = static_cast<double>(static_cast<Compute<T>>(io.in<T>(0)[i.index()]));
    y = static_cast<T>(rounded_power<Compute<T>>(std::pow(base, exponents[j.index()])));
    i.next();
    j.next();
  }
}

/// Whether elements of this type are rescaled. Those without a scale are plain whole numbers.
template <class Kind>
bool rescales(const TensorType& type) {
  return Kind::kScaling != Scaling::none && is_quantized(type);
}

}  // namespace

template <class Kind>
Result<Types> Binary<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& a = inputs.type(0);
  const auto& b = inputs.type(1);
  constexpr bool kMixes = std::is_same_v<Kind, PowKind>;
  if (a.dtype != b.dtype && !(kMixes && Kind::kPlain.has(b.dtype))) {
    return fail(Code::unsupported, "the inputs must have one type, not {} and {}", name_of(a.dtype),
                name_of(b.dtype));
  }
  if (a.dtype != b.dtype && activation != Activation::none)
    return fail(Code::unsupported, "an activation behind a power of mixed types");
  const bool scaled = is_quantized(a) || is_quantized(b);
  if (!(scaled ? Kind::kScaled : Kind::kPlain).has(a.dtype)) {
    return fail(Code::unsupported, "the inputs are {}{}, which {} does not take", name_of(a.dtype),
                scaled ? " with a scale" : "", kName);
  }
  if (rescales<Kind>(a) || rescales<Kind>(b)) {
    SLIPWAY_TRY(check_activation("the first input", a));
    SLIPWAY_TRY(check_activation("the second input", b));
    const bool in_float = Kind::kScaling == Scaling::sum || Kind::kScaling == Scaling::product;
    if (rounding == Rounding::real || (rounding == Rounding::real_even && !in_float)) {
      return fail(Code::unsupported, "{} of integers does not round as {} says", kName,
                  name_of(rounding));
    }
  }
  return Types{TensorType{a.dtype, SLIPWAY_TRY(broadcast(a.shape, b.shape)), {}}};
}

template <class Kind>
Cost Binary<Kind>::cost(std::span<const TensorType> inputs) const {
  const auto shape = broadcast(inputs[0].shape, inputs[1].shape);
  return {.ops = shape ? shape->elements() : 0};
}

template <class Kind>
Result<void> Binary<Kind>::eval(EvalIo& io) const {
  if (rescales<Kind>(io.type(0))) {
    SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
    return run_quantized_binary(
        io, {Kind::kScaling, std::is_same_v<Kind, SubKind>, activation, rounding, powers_of_two});
  }
  Result<void> done;
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (Kind::kPlain.has(kDTypeOf<T>)) {
      if (io.type(0).dtype == io.type(1).dtype) {
        done = run_plain<T, Kind>(io, activation);
      } else if constexpr (std::is_same_v<Kind, PowKind>) {
        run_mixed_power<T>(io);
      }
    }
  });
  return done;
}

template struct Binary<AddKind>;
template struct Binary<Atan2Kind>;
template struct Binary<BitwiseAndKind>;
template struct Binary<BitwiseOrKind>;
template struct Binary<BitwiseXorKind>;
template struct Binary<DivKind>;
template struct Binary<FloorDivKind>;
template struct Binary<FloorModKind>;
template struct Binary<FmodKind>;
template struct Binary<LeftShiftKind>;
template struct Binary<MaximumKind>;
template struct Binary<MinimumKind>;
template struct Binary<MulKind>;
template struct Binary<PowKind>;
template struct Binary<RightShiftKind>;
template struct Binary<SquaredDifferenceKind>;
template struct Binary<SubKind>;

}  // namespace slipway::ops
