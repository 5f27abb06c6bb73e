#pragma once

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"
#include "ops/window.h"

namespace slipway::ops {

/// Transposed convolution: each input element spreads the filter over the output.
///
///   y[n,q,o] = activation( b[o] + sum over p, k with p*stride + k*dilation - pad = q, and over i,
///   of
///              x[n,p,i] * w[k,i,o] )
///
/// with groups, i runs over the channels of o's group, and w has the place of o in it
///
/// Shapes  x [N, spatial…, I]  w [kernel…, I, O/group]  b [O] optional  ->  y [N, out…, O]
///         out = output_shape where given; its padding then follows from `padding`, as that of the
///         convolution from y to x; else
///         out = (in - 1)*stride + (kernel - 1)*dilation + 1 + output_pad - pad_begin - pad_end
/// Types   as Conv, without f32 activations over i8 weights and plain bytes
/// Errors  invalid_input: shapes that do not fit together; unsupported: other types
/// Cost    N * in * kernel * I * O multiply-accumulates
/// Source  ONNX ConvTranspose-11; TensorFlow Lite TRANSPOSE_CONV
struct ConvTranspose {
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::vector<std::int64_t> pad_begin;
  std::vector<std::int64_t> pad_end;
  std::vector<std::int64_t> output_pad;
  std::vector<std::int64_t> output_shape;  // spatial dimensions only
  Padding padding = Padding::given;
  std::int64_t group = 1;
  Activation activation = Activation::none;
  Rounding rounding = Rounding::twice;

  static constexpr auto kName = "ConvTranspose";
  static constexpr auto kFields = std::tuple{Field{"stride", &ConvTranspose::stride},
                                             Field{"dilation", &ConvTranspose::dilation},
                                             Field{"pad_begin", &ConvTranspose::pad_begin},
                                             Field{"pad_end", &ConvTranspose::pad_end},
                                             Field{"output_pad", &ConvTranspose::output_pad},
                                             Field{"output_shape", &ConvTranspose::output_shape},
                                             Field{"padding", &ConvTranspose::padding},
                                             Field{"group", &ConvTranspose::group},
                                             Field{"activation", &ConvTranspose::activation},
                                             Field{"rounding", &ConvTranspose::rounding}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ConvTranspose&) const = default;

  /// The window of the convolution that this one transposes: it slides over y and gives x.
  [[nodiscard]] Result<Window> window(const Shape& x, const Shape& w) const;
};

}  // namespace slipway::ops
