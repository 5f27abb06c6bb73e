#pragma once
// reduce as loops that compilers turn into vectors, private to each file that includes it.

#include "kernels/fixed_body.h"
#include "kernels/math_body.h"
#include "kernels/reduce_isa.h"

namespace slipway::kernels {
namespace {

/// The elements of one run, in kParts parts.
template <class T, class Sum, class Fold>
SLIPWAY_INLINE Sum along(const T* in, std::int64_t length, Sum start, Fold f,
                         Sum (*join)(Sum, Sum)) {
  constexpr int kParts = 16;
  Sum parts[kParts];
  for (int i = 0; i < kParts; ++i) parts[i] = start;
  std::int64_t k = 0;
  for (; k + kParts <= length; k += kParts) {
    for (int i = 0; i < kParts; ++i) parts[i] = f(parts[i], in[k + i]);
  }
  for (int i = 0; k < length; ++k, ++i) parts[i] = f(parts[i], in[k]);
  Sum sum = parts[0];
  for (int i = 1; i < kParts; ++i) sum = join(sum, parts[i]);
  return sum;
}

/// kTogether neighbours, in order.
template <int kTogether, class T, class Out, class Sum, class Fold, class Finish>
SLIPWAY_INLINE void across(const T* in, Out* out, std::int64_t length, std::int64_t inner,
                           Sum start, Fold f, Finish finish) {
  Sum sums[kTogether];
  for (int i = 0; i < kTogether; ++i) sums[i] = start;
  for (std::int64_t k = 0; k < length; ++k, in += inner) {
    for (int i = 0; i < kTogether; ++i) sums[i] = f(sums[i], in[i]);
  }
  for (int i = 0; i < kTogether; ++i) out[i] = finish(sums[i]);
}

template <class T, class Sum, class Fold, class Finish>
SLIPWAY_INLINE void reduce(const Reduce& job, Sum start, Fold f, Sum (*join)(Sum, Sum),
                           Finish finish) {
  const auto* in = static_cast<const T*>(job.in) + job.first * job.length * job.inner;
  auto* out = static_cast<T*>(job.out) + job.first * job.inner;
  for (std::int64_t o = job.first; o < job.last; ++o) {
    if (job.inner == 1) {
      *out = finish(along<T, Sum>(in, job.length, start, f, join));
    } else {
      std::int64_t i = 0;
      for (; i + 64 <= job.inner; i += 64)
        across<64>(in + i, out + i, job.length, job.inner, start, f, finish);
      for (; i + 16 <= job.inner; i += 16)
        across<16>(in + i, out + i, job.length, job.inner, start, f, finish);
      for (; i < job.inner; ++i)
        across<1>(in + i, out + i, job.length, job.inner, start, f, finish);
    }
    in += job.length * job.inner;
    out += job.inner;
  }
}

template <class T>
SLIPWAY_INLINE T sum_of(T a, T b) {
  return a + b;
}

SLIPWAY_INLINE float product_of(float a, float b) { return a * b; }

template <class T>
SLIPWAY_INLINE T most_of(T a, T b) {
  return b > a ? b : a;
}

template <class T>
SLIPWAY_INLINE T least_of(T a, T b) {
  return b < a ? b : a;
}

/// log(sum of e^x), the largest x taken out; the inner elements one after the other.
void reduce_log_sum_exp(const Reduce& job) {
  const auto* in = static_cast<const float*>(job.in);
  auto* out = static_cast<float*>(job.out);
  const float infinity = as_float(0x7F800000);
  for (std::int64_t o = job.first; o < job.last; ++o) {
    for (std::int64_t i = 0; i < job.inner; ++i) {
      const float* x = in + o * job.length * job.inner + i;
      float most = -infinity;
      for (std::int64_t k = 0; k < job.length; ++k) most = most_of(most, x[k * job.inner]);
      const float shift = absolute(most) < infinity ? most : 0.0F;
      float sum = 0;
      for (std::int64_t k = 0; k < job.length; ++k) sum += exp_of(x[k * job.inner] - shift);
      out[o * job.inner + i] = log_of(sum) + shift;
    }
  }
}

template <class T>
void reduce_bytes(const Reduce& job) {
  const ReduceScale& scale = job.scale;
  const auto zeros =
      static_cast<std::uint32_t>(scale.zero_in) * static_cast<std::uint32_t>(job.length);
  constexpr std::int32_t kLow = static_cast<T>(-1) < 0 ? -128 : 0;
  reduce<T, std::int32_t>(
      job, 0, [](std::int32_t a, T b) { return a + b; }, sum_of<std::int32_t>,
      [=](std::int32_t sum) {
        const auto centred = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) - zeros);
        const std::int64_t y =
            std::int64_t{scaled_twice(centred, scale.multiplier, scale.shift)} + scale.zero_out;
        return static_cast<T>(y < kLow ? kLow : y > kLow + 255 ? kLow + 255 : y);
      });
}

