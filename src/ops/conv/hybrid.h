#pragma once
// Convolutions of floats with quantized weights: the input is quantized while running.

#include "ops/conv/sum.h"

namespace slipway::ops {

/// Quantizes each of the sum's pictures to 8 bits by its own range (symmetric, or with a zero point
/// if `asymmetric`), sums in integers and scales back. Inputs and output as run_conv(), x f32,
/// w i8 with a scale per tensor or output, bias and y f32.
///
/// Source  TensorFlow Lite's dynamic-range quantization
void run_hybrid(EvalIo& io, const ConvSum& sum, Activation activation, bool asymmetric);

}  // namespace slipway::ops
