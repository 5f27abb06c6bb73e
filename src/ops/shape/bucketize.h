#pragma once

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The number of the bucket that each element falls into, between boundaries in ascending order:
/// how many of them are below it, or, with `closed`, at it or below. What is no number falls behind
/// the last boundary with `closed`, else before the first.
///
/// Shapes  x [...], boundaries [n]  ->  y [...]
/// Types   x and boundaries: floats and whole numbers, compared in the type that C++ gives both; y
///         is of type `to`, i32 or i64
/// Errors  invalid_input: boundaries that are not in order; unsupported: other types
/// Source  TensorFlow Lite BUCKETIZE; OpenVINO Bucketize-3
struct Bucketize {
  bool closed = false;
  DType to = DType::i32;

  static constexpr auto kName = "Bucketize";
  static constexpr auto kFields =
      std::tuple{Field{"closed", &Bucketize::closed}, Field{"to", &Bucketize::to}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Bucketize&) const = default;
};

}  // namespace slipway::ops