template <class T>
void reduce_ends(const Reduce& job, bool largest) {
  constexpr T kLow = static_cast<T>(static_cast<T>(-1) < 0 ? -128 : 0);
  constexpr T kHigh = static_cast<T>(static_cast<T>(-1) < 0 ? 127 : 255);
  const auto as_it_is = [](T x) { return x; };
  if (largest) return reduce<T, T>(job, kLow, most_of<T>, most_of<T>, as_it_is);
  reduce<T, T>(job, kHigh, least_of<T>, least_of<T>, as_it_is);
}

void reduce_floats(const Reduce& job) {
  const float infinity = as_float(0x7F800000);
  const auto as_it_is = [](float x) { return x; };
  const auto square = [](float a, float b) { return a + b * b; };
  const auto length = static_cast<float>(job.length);
  switch (job.kind) {
    case ReduceKind::mean:
      return reduce<float>(job, 0.0F, sum_of<float>, sum_of<float>,
                           [=](float sum) { return sum / length; });
    case ReduceKind::largest:
      return reduce<float>(job, -infinity, most_of<float>, most_of<float>, as_it_is);
    case ReduceKind::least:
      return reduce<float>(job, infinity, least_of<float>, least_of<float>, as_it_is);
    case ReduceKind::product:
      return reduce<float>(job, 1.0F, product_of, product_of, as_it_is);
    case ReduceKind::sizes:
      return reduce<float>(
          job, 0.0F, [](float a, float b) { return a + absolute(b); }, sum_of<float>, as_it_is);
    case ReduceKind::root_of_squares:
      return reduce<float>(job, 0.0F, square, sum_of<float>,
                           [](float sum) { return __builtin_sqrtf(sum); });
    case ReduceKind::squares:
      return reduce<float>(job, 0.0F, square, sum_of<float>, as_it_is);
    case ReduceKind::log_sum:
      return reduce<float>(job, 0.0F, sum_of<float>, sum_of<float>,
                           [](float sum) { return log_of(sum); });
    case ReduceKind::log_sum_exp:
      return reduce_log_sum_exp(job);
    default:
      return reduce<float>(job, 0.0F, sum_of<float>, sum_of<float>, as_it_is);
  }
}

void run_reduce(const Reduce& job) {
  switch (job.kind) {
    case ReduceKind::largest_u8:
    case ReduceKind::least_u8:
      return reduce_ends<std::uint8_t>(job, job.kind == ReduceKind::largest_u8);
    case ReduceKind::largest_i8:
    case ReduceKind::least_i8:
      return reduce_ends<std::int8_t>(job, job.kind == ReduceKind::largest_i8);
    case ReduceKind::sum_u8:
      return reduce_bytes<std::uint8_t>(job);
    case ReduceKind::sum_i8:
      return reduce_bytes<std::int8_t>(job);
    default:
      return reduce_floats(job);
  }
}

}  // namespace
}  // namespace slipway::kernels
