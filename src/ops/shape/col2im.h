#pragma once

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// Blocks put back to where they were cut out of a picture of any dimensions; where they overlap
/// they add up, and what falls into the padding is lost. The channels stand in front, as in the
/// columns.
///
/// Shapes  x [n, c * product of block, number of blocks], picture i32 or i64 [k], block i32 or i64
///         [k]  ->  y [n, c, picture…]; number of blocks = product of
///         (picture + before + after - dilation * (block - 1) - 1) / stride + 1
/// Types   f32, f64
/// Errors  invalid_input: shapes that do not fit, attributes of other lengths or out of range
/// Cost    an operation per element of x
/// Source  ONNX Col2Im-18
struct Col2Im {
  std::vector<std::int64_t> strides;    // empty: all 1
  std::vector<std::int64_t> dilations;  // empty: all 1
  std::vector<std::int64_t> pads;       // all before, then all after; empty: all 0

  static constexpr auto kName = "Col2Im";
  static constexpr auto kFields =
      std::tuple{Field{"strides", &Col2Im::strides}, Field{"dilations", &Col2Im::dilations},
                 Field{"pads", &Col2Im::pads}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Col2Im&) const = default;
};

}  // namespace slipway::ops
