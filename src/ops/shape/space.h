#pragma once
// Neighbours in a picture that become batches or channels, and back.

#include <array>
#include <string_view>
#include <tuple>

#include "ir/op.h"

namespace slipway {

/// In which order the channels of a deep picture name the places in a block and the channels of the
/// wide one: (p, q, c) or (c, p, q).
enum class DepthOrder : std::uint8_t { block_first, channel_first };
template <>
inline constexpr auto kEnumNames<DepthOrder> =
    std::to_array<std::string_view>({"block_first", "channel_first"});

namespace ops {

/// Pads the dimensions behind the first with 0 (the zero point) and takes every block-th element:
/// y[(k0, k1, …, b), i0, i1, …, rest] = padded x[b, i0 * block0 + k0, i1 * block1 + k1, …, rest].
///
/// Shapes  x [batch, d0, …, rest], block i32 or i64 [m], pads i32 or i64 [m, 2]
///         ->  y [batch * block0 * …, (d0 + before + after) / block0, …, rest]
/// Errors  invalid_input: a block below 1, a pad below 0, or blocks that do not divide
/// Source  TensorFlow Lite SPACE_TO_BATCH_ND
struct SpaceToBatch {
  static constexpr auto kName = "SpaceToBatch";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const SpaceToBatch&) const = default;
};

/// The inverse of SpaceToBatch; crops takes the padding away.
///
/// Shapes  x [batch * block0 * …, d0, …, rest], block i32 or i64 [m], crops i32 or i64 [m, 2]
///         ->  y [batch, d0 * block0 - before - after, …, rest]
/// Errors  invalid_input: a block below 1, a crop below 0 or over the dimension, or blocks that do
///         not divide the batch
/// Source  TensorFlow Lite BATCH_TO_SPACE_ND
struct BatchToSpace {
  static constexpr auto kName = "BatchToSpace";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const BatchToSpace&) const = default;
};

/// Each square of block x block elements becomes one with as many times the channels:
/// y[b, i, j, (p, q, c)] = x[b, i * block + p, j * block + q, c], or (c, p, q) with that order.
///
/// Shapes  x [n, h, w, c]  ->  y [n, h / block, w / block, c * block^2]
/// Errors  invalid_input: a block below 1, or one that does not divide
/// Source  ONNX SpaceToDepth-13; TensorFlow Lite SPACE_TO_DEPTH
struct SpaceToDepth {
  std::int64_t block = 1;
  DepthOrder order = DepthOrder::block_first;

  static constexpr auto kName = "SpaceToDepth";
  static constexpr auto kFields =
      std::tuple{Field{"block", &SpaceToDepth::block}, Field{"order", &SpaceToDepth::order}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const SpaceToDepth&) const = default;
};

/// The inverse of SpaceToDepth.
///
/// Shapes  x [n, h, w, c]  ->  y [n, h * block, w * block, c / block^2]
/// Errors  invalid_input: a block below 1, or one whose square does not divide c
/// Source  ONNX DepthToSpace-13 (mode DCR is block_first, CRD channel_first); TensorFlow Lite
///         DEPTH_TO_SPACE
struct DepthToSpace {
  std::int64_t block = 1;
  DepthOrder order = DepthOrder::block_first;

  static constexpr auto kName = "DepthToSpace";
  static constexpr auto kFields =
      std::tuple{Field{"block", &DepthToSpace::block}, Field{"order", &DepthToSpace::order}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const DepthToSpace&) const = default;
};

}  // namespace ops
}  // namespace slipway
