#pragma once
// Floats that become shares of one, or their logarithms.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// Along k of [outer, length, inner]: out = e^(beta (x - largest)) / their sum; with `log`,
/// x - largest - log(sum of e^(x - largest)). For o from `first` up to `last`.
struct SoftmaxF32 {
  const float* in = nullptr;
  float* out = nullptr;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t length = 1;
  std::int64_t inner = 1;
  float beta = 1;
  bool log = false;
};

struct SoftmaxF32Variant {
  Isa isa;
  void (*run)(const SoftmaxF32&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const SoftmaxF32Variant> softmax_f32_variants();

}  // namespace slipway::kernels
