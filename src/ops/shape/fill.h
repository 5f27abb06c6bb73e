#pragma once
// Tensors made of repetition.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// x, repeated along each dimension.
///
/// Shapes  x [d0, …], repeats i32 or i64 [rank]  ->  y [d0 * repeats[0], …]
/// Errors  invalid_input: another count of repeats, or one below 0
/// Source  ONNX Tile-13; TensorFlow Lite TILE
struct Tile {
  static constexpr auto kName = "Tile";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Tile&) const = default;
};

/// x broadcast together with a shape.
///
/// Shapes  x [...], shape i32 or i64 [n]  ->  y [broadcast of x's shape and `shape`]
/// Errors  invalid_input: shapes that do not broadcast
/// Source  ONNX Expand-13; TensorFlow Lite BROADCAST_TO
struct Expand {
  static constexpr auto kName = "Expand";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Expand&) const = default;
};

/// The shape to which two shapes broadcast.
///
/// Shapes  a [n], b [m], both i32 or both i64  ->  y [max(n, m)]
/// Errors  invalid_input: shapes that do not broadcast
/// Source  TensorFlow Lite BROADCAST_ARGS
struct BroadcastArgs {
  static constexpr auto kName = "BroadcastArgs";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const BroadcastArgs&) const = default;
};

/// One value everywhere.
///
/// Shapes  shape i32 or i64 [n], value []  ->  y [shape]
/// Errors  invalid_input: a negative dimension, or more than one value
/// Source  TensorFlow Lite FILL
struct Fill {
  static constexpr auto kName = "Fill";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Fill&) const = default;
};

/// Zeros (bits of 0, not zero points) of the type and shape of x.
///
/// Source  TensorFlow Lite ZEROS_LIKE
struct ZerosLike {
  static constexpr auto kName = "ZerosLike";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ZerosLike&) const = default;
};

/// start, start + delta, … up to and without limit. With `may_be_empty`, a delta that leads away
/// from the limit makes nothing.
///
/// Shapes  start [], limit [], delta []  ->  y [ceil((limit - start) / delta)]
/// Types   f32, f64, i16, i32 or i64, all the same
/// Errors  invalid_input: a delta of 0, or one that leads away from the limit
/// Source  ONNX Range-11; TensorFlow Lite RANGE
struct Range {
  bool may_be_empty = false;

  static constexpr auto kName = "Range";
  static constexpr auto kFields = std::tuple{Field{"may_be_empty", &Range::may_be_empty}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Range&) const = default;
};

/// `on` at the index along a new dimension `axis` of y, `off` elsewhere; all off where the index is
/// outside. With `from_the_end`, indices from -depth to -1 count from the end.
///
/// Shapes  indices i32 or i64 [...], depth i32 or i64 [], on [], off []  ->  y [..., depth, ...]
/// Errors  invalid_input: a depth below 0, or an axis out of range
/// Source  ONNX OneHot-11; TensorFlow Lite ONE_HOT
struct OneHot {
  std::int64_t axis = -1;
  bool from_the_end = false;

  static constexpr auto kName = "OneHot";
  static constexpr auto kFields =
      std::tuple{Field{"axis", &OneHot::axis}, Field{"from_the_end", &OneHot::from_the_end}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const OneHot&) const = default;
};

}  // namespace slipway::ops
