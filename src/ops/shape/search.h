#pragma once
// Where in a tensor something is.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The k largest elements of each row along `axis`, largest first, or without `largest` the k
/// smallest, smallest first; among equals the lower index first. What is no number is smaller than
/// every number.
///
/// Shapes  x [..., n, ...], k i32 or i64 []
///         ->  values [..., k, ...], indices [..., k, ...] of `index_type`
/// Types   any but bool
/// Errors  invalid_input: k below 0 or over n
/// Source  ONNX TopK-11; TensorFlow Lite TOPK_V2
struct TopK {
  DType index_type = DType::i64;
  std::int64_t axis = -1;
  bool largest = true;

  static constexpr auto kName = "TopK";
  static constexpr auto kFields =
      std::tuple{Field{"index_type", &TopK::index_type}, Field{"axis", &TopK::axis},
                 Field{"largest", &TopK::largest}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const TopK&) const = default;
};

/// The places of the elements that are not 0, in order, one column each. How many there are only
/// the data tells.
///
/// Shapes  x [...]  ->  y i64 [rank of x, count]
/// Source  ONNX NonZero-13; TensorFlow Lite WHERE gives the transposed
struct NonZero {
  static constexpr auto kName = "NonZero";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const NonZero&) const = default;
};

}  // namespace slipway::ops
