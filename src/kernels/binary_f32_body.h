#pragma once
// binary_f32 as loops that compilers turn into vectors, private to each file that includes it.

#include "kernels/binary_f32_isa.h"
#include "kernels/math_body.h"

namespace slipway::kernels {
namespace {

template <int kA, int kB, class Function>
SLIPWAY_INLINE void each_pair(const BinaryF32& job, Function f) {
  const float* a = job.a;
  const float* b = job.b;
  float* out = job.out;
  const float low = job.low;
  const float high = job.high;
  const std::int64_t count = job.count;
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (std::int64_t i = 0; i < count; ++i)
    out[i] = smaller(larger(f(a[i * kA], b[i * kB]), low), high);
}

template <class Function>
SLIPWAY_INLINE void pairs(const BinaryF32& job, Function f) {
  if (job.a_step == 1 && job.b_step == 1) return each_pair<1, 1>(job, f);
  if (job.a_step == 1) return each_pair<1, 0>(job, f);
  if (job.b_step == 1) return each_pair<0, 1>(job, f);
  each_pair<0, 0>(job, f);
}

void run_binary(const BinaryF32& job) {
  switch (job.kind) {
    case BinaryF32Kind::add:
      return pairs(job, [](float a, float b) { return a + b; });
    case BinaryF32Kind::subtract:
      return pairs(job, [](float a, float b) { return a - b; });
    case BinaryF32Kind::multiply:
      return pairs(job, [](float a, float b) { return a * b; });
    case BinaryF32Kind::divide:
      return pairs(job, [](float a, float b) { return a / b; });
    case BinaryF32Kind::maximum:
      return pairs(job, [](float a, float b) { return a > b ? a : b; });
    case BinaryF32Kind::minimum:
      return pairs(job, [](float a, float b) { return a < b ? a : b; });
    case BinaryF32Kind::squared_difference:
      return pairs(job, [](float a, float b) { return (a - b) * (a - b); });
    case BinaryF32Kind::slope:
      return pairs(job, [](float a, float b) { return a >= 0 ? a : a * b; });
    default:
      return binary_f32_library(job);
  }
}

}  // namespace
}  // namespace slipway::kernels
