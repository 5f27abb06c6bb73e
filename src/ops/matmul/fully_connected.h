#pragma once

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"

namespace slipway::ops {

/// A dense layer over the last dimension.
///
///   y[..., o] = activation( b[o] + sum_i x[..., i] * w[i,o] )
///
/// Shapes  x [..., I]  w [I, O]  b [O] optional  ->  y [..., O]
/// Types   as Conv
/// Errors  invalid_input: shapes that do not fit together; unsupported: other types
/// Cost    (elements of x) * O multiply-accumulates
/// Source  TensorFlow Lite FULLY_CONNECTED; ONNX Gemm-13
struct FullyConnected {
  Activation activation = Activation::none;
  Rounding rounding = Rounding::twice;
  DynamicRange dynamic_range = DynamicRange::symmetric;

  static constexpr auto kName = "FullyConnected";
  static constexpr auto kFields =
      std::tuple{Field{"activation", &FullyConnected::activation},
                 Field{"rounding", &FullyConnected::rounding},
                 Field{"dynamic_range", &FullyConnected::dynamic_range}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const FullyConnected&) const = default;
};

}  // namespace slipway::ops
