#pragma once
// unary_f32 as loops that compilers turn into vectors, private to each file that includes it.

#include "kernels/math_body.h"
#include "kernels/unary_f32_isa.h"

namespace slipway::kernels {
namespace {

template <class Function>
SLIPWAY_INLINE void each(const UnaryF32& job, Function f) {
  const float* in = job.in;
  float* out = job.out;
  const std::int64_t count = job.count;
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (std::int64_t i = 0; i < count; ++i) out[i] = f(in[i]);
}

SLIPWAY_INLINE float softplus_of(float x) {
  return larger(x, 0.0F) + log_of_one_and(exp_of(-absolute(x)));
}

/// tanh(log(1 + e^x)) = n / (n + 2), n = e^x (e^x + 2)
SLIPWAY_INLINE float mish_of(float x) {
  const float e = exp_of(smaller(x, 30.0F));
  const float n = e * (e + 2.0F);
  return x * (n / (n + 2.0F));
}

SLIPWAY_INLINE float gelu_of(float x) {
  const float z = x * -0.70710678F;
  const float tail = erfc_of(absolute(z));
  return 0.5F * x * (z < 0 ? 2.0F - tail : tail);
}

void run_curve(const UnaryF32& job) {
  const float a = job.a;
  const float b = job.b;
  switch (job.kind) {
    case UnaryF32Kind::hard_sigmoid:
      return each(job, [=](float x) {
        const float y = a * x + b;
        return larger(0.0F, smaller(1.0F, y));
      });
    case UnaryF32Kind::leaky:
      return each(job, [=](float x) { return x > 0 ? x : x * a; });
    case UnaryF32Kind::elu:
      return each(job, [=](float x) { return x < 0 ? a * exp_less_one_of(x) : x; });
    case UnaryF32Kind::selu:
      return each(job, [=](float x) { return b * (x > 0 ? x : a * exp_less_one_of(x)); });
    case UnaryF32Kind::celu:
      return each(job, [=](float x) {
        return larger(x, 0.0F) + smaller(0.0F, a * exp_less_one_of(x / a));
      });
    case UnaryF32Kind::shrink:
      return each(job, [=](float x) { return x > a ? x - b : x < -a ? x + b : 0.0F; });
    case UnaryF32Kind::threshold:
      return each(job, [=](float x) { return x > a ? x : 0.0F; });
    case UnaryF32Kind::softplus:
      return each(job, [](float x) { return softplus_of(x); });
    case UnaryF32Kind::softsign:
      return each(job, [](float x) { return x / (1.0F + absolute(x)); });
    case UnaryF32Kind::mish:
      return each(job, [](float x) { return mish_of(x); });
    case UnaryF32Kind::erf:
      return each(job, [](float x) { return erf_of(x); });
    case UnaryF32Kind::gelu:
      return each(job, [](float x) { return gelu_of(x); });
    case UnaryF32Kind::gelu_tanh:
      return each(job, [](float x) {
        return 0.5F * x * (1.0F + tanh_of(0.79788456F * (x + 0.044715F * x * x * x)));
      });
    default:
      return unary_f32_library(job);
  }
}

void run_unary(const UnaryF32& job) {
  const float a = job.a;
  const float b = job.b;
  switch (job.kind) {
    case UnaryF32Kind::clip:
      return each(job, [=](float x) { return smaller(larger(x, a), b); });
    case UnaryF32Kind::abs:
      return each(job, [](float x) { return absolute(x); });
    case UnaryF32Kind::neg:
      return each(job, [](float x) { return -x; });
    case UnaryF32Kind::sign:
      return each(job, [](float x) { return x > 0 ? 1.0F : x < 0 ? -1.0F : 0.0F; });
    case UnaryF32Kind::square:
      return each(job, [](float x) { return x * x; });
    case UnaryF32Kind::sqrt:
      return each(job, [](float x) { return __builtin_sqrtf(x); });
    case UnaryF32Kind::rsqrt:
      return each(job, [](float x) { return 1.0F / __builtin_sqrtf(x); });
    case UnaryF32Kind::reciprocal:
      return each(job, [](float x) { return 1.0F / x; });
    case UnaryF32Kind::floor:
      return each(job, [](float x) { return __builtin_floorf(x); });
    case UnaryF32Kind::ceil:
      return each(job, [](float x) { return __builtin_ceilf(x); });
    case UnaryF32Kind::round:
      return each(job, [](float x) { return __builtin_nearbyintf(x); });
    case UnaryF32Kind::exp:
      return each(job, [](float x) { return exp_of(x); });
    case UnaryF32Kind::log:
      return each(job, [](float x) { return log_of(x); });
    case UnaryF32Kind::sigmoid:
      return each(job, [](float x) { return 1.0F / (1.0F + exp_of(-x)); });
    case UnaryF32Kind::tanh:
      return each(job, [](float x) { return tanh_of(x); });
    case UnaryF32Kind::swish:
      return each(job, [=](float x) { return x / (1.0F + exp_of(-a * x)); });
    case UnaryF32Kind::hard_swish:
      return each(job, [](float x) {
        const float inner = larger(0.0F, x + 3.0F);
        return x * smaller(6.0F, inner) / 6.0F;
      });
    default:
      return run_curve(job);
  }
}

}  // namespace
}  // namespace slipway::kernels
