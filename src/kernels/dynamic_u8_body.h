#pragma once
// dynamic_u8 as vectors, or loops that compilers turn into them, private to each file that includes
// it.

#include "kernels/dynamic_u8_isa.h"
#include "kernels/floats.h"

namespace slipway::kernels {
namespace {

void run_range(const WidenRange& job) {
  using F = Floats::F;
  constexpr int kLanes = Floats::kLanes;
  constexpr int kTogether = 4;  // of each, so that none waits for the one before
  const float* in = job.in;
  const std::int64_t count = job.count;
  F low[kTogether];
  F high[kTogether];
  for (int k = 0; k < kTogether; ++k) {
    low[k] = Floats::all(job.range->low);
    high[k] = Floats::all(job.range->high);
  }
  // What is not a number leaves the second operand.
  const auto widen = [&](int k, F x) {
    low[k] = Floats::at_most(x, low[k]);
    high[k] = Floats::at_least(x, high[k]);
  };
  std::int64_t i = 0;
  for (; i + kTogether * kLanes <= count; i += kTogether * kLanes) {
    SLIPWAY_UNROLL
    for (int k = 0; k < kTogether; ++k) widen(k, Floats::load(in + i + k * kLanes));
  }
  for (; i + kLanes <= count; i += kLanes) widen(0, Floats::load(in + i));
  // Lanes that do not exist read 0, which lies in every range.
  if (i < count) widen(0, Floats::load(in + i, Floats::first(static_cast<int>(count - i))));
  float lows[kLanes];
  float highs[kLanes];
  for (int k = 1; k < kTogether; ++k) {
    low[0] = Floats::at_most(low[k], low[0]);
    high[0] = Floats::at_least(high[k], high[0]);
  }
  Floats::store(lows, low[0]);
  Floats::store(highs, high[0]);
  for (int k = 0; k < kLanes; ++k) {
    job.range->low = lows[k] < job.range->low ? lows[k] : job.range->low;
    job.range->high = highs[k] > job.range->high ? highs[k] : job.range->high;
  }
}

template <class T>
void quantize_to(const DynamicU8& job, T* __restrict out, std::int32_t moved) {
  // Added before the fraction is cut, it rounds halves away from zero; one half does not for its
  // neighbour.
  constexpr float kNearlyHalf = 0.49999997F;
  const float* __restrict in = job.in;
  const auto zero = static_cast<float>(job.zero);
  const auto least = static_cast<float>(job.least);
  const float inverse = job.inverse;
  for (std::int64_t i = 0; i < job.count; ++i) {
    const float x = zero + in[i] * inverse;
    const float held = x > least ? (x < 127.0F ? x : 127.0F) : least;
    const auto steps =
        static_cast<std::int32_t>(held + __builtin_copysignf(kNearlyHalf, held)) + moved;
    out[i] = static_cast<T>(steps);
  }
}

void run_dynamic(const DynamicU8& job) {
  if (job.floats == nullptr) return quantize_to(job, job.bytes, 128);
  quantize_to(job, job.floats, -job.zero);
}

template <bool kIntegers, bool kInTurn>
void scale_rows(const ScaleSums& job) {
  const float by = job.by;
  const auto zero = static_cast<std::uint32_t>(job.zero);
  const auto* __restrict weights = job.weights;
  const float* __restrict scale = job.scale;
  const float* __restrict bias = job.bias;
  for (std::int64_t row = 0; row < job.rows; ++row) {
    float* __restrict c = job.c + row * job.stride;
    for (int j = 0; j < job.columns; ++j) {
      float sum = c[j];
      if constexpr (kIntegers) {
        const auto bits = __builtin_bit_cast(std::uint32_t, c[j]);
        const auto all = bits - zero * static_cast<std::uint32_t>(weights[j]);
        sum = static_cast<float>(static_cast<std::int32_t>(all));
      }
      const float real = kInTurn ? (sum * scale[j]) * by : sum * (scale[j] * by);
      const float y = real + bias[j];
      const float above = y < job.low ? job.low : y;
      c[j] = job.high < above ? job.high : above;
    }
  }
}

void run_scale(const ScaleSums& job) {
  if (job.weights == nullptr)
    return job.in_turn ? scale_rows<false, true>(job) : scale_rows<false, false>(job);
  job.in_turn ? scale_rows<true, true>(job) : scale_rows<true, false>(job);
}

}  // namespace
}  // namespace slipway::kernels
