#pragma once

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"

namespace slipway::ops {

/// Transposed convolution over one to three spatial dimensions, channels last: each element of x
/// adds the whole kernel to y.
///
///   y[n,p,o] = activation( b[o] + sum of x[n,q,i] * w[k,i,o] over q*stride + k - pad_begin = p )
///
/// Shapes  x [N, spatial…, I]  w [kernel…, I, O]  b [O] optional  ->  y [N, output…, O]
///         output as the field says; empty: (in - 1)*stride + kernel - pad_begin - pad_end
/// Types   f32; u8, i8 or i16 activations with u8 or i8 weights and i32 (i64) bias, as Conv
/// Units   stride, pads and output in elements, one per spatial dimension; empty strides and pads:
///         1 and 0
/// Errors  invalid_input: shapes that do not fit together, an output of size 0
///         unsupported: other types, over three spatial dimensions
/// Cost    N * in * kernel * I * O multiply-accumulates
/// Source  TensorFlow Lite TRANSPOSE_CONV; ONNX ConvTranspose-11 with one group
struct ConvTranspose {
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> pad_begin;
  std::vector<std::int64_t> pad_end;
  std::vector<std::int64_t> output;
  Activation activation = Activation::none;
  Rounding rounding = Rounding::twice;

  static constexpr auto kName = "ConvTranspose";
  static constexpr auto kFields = std::tuple{Field{"stride", &ConvTranspose::stride},
                                             Field{"pad_begin", &ConvTranspose::pad_begin},
                                             Field{"pad_end", &ConvTranspose::pad_end},
                                             Field{"output", &ConvTranspose::output},
                                             Field{"activation", &ConvTranspose::activation},
                                             Field{"rounding", &ConvTranspose::rounding}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ConvTranspose&) const = default;
};

}  // namespace slipway::ops
