#pragma once
// softmax_f32 as loops that compilers turn into vectors, private to each file that includes it.

#include "kernels/math_body.h"
#include "kernels/softmax_f32_isa.h"

namespace slipway::kernels {
namespace {

constexpr int kParts = 16;

float largest_of(const float* x, std::int64_t count) {
  float parts[kParts];
  for (int i = 0; i < kParts; ++i) parts[i] = x[0];
  std::int64_t k = 0;
  for (; k + kParts <= count; k += kParts) {
    for (int i = 0; i < kParts; ++i) parts[i] = parts[i] < x[k + i] ? x[k + i] : parts[i];
  }
  for (; k < count; ++k) parts[0] = parts[0] < x[k] ? x[k] : parts[0];
  for (int i = 1; i < kParts; ++i) parts[0] = parts[0] < parts[i] ? parts[i] : parts[0];
  return parts[0];
}

float sum_of_parts(const float* x, std::int64_t count) {
  float parts[kParts] = {};
  std::int64_t k = 0;
  for (; k + kParts <= count; k += kParts) {
    for (int i = 0; i < kParts; ++i) parts[i] += x[k + i];
  }
  for (; k < count; ++k) parts[0] += x[k];
  for (int i = 1; i < kParts; ++i) parts[0] += parts[i];
  return parts[0];
}

void exponentials(const float* x, float* y, std::int64_t count, float largest, float beta) {
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (std::int64_t k = 0; k < count; ++k) y[k] = exp_of((x[k] - largest) * beta);
}

/// One row whose elements lie side by side.
void run_row(const float* x, float* y, const SoftmaxF32& job) {
  const float largest = largest_of(x, job.length);
  if (!job.log) {
    exponentials(x, y, job.length, largest, job.beta);
    const float sum = sum_of_parts(y, job.length);
    for (std::int64_t k = 0; k < job.length; ++k) y[k] /= sum;
    return;
  }
  // The exponentials take the place of the output for a while: it is none of the inputs.
  exponentials(x, y, job.length, largest, 1.0F);
  const float log_sum = log_of(sum_of_parts(y, job.length));
  for (std::int64_t k = 0; k < job.length; ++k) y[k] = x[k] - largest - log_sum;
}

/// kTogether rows, each `next` behind the one before it (neighbours where kNext is 1), whose
/// elements are `inner` apart.
template <int kTogether, int kNext>
SLIPWAY_INLINE void run_columns(const float* x, float* y, const SoftmaxF32& job,
                                std::int64_t next = 1) {
  if constexpr (kNext != 0) next = kNext;
  const float beta = job.log ? 1.0F : job.beta;
  float largest[kTogether];
  float sum[kTogether] = {};
  for (int i = 0; i < kTogether; ++i) largest[i] = x[i * next];
  for (std::int64_t k = 1; k < job.length; ++k) {
    const float* row = x + k * job.inner;
    for (int i = 0; i < kTogether; ++i)
      largest[i] = largest[i] < row[i * next] ? row[i * next] : largest[i];
  }
  for (std::int64_t k = 0; k < job.length; ++k) {
    const float* row = x + k * job.inner;
    float* to = y + k * job.inner;
    for (int i = 0; i < kTogether; ++i) {
      const float e = exp_of((row[i * next] - largest[i]) * beta);
      to[i * next] = e;
      sum[i] += e;
    }
  }
  if (job.log)
    for (int i = 0; i < kTogether; ++i) sum[i] = log_of(sum[i]);
  for (std::int64_t k = 0; k < job.length; ++k) {
    const float* row = x + k * job.inner;
    float* to = y + k * job.inner;
    for (int i = 0; i < kTogether; ++i)
      to[i * next] = job.log ? row[i * next] - largest[i] - sum[i] : to[i * next] / sum[i];
  }
}

void run_softmax(const SoftmaxF32& job) {
  const std::int64_t size = job.length * job.inner;
  std::int64_t o = job.first;
  if (job.inner == 1 && job.length < kParts) {
    for (; o + kParts <= job.last; o += kParts)
      run_columns<kParts, 0>(job.in + o * size, job.out + o * size, job, size);
  }
  for (; o < job.last; ++o) {
    const float* x = job.in + o * size;
    float* y = job.out + o * size;
    if (job.inner == 1) {
      run_row(x, y, job);
      continue;
    }
    std::int64_t i = 0;
    for (; i + kParts <= job.inner; i += kParts) run_columns<kParts, 1>(x + i, y + i, job);
    for (; i < job.inner; ++i) run_columns<1, 1>(x + i, y + i, job);
  }
}

}  // namespace
}  // namespace slipway::kernels
