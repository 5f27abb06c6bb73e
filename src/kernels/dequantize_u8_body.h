#pragma once
// dequantize_u8 as a loop that compilers turn into vectors, private to each file that includes it.

#include "kernels/dequantize_u8_isa.h"

namespace slipway::kernels {
namespace {

void run_dequantize(const DequantizeU8& job) {
  const std::uint8_t* __restrict in = job.in;
  float* __restrict out = job.out;
  const float scale = job.scale;
  const std::int32_t zero = job.zero;
  for (std::int64_t i = 0; i < job.count; ++i)
    out[i] = static_cast<float>(std::int32_t{in[i]} - zero) * scale;
}

}  // namespace
}  // namespace slipway::kernels
