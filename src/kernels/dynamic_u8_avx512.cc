// dynamic_u8 for this instruction set.

#include "kernels/dynamic_u8_body.h"

namespace slipway::kernels {

void dynamic_u8_avx512(const DynamicU8& job) { run_dynamic(job); }

void widen_range_avx512(const WidenRange& job) { run_range(job); }

void scale_sums_avx512(const ScaleSums& job) { run_scale(job); }

}  // namespace slipway::kernels
