#pragma once
// Putting tensors together and taking them apart, along one dimension.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The inputs one behind the other along `axis`.
///
/// Shapes  x0 [..., n0, ...], x1 [..., n1, ...], …  ->  y [..., n0 + n1 + …, ...]
/// Types   any; i8, u8 and i16 with a scale other than y's are scaled to it, in f32, rounding half
///         away from zero
/// Errors  invalid_input: other dimensions or element types that differ
/// Source  ONNX Concat-13; TensorFlow Lite CONCATENATION
struct Concat {
  std::int64_t axis = 0;

  static constexpr auto kName = "Concat";
  static constexpr auto kFields = std::tuple{Field{"axis", &Concat::axis}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Concat&) const = default;
};

/// The inputs one behind the other along a new dimension `axis` of y.
///
/// Shapes  n inputs [...]  ->  y [..., n, ...]
/// Errors  invalid_input: shapes or element types that differ
/// Source  TensorFlow Lite PACK
struct Pack {
  std::int64_t axis = 0;

  static constexpr auto kName = "Pack";
  static constexpr auto kFields = std::tuple{Field{"axis", &Pack::axis}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Pack&) const = default;
};

/// The slices of x along `axis`, without that dimension.
///
/// Shapes  x [..., count, ...]  ->  `count` outputs [...]
/// Errors  invalid_input: the dimension is not `count`
/// Source  TensorFlow Lite UNPACK
struct Unpack {
  std::int64_t axis = 0;
  std::int64_t count = 0;

  static constexpr auto kName = "Unpack";
  static constexpr auto kFields =
      std::tuple{Field{"axis", &Unpack::axis}, Field{"count", &Unpack::count}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Unpack&) const = default;
};

/// x cut along `axis`: into `parts` equal pieces, or into those of the lengths in `sizes`, of
/// which one may be -1 and takes what is left. With `smaller_last`, what cannot be cut equally
/// is cut into pieces of ceil(n / parts), of which the last ones have what is left.
///
/// Shapes  x [..., n, ...], optional sizes i32 or i64 [parts]  ->  outputs [..., n_i, ...]
/// Errors  invalid_input: the pieces do not make up n
/// Source  ONNX Split-18; TensorFlow Lite SPLIT, SPLIT_V
struct Split {
  std::int64_t axis = 0;
  std::int64_t parts = 1;
  bool smaller_last = false;

  static constexpr auto kName = "Split";
  static constexpr auto kFields =
      std::tuple{Field{"axis", &Split::axis}, Field{"parts", &Split::parts},
                 Field{"smaller_last", &Split::smaller_last}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Split&) const = default;
};

}  // namespace slipway::ops
