#pragma once
// Dimensions of 1 that come and go, and shapes as numbers.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// x without the dimensions `axes`, or, where there are none, without all that are 1.
///
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

/// x with dimensions of 1 inserted; `axes` are their places in y.
///
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

/// The shape of x as numbers, known before running where x's shape is.
///
/// Shapes  x [...]  ->  y i32 or i64 [rank of x]
/// Source  ONNX Shape-13; TensorFlow Lite SHAPE
struct ShapeOf {
  DType type = DType::i64;

  static constexpr auto kName = "Shape";
  static constexpr auto kFields = std::tuple{Field{"type", &ShapeOf::type}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ShapeOf&) const = default;
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
