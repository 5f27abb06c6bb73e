#pragma once
// Comparisons, logic, and choosing between two tensors by them.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = a OP b as a truth value, with NumPy's broadcasting.
///
/// Shapes  a [...], b [...]  ->  y bool[broadcast of both]
/// Types   floats and whole numbers (Equal and NotEqual: bool too); u8, i8, i16, which are brought
///         to one scale where they have one, as quantized_arithmetic.md says; And and Or: bool
/// Errors  invalid_input: shapes that do not broadcast; unsupported: other or different types
/// Cost    one operation per element of y
/// Source  ONNX Less-13 and its kin; TensorFlow Lite LESS and its kin
template <class Kind>
struct Compare {
  static constexpr auto kName = Kind::kName;
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Compare&) const = default;
};

/// Which types a comparison takes.
enum class Takes : std::uint8_t { numbers, numbers_and_bools, bools };

struct AndKind {
  static constexpr auto kName = "And";
  static constexpr auto kTakes = Takes::bools;
};

struct EqualKind {
  static constexpr auto kName = "Equal";
  static constexpr auto kTakes = Takes::numbers_and_bools;
};

struct GreaterKind {
  static constexpr auto kName = "Greater";
  static constexpr auto kTakes = Takes::numbers;
};

struct GreaterOrEqualKind {
  static constexpr auto kName = "GreaterOrEqual";
  static constexpr auto kTakes = Takes::numbers;
};

struct LessKind {
  static constexpr auto kName = "Less";
  static constexpr auto kTakes = Takes::numbers;
};

struct LessOrEqualKind {
  static constexpr auto kName = "LessOrEqual";
  static constexpr auto kTakes = Takes::numbers;
};

struct NotEqualKind {
  static constexpr auto kName = "NotEqual";
  static constexpr auto kTakes = Takes::numbers_and_bools;
};

struct OrKind {
  static constexpr auto kName = "Or";
  static constexpr auto kTakes = Takes::bools;
};

using And = Compare<AndKind>;
using Equal = Compare<EqualKind>;
using Greater = Compare<GreaterKind>;
using GreaterOrEqual = Compare<GreaterOrEqualKind>;
using Less = Compare<LessKind>;
using LessOrEqual = Compare<LessOrEqualKind>;
using NotEqual = Compare<NotEqualKind>;
using Or = Compare<OrKind>;

/// y = a where condition, b elsewhere; all three broadcast.
///
/// Shapes  condition bool[...], a [...], b [...]  ->  y [broadcast of all]
/// Types   any, a and b the same; quantized ones have the scale of y
/// Errors  invalid_input: shapes that do not broadcast; unsupported: a condition that is not bool,
///         different types
/// Cost    one operation per element of y
/// Source  ONNX Where-16; TensorFlow Lite SELECT_V2
struct Select {
  static constexpr auto kName = "Select";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Select&) const = default;
};

}  // namespace slipway::ops
