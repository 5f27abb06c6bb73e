// dequantize_u8 for this instruction set.

#include "kernels/dequantize_u8_body.h"

namespace slipway::kernels {

void dequantize_u8_avx512(const DequantizeU8& job) { run_dequantize(job); }

}  // namespace slipway::kernels
