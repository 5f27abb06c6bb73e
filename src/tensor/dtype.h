#pragma once
// The element types of tensors, and how to get from a type known at run time to a C++ type.

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/check.h"

namespace slipway {

enum class DType : std::uint8_t {
  f32,
  f16,
  bf16,
  f64,
  i8,
  u8,
  i16,
  u16,
  i32,
  u32,
  i64,
  u64,
  boolean
};

inline constexpr DType kAllDTypes[] = {
    DType::f32, DType::f16, DType::bf16, DType::f64, DType::i8,  DType::u8,     DType::i16,
    DType::u16, DType::i32, DType::u32,  DType::i64, DType::u64, DType::boolean};

/// IEEE 754 binary16, stored; arithmetic happens in float. Conversion rounds to nearest even.
struct Half {
  std::uint16_t bits = 0;
  Half() = default;
  explicit Half(float value);
  explicit operator float() const;
  bool operator==(const Half&) const = default;
};

/// The upper half of a float, stored; arithmetic happens in float. Conversion rounds to nearest
/// even.
struct BFloat16 {
  std::uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value);

  explicit operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
  }

  bool operator==(const BFloat16&) const = default;
};

/// "f32", "bf16", "u8", "bool": as in the IR's text.
[[nodiscard]] std::string_view name_of(DType dtype);
[[nodiscard]] std::optional<DType> dtype_from(std::string_view name);

/// Bytes of one element; a bool takes one.
[[nodiscard]] constexpr std::int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
    case DType::i64:
    case DType::u64:
      return 8;
    case DType::f32:
    case DType::i32:
    case DType::u32:
      return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
    case DType::u16:
      return 2;
    case DType::i8:
    case DType::u8:
    case DType::boolean:
      return 1;
  }
  return 0;
}

[[nodiscard]] constexpr bool is_float(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::f64;
}

[[nodiscard]] constexpr bool is_integer(DType dtype) {
  return !is_float(dtype) && dtype != DType::boolean;
}

template <class T>
struct DTypeOf;

template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};

template <>
struct DTypeOf<Half> {
  static constexpr DType value = DType::f16;
};

template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::bf16;
};

template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};

template <>
struct DTypeOf<std::int8_t> {
  static constexpr DType value = DType::i8;
};

template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::u8;
};

template <>
struct DTypeOf<std::int16_t> {
  static constexpr DType value = DType::i16;
};

template <>
struct DTypeOf<std::uint16_t> {
  static constexpr DType value = DType::u16;
};

template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};

template <>
struct DTypeOf<std::uint32_t> {
  static constexpr DType value = DType::u32;
};

template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::i64;
};

template <>
struct DTypeOf<std::uint64_t> {
  static constexpr DType value = DType::u64;
};

template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};

/// The DType of a C++ element type.
template <class T>
inline constexpr DType kDTypeOf = DTypeOf<T>::value;

/// Calls `visitor` with a value of the C++ type behind `dtype`:
///   visit(dtype, [&]<class T>(T) { ... });
template <class Visitor>
decltype(auto) visit(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::f32:
      return visitor(float{});
    case DType::f16:
      return visitor(Half{});
    case DType::bf16:
      return visitor(BFloat16{});
    case DType::f64:
      return visitor(double{});
    case DType::i8:
      return visitor(std::int8_t{});
    case DType::u8:
      return visitor(std::uint8_t{});
    case DType::i16:
      return visitor(std::int16_t{});
    case DType::u16:
      return visitor(std::uint16_t{});
    case DType::i32:
      return visitor(std::int32_t{});
    case DType::u32:
      return visitor(std::uint32_t{});
    case DType::i64:
      return visitor(std::int64_t{});
    case DType::u64:
      return visitor(std::uint64_t{});
    case DType::boolean:
      return visitor(bool{});
  }
  broken_promise("a DType outside its enum", __FILE__, __LINE__);
}

}  // namespace slipway
