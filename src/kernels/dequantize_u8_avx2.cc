// dequantize_u8 for this instruction set.

#include "kernels/dequantize_u8_body.h"

namespace slipway::kernels {

void dequantize_u8_avx2(const DequantizeU8& job) { run_dequantize(job); }

void normalize_u8_avx2(const NormalizeU8& job) { run_normalize(job); }

}  // namespace slipway::kernels
