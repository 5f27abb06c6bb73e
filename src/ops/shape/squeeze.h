#pragma once
// Dimensions of 1 that come and go, and shapes as numbers.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// x without the dimensions `axes`, which a second input may name instead, or, where there are
/// none, without all that are 1.
///
/// Shapes  x [...], optional axes i32 or i64 [n]  ->  y [...]
/// Errors  invalid_input: a dimension that is not 1; unsupported: no axes and a shape that only
///         running the graph will tell
/// Source  ONNX Squeeze-13; TensorFlow Lite SQUEEZE
struct Squeeze {
  std::vector<std::int64_t> axes;

  static constexpr auto kName = "Squeeze";
  static constexpr auto kFields = std::tuple{Field{"axes", &Squeeze::axes}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Squeeze&) const = default;
};

/// x with dimensions of 1 inserted; `axes`, which a second input may name instead, are their places
/// in y.
///
/// Shapes  x [...], optional axes i32 or i64 [n]  ->  y [...]
/// Errors  invalid_input: an axis out of range, or twice
/// Source  ONNX Unsqueeze-13; TensorFlow Lite EXPAND_DIMS
struct Unsqueeze {
  std::vector<std::int64_t> axes;

  static constexpr auto kName = "Unsqueeze";
  static constexpr auto kFields = std::tuple{Field{"axes", &Unsqueeze::axes}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Unsqueeze&) const = default;
};

/// The dimensions of x from `start` up to and without `end` as numbers, known before running where
/// they are. Negative places count from the end, and places beyond the ends are brought back to
/// them.
///
/// Shapes  x [...]  ->  y i32 or i64 [end - start]
/// Source  ONNX Shape-15; TensorFlow Lite SHAPE
struct ShapeOf {
  DType type = DType::i64;
  std::int64_t start = 0;
  std::int64_t end = Shape::kMaxRank;

  static constexpr auto kName = "ShapeOf";
  static constexpr auto kFields = std::tuple{
      Field{"type", &ShapeOf::type}, Field{"start", &ShapeOf::start}, Field{"end", &ShapeOf::end}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ShapeOf&) const = default;
};

/// The number of elements of x.
///
/// Shapes  x [...]  ->  y i64 []
/// Source  ONNX Size-13
struct Size {
  static constexpr auto kName = "Size";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Size&) const = default;
};

/// The number of dimensions of x.
///
/// Shapes  x [...]  ->  y i32 []
/// Source  TensorFlow Lite RANK
struct Rank {
  static constexpr auto kName = "Rank";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Rank&) const = default;
};

}  // namespace slipway::ops
