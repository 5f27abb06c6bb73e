#include "ops/elementwise/binary.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/binary_quantized.h"
#include "ops/elementwise/broadcast.h"

namespace slipway::ops {
namespace {

// What each op computes on two numbers of a plain type.

/// Sums and products of whole numbers are taken in 64 unsigned bits: they wrap.
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, T, std::uint64_t>;

template <class T>
T formula(AddKind, T a, T b) {
  return static_cast<T>(static_cast<Wide<T>>(a) + static_cast<Wide<T>>(b));
}

template <class T>
T formula(SubKind, T a, T b) {
  return static_cast<T>(static_cast<Wide<T>>(a) - static_cast<Wide<T>>(b));
}

template <class T>
T formula(MulKind, T a, T b) {
  return static_cast<T>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b));
}

template <class T>
T formula(SquaredDifferenceKind, T a, T b) {
  const T difference = formula(SubKind{}, a, b);
  return formula(MulKind{}, difference, difference);
}

/// Needs b != 0 where T is a whole number.
template <class T>
T formula(DivKind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a / b;
  } else {
    return b == -1 ? formula(SubKind{}, T{0}, a) : static_cast<T>(a / b);
  }
}

template <class T>
T formula(FloorDivKind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
  } else {
    const T quotient = formula(DivKind{}, a, b);
    const bool inexact = b != -1 && a % b != 0;
    return static_cast<T>(quotient - (inexact && (a < 0) != (b < 0) ? 1 : 0));
  }
}

template <class T>
T formula(FloorModKind, T a, T b) {
  T rest{};
  if constexpr (std::is_floating_point_v<T>) {
    rest = std::fmod(a, b);
  } else if (b != -1) {
    rest = static_cast<T>(a % b);
  }
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

template <class T>
T formula(PowKind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::pow(a, b);
  } else {
    const double power = std::pow(static_cast<double>(a), static_cast<double>(b));
    if (std::isnan(power)) return 0;
    return static_cast<T>(std::clamp(power, static_cast<double>(std::numeric_limits<T>::min()),
                                     static_cast<double>(std::numeric_limits<T>::max())));
  }
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
  const auto bits = std::clamp<std::int64_t>(b, 0, static_cast<std::int64_t>(sizeof(T)) * 8 - 1);
  return static_cast<T>(a >> bits);
}

/// Activation bounds in a plain type. Floats are not narrowed where there is no activation.
template <class T>
std::pair<T, T> bounds(Activation activation) {
  const auto range = range_of(activation);
  if constexpr (std::is_floating_point_v<T>) {
    return {range.low, range.high};
  } else {
    return {std::isfinite(range.low) ? static_cast<T>(range.low) : std::numeric_limits<T>::lowest(),
            std::isfinite(range.high) ? static_cast<T>(range.high) : std::numeric_limits<T>::max()};
  }
}

template <class Kind>
constexpr bool kDivides = std::is_same_v<Kind, DivKind> || std::is_same_v<Kind, FloorDivKind> ||
                          std::is_same_v<Kind, FloorModKind>;

template <class T, class Kind>
Result<void> run_plain(EvalIo& io, Activation activation) {
  if constexpr (kDivides<Kind> && !std::is_floating_point_v<T>) {
    const auto b = io.in<T>(1);
    if (io.output_type(0).shape.elements() > 0 && std::find(b.begin(), b.end(), T{0}) != b.end()) {
      return fail(Code::invalid_input, "a whole number is divided by zero");
    }
  }
  const auto y = io.out<T>(0);
  const auto [low, high] = bounds<T>(activation);
  each_pair<T>(io, io.output_type(0).shape, [&, low = low, high = high](std::size_t at, T a, T b) {
    y[at] = std::min(std::max(formula(Kind{}, a, b), low), high);
  });
  return {};
}

template <class Kind>
constexpr bool has_type(DType dtype) {
  return std::find(std::begin(Kind::kTypes), std::end(Kind::kTypes), dtype) !=
         std::end(Kind::kTypes);
}

/// Whether integers of this type are rescaled. i16 without a scale is a plain whole number.
template <class Kind>
bool rescales(const TensorType& type) {
  if (Kind::kScaling == Scaling::none || size_of(type.dtype) >= 4) return false;
  return type.dtype != DType::i16 || type.quant.has_value();
}

}  // namespace

template <class Kind>
Result<Types> Binary<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& a = inputs.type(0);
  const auto& b = inputs.type(1);
  if (a.dtype != b.dtype) {
    return fail(Code::unsupported, "the inputs must have one type, not {} and {}", name_of(a.dtype),
                name_of(b.dtype));
  }
  if (!has_type<Kind>(a.dtype)) {
    return fail(Code::unsupported, "the inputs are {}, which {} does not take", name_of(a.dtype),
                kName);
  }
  if (rescales<Kind>(a)) {
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
    if constexpr (has_type<Kind>(kDTypeOf<T>)) done = run_plain<T, Kind>(io, activation);
  });
  return done;
}

template struct Binary<AddKind>;
template struct Binary<Atan2Kind>;
template struct Binary<BitwiseXorKind>;
template struct Binary<DivKind>;
template struct Binary<FloorDivKind>;
template struct Binary<FloorModKind>;
template struct Binary<MaximumKind>;
template struct Binary<MinimumKind>;
template struct Binary<MulKind>;
template struct Binary<PowKind>;
template struct Binary<RightShiftKind>;
template struct Binary<SquaredDifferenceKind>;
template struct Binary<SubKind>;

}  // namespace slipway::ops
