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

/// `normalized(byte, k)` for each, where k is the place in the period.
template <class Function>
void normalize_all(const NormalizeU8& job, const Function& normalized) {
  const std::uint8_t* __restrict in = job.in;
  float* __restrict out = job.out;
  std::int64_t i = 0;
  for (; i + kChannelPeriod <= job.count; i += kChannelPeriod) {
    for (int k = 0; k < kChannelPeriod; ++k)
      out[i + k] = normalized(static_cast<float>(in[i + k]), k);
  }
  for (int k = 0; i < job.count; ++i, ++k) out[i] = normalized(static_cast<float>(in[i]), k);
}

[[maybe_unused]] void run_normalize(const NormalizeU8& job) {
  const float* __restrict mean = job.mean;
  const float* __restrict std = job.std;
  if (std == nullptr) return normalize_all(job, [mean](float x, int k) { return x - mean[k]; });
  normalize_all(job, [mean, std](float x, int k) { return (x - mean[k]) / std[k]; });
}

}  // namespace
}  // namespace slipway::kernels
