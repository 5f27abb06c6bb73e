#pragma once
// Arithmetic on two quantized tensors.

#include "ops/elementwise/binary.h"

namespace slipway::ops {

struct QuantizedBinary {
  Scaling scaling;
  bool subtract;
  Activation activation;
  Rounding rounding;
  bool powers_of_two;
};

/// Computes output 0 of `io` from inputs 0 and 1, all quantized as check_activation() wants it.
///
/// Errors  invalid_input: a division by zero
Result<void> run_quantized_binary(EvalIo& io, const QuantizedBinary& op);

}  // namespace slipway::ops
