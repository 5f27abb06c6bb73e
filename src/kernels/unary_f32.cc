#include "kernels/unary_f32.h"

#include <cmath>

#include "kernels/table.h"
#include "kernels/unary_f32_body.h"

namespace slipway::kernels {
namespace {

float (*library_function(UnaryF32Kind kind))(float) {
  switch (kind) {
    case UnaryF32Kind::acos:
      return [](float x) { return std::acos(x); };
    case UnaryF32Kind::acosh:
      return [](float x) { return std::acosh(x); };
    case UnaryF32Kind::asin:
      return [](float x) { return std::asin(x); };
    case UnaryF32Kind::asinh:
      return [](float x) { return std::asinh(x); };
    case UnaryF32Kind::atan:
      return [](float x) { return std::atan(x); };
    case UnaryF32Kind::atanh:
      return [](float x) { return std::atanh(x); };
    case UnaryF32Kind::cos:
      return [](float x) { return std::cos(x); };
    case UnaryF32Kind::cosh:
      return [](float x) { return std::cosh(x); };
    case UnaryF32Kind::sin:
      return [](float x) { return std::sin(x); };
    case UnaryF32Kind::sinh:
      return [](float x) { return std::sinh(x); };
    default:
      return [](float x) { return std::tan(x); };
  }
}

}  // namespace

void unary_f32_library(const UnaryF32& job) {
  float (*const function)(float) = library_function(job.kind);
  for (std::int64_t i = 0; i < job.count; ++i) job.out[i] = function(job.in[i]);
}

std::span<const UnaryF32Variant> unary_f32_variants() {
  static constexpr auto kVariants = table<UnaryF32Variant>({
      {Isa::portable, run_unary},
      {Isa::avx2, unary_f32_avx2},
      {Isa::avx512, unary_f32_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
