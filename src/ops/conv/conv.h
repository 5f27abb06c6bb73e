#pragma once

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"
#include "ops/window.h"

namespace slipway::ops {

/// Convolution over one to three spatial dimensions, channels last, plain, grouped or depthwise
/// (group = C).
///
///   y[n,p,o] = activation( b[o] + sum_{k,i} x[n, p*stride + k*dilation - pad, g*I + i] * w[k,i,o]
///   ) with g = o / (O / group); x is 0 (its zero point) outside its range
///
/// Shapes  x [N, spatial…, C]  w [kernel…, I = C/group, O]  b [O] optional  ->  y [N, out…, O]
///         out = (in + pad_begin + pad_end - ((kernel - 1)*dilation + 1)) / stride + 1, rounded
///         down
/// Types   f32, f64; f16, bf16: sums in f32, rounded once; u8, i8 or i16 activations with u8 or i8
/// weights and i32 (i64) bias: sums in 32 (for
///         i16: 64) bits, rescaled as quantized_arithmetic.md says; f32 activations with quantized
///         i8 weights and f32 bias: activations quantized on the fly, summed as integers; u8 and
///         i8 without scales: y i32, the plain sums of (x - x_zero)*(w - w_zero), with inputs 3
///         (x_zero, one) and 4 (w_zero, one or [O]) for 0 where they are left out
/// Units   stride, dilation and pads in elements, one per spatial dimension; empty: 1 and 0
/// Errors  invalid_input: shapes that do not fit together, an output of size 0
///         unsupported: other types
/// Cost    N * out * kernel * I * O multiply-accumulates
/// Source  ONNX Conv-11, ConvInteger-10, QLinearConv-10; TensorFlow Lite CONV_2D, DEPTHWISE_CONV_2D
struct Conv {
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::vector<std::int64_t> pad_begin;
  std::vector<std::int64_t> pad_end;
  Padding padding = Padding::given;
  std::int64_t group = 1;
  Activation activation = Activation::none;
  Rounding rounding = Rounding::twice;
  DynamicRange dynamic_range = DynamicRange::symmetric;
  bool scales_in_turn = false;  // f32 over i8: the sum meets w's scale first, then x's

  static constexpr auto kName = "Conv";
  static constexpr auto kFields = std::tuple{Field{"stride", &Conv::stride},
                                             Field{"dilation", &Conv::dilation},
                                             Field{"pad_begin", &Conv::pad_begin},
                                             Field{"pad_end", &Conv::pad_end},
                                             Field{"padding", &Conv::padding},
                                             Field{"group", &Conv::group},
                                             Field{"activation", &Conv::activation},
                                             Field{"rounding", &Conv::rounding},
                                             Field{"dynamic_range", &Conv::dynamic_range},
                                             Field{"scales_in_turn", &Conv::scales_in_turn}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;

  bool operator==(const Conv&) const = default;

  /// The window over `x` for a kernel of w's spatial size.
  [[nodiscard]] Result<Window> window(const Shape& x, const Shape& w) const;
};

}  // namespace slipway::ops
