// winograd_f32 in 512-bit vectors, with products of bfloat16. Measured: bench/results.

#include "kernels/gemm_bf16_isa.h"
#include "kernels/winograd_f32_isa.h"
#include "kernels/winograd_f32_pairs.h"
#include "kernels/winograd_f32_tiles.h"

namespace slipway::kernels {
namespace {

/// Products of what is rounded when it is transformed.
struct RoundedProducts {
  using Operand = std::uint16_t;
  static constexpr bool kRounded = true;
  static constexpr bool kBf16 = true;
  static constexpr bool kApart = true;
  static constexpr bool kPairs = true;
  using Pair = PairOfVectors;

  template <bool kDoubled, class In, class Load>
  static SLIPWAY_INLINE std::ptrdiff_t transform(std::ptrdiff_t channels, const Load& load,
                                                 std::ptrdiff_t point, Operand* to) {
    return transform_pairs<kDoubled, In>(channels, load, point, to);
  }

  static SLIPWAY_INLINE void store(Operand* to, Vector floats) { Floats::store(to, floats); }

  static void run(const GemmF32& job, const Operand* rows, std::ptrdiff_t stride) {
    GemmBf16 own{job};
    own.rounded_a = &rows;
    own.product.a_stride = stride;
    gemm_bf16_bf16_512(own);
  }
};

}  // namespace

void winograd_f32_bf16_512(const WinogradF32& job) {
  run(job, RoundedProducts{}, kGemmBf16Panel512);
}

}  // namespace slipway::kernels
