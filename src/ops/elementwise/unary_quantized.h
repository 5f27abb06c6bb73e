#pragma once
// Functions of one quantized tensor that are more than a table. All read input 0 and write output
// 0 of `io`, both quantized as check_activation() wants it.

#include "ops/quant/table.h"

namespace slipway::ops {

/// Rescales and clamps between two reals, either of which may be infinite.
void run_quantized_clamp(EvalIo& io, float low, float high);

Result<void> run_quantized_abs(EvalIo& io);
Result<void> run_quantized_hard_swish(EvalIo& io);
Result<void> run_quantized_log(EvalIo& io);
Result<void> run_quantized_rsqrt(EvalIo& io);
Result<void> run_quantized_sqrt(EvalIo& io);
Result<void> run_sigmoid_i16(EvalIo& io);
Result<void> run_tanh_i16(EvalIo& io);

}  // namespace slipway::ops
