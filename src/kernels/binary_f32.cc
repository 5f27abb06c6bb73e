#include "kernels/binary_f32.h"

#include <cmath>

#include "kernels/binary_f32_body.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

float floored_remainder(float a, float b) {
  const float rest = std::fmod(a, b);
  return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
}

float (*library_function(BinaryF32Kind kind))(float, float) {
  switch (kind) {
    case BinaryF32Kind::power:
      return [](float a, float b) { return std::pow(a, b); };
    case BinaryF32Kind::arctangent:
      return [](float a, float b) { return std::atan2(a, b); };
    case BinaryF32Kind::remainder:
      return [](float a, float b) { return std::fmod(a, b); };
    case BinaryF32Kind::floored_quotient:
      return [](float a, float b) {
        return static_cast<float>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
      };
    default:
      return floored_remainder;
  }
}

}  // namespace

void binary_f32_library(const BinaryF32& job) {
  float (*const function)(float, float) = library_function(job.kind);
  for (std::int64_t i = 0; i < job.count; ++i) {
    const float y = function(job.a[i * job.a_step], job.b[i * job.b_step]);
    job.out[i] = smaller(larger(y, job.low), job.high);
  }
}

std::span<const BinaryF32Variant> binary_f32_variants() {
  static constexpr auto kVariants = table<BinaryF32Variant>({
      {Isa::portable, run_binary},
      {Isa::avx2, binary_f32_avx2},
      {Isa::avx512, binary_f32_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
