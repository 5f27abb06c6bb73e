#pragma once
// Sets of element types, and the type in which an element is computed.

#include <concepts>
#include <initializer_list>
#include <type_traits>

#include "tensor/tensor_type.h"

namespace slipway {

/// A set of element types, for the tables of ops.
struct DTypeSet {
  std::uint32_t bits = 0;

  constexpr DTypeSet() = default;

  constexpr DTypeSet(DType dtype) : bits(1U << static_cast<unsigned>(dtype)) {}  // NOLINT: one

  constexpr DTypeSet(std::initializer_list<DType> dtypes) {
    for (const DType dtype : dtypes) bits |= DTypeSet(dtype).bits;
  }

  [[nodiscard]] constexpr bool has(DType dtype) const { return (bits & DTypeSet(dtype).bits) != 0; }

  constexpr DTypeSet operator|(DTypeSet other) const {
    other.bits |= bits;
    return other;
  }
};

inline constexpr DTypeSet kFloats = {DType::f32, DType::f16, DType::bf16, DType::f64};
inline constexpr DTypeSet kSigned = {DType::i8, DType::i16, DType::i32, DType::i64};
inline constexpr DTypeSet kUnsigned = {DType::u8, DType::u16, DType::u32, DType::u64};
inline constexpr DTypeSet kIntegers = kSigned | kUnsigned;
inline constexpr DTypeSet kNumbers = kFloats | kIntegers;
inline constexpr DTypeSet kBool = DType::boolean;

/// The integers that a scale may quantize, and parts of them.
inline constexpr DTypeSet kSmall = {DType::i8, DType::u8, DType::i16};
inline constexpr DTypeSet kBytes = {DType::i8, DType::u8};
inline constexpr DTypeSet kSignedSmall = {DType::i8, DType::i16};

/// The type in which elements of type T are computed: float for the 16-bit ones, else T itself.
template <class T>
using Compute = std::conditional_t<std::same_as<T, Half> || std::same_as<T, BFloat16>, float, T>;

/// The type in which elements of type T are added up: whole numbers wrap around in 64 bits.
template <class T>
using Summed = std::conditional_t<std::is_floating_point_v<Compute<T>>, Compute<T>, std::uint64_t>;

}  // namespace slipway
