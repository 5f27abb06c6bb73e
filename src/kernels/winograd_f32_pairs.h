#pragma once
// The inputs of Winograd's tiles of 2 x 2, rounded to bfloat16, two vectors at a time: one
// instruction rounds both, and one that loads and one more for each make them from bfloat16.

#include <cstddef>
#include <cstdint>

#include "kernels/floats.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

/// 32 channels: the first and the second half of floats, the even and the odd ones of bfloat16.
struct PairOfVectors {
  __m512 v[2];

  static SLIPWAY_INLINE PairOfVectors zero() { return {{Floats::zero(), Floats::zero()}}; }

  static SLIPWAY_INLINE PairOfVectors load(const float* p) {
    return {{Floats::load(p), Floats::load(p + Floats::kLanes)}};
  }

  static SLIPWAY_INLINE PairOfVectors load(const std::uint16_t* p) {
    const __m512i both = _mm512_loadu_si512(p);
    const __m512i odd = _mm512_and_si512(both, _mm512_set1_epi32(-0x10000));
    return {{_mm512_castsi512_ps(_mm512_slli_epi32(both, 16)), _mm512_castsi512_ps(odd)}};
  }
};

/// Rounds pairs of vectors to 32 channels in their order.
template <class In>
class PairRounding {
 public:
  SLIPWAY_INLINE void store(std::uint16_t* to, const __m512 (&v)[2]) const {
    __m512i halves;
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(halves) : "v"(v[0]), "v"(v[1]));
    if constexpr (sizeof(In) == 2) halves = _mm512_permutexvar_epi16(order_, halves);
    _mm512_storeu_si512(to, halves);
  }

 private:
  /// Even channels come before odd ones: 0, 16, 1, 17, …
  static SLIPWAY_INLINE __m512i order() {
    alignas(64) static constexpr std::uint16_t kOrder[32] = {
        0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
        8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return _mm512_load_si512(kOrder);
  }

  __m512i order_ = order();
};

/// Sums and differences as products with 1, which are the same numbers: they leave adders to what
/// rounds. Measured on Zen 4: rounding shares a unit with sums, and alone takes more time than a
/// sum; with both ways there is room for all.
class BesideRounding {
 public:
  BesideRounding() { asm("" : "+v"(one_)); }  // else the compiler makes sums of them again

  SLIPWAY_INLINE __m512 add(__m512 a, __m512 b) const { return Floats::fused(one_, a, b); }

  SLIPWAY_INLINE __m512 subtract(__m512 a, __m512 b) const {
    return Floats::fused_negative(one_, b, a);
  }

 private:
  __m512 one_ = Floats::all(1);
};

/// Row kRow of B' of a column.
template <int kRow>
SLIPWAY_INLINE __m512 of_column(const PairOfVectors (&d)[4], int v) {
  if constexpr (kRow == 0) return Floats::subtract(d[0].v[v], d[2].v[v]);
  if constexpr (kRow == 1) return Floats::add(d[1].v[v], d[2].v[v]);
  if constexpr (kRow == 2) return Floats::subtract(d[2].v[v], d[1].v[v]);
  if constexpr (kRow == 3) return Floats::subtract(d[1].v[v], d[3].v[v]);
}

/// Two rows of points: there are too few registers for all four.
template <int kFirst, int kSecond, bool kDoubled, class In, class At>
SLIPWAY_INLINE void transform_rows(const At& at, const PairRounding<In>& rounding,
                                   const BesideRounding& beside, std::ptrdiff_t point,
                                   std::uint16_t* to) {
  constexpr int kRows[] = {kFirst, kSecond};
  __m512 half[2][4][2];
  SLIPWAY_UNROLL for (int j = 0; j < 4; ++j) {
    PairOfVectors d[4];
    SLIPWAY_UNROLL for (int i = 0; i < 4; ++i) d[i] = at(i, j);
    SLIPWAY_UNROLL for (int v = 0; v < 2; ++v) {
      half[0][j][v] = of_column<kFirst>(d, v);
      half[1][j][v] = of_column<kSecond>(d, v);
    }
  }
  SLIPWAY_UNROLL for (int r = 0; r < 2; ++r) {
    if (kDoubled && kRows[r] == 2) continue;
    __m512 whole[4][2];
    SLIPWAY_UNROLL for (int v = 0; v < 2; ++v) {
      const auto& h = half[r];
      whole[0][v] = beside.subtract(h[0][v], h[2][v]);
      whole[1][v] = beside.add(h[1][v], h[2][v]);
      whole[2][v] = beside.subtract(h[2][v], h[1][v]);
      whole[3][v] = beside.subtract(h[1][v], h[3][v]);
    }
    SLIPWAY_UNROLL for (int j = 0; j < 4; ++j) {
      if (kDoubled && j == 2) continue;
      rounding.store(to + (kRows[r] * 4 + j) * point, whole[j]);
    }
  }
}

/// Those channels of a tile that fill two vectors, or all but some of the second: `load(i, j, c)`
/// gives its pixels from channel c on. Returns how many channels that were.
template <bool kDoubled, class In, class Load>
SLIPWAY_INLINE std::ptrdiff_t transform_pairs(std::ptrdiff_t channels, const Load& load,
                                              std::ptrdiff_t point, std::uint16_t* to) {
  const PairRounding<In> rounding;
  const BesideRounding beside;
  std::ptrdiff_t c = 0;
  SLIPWAY_LOOP for (; c + Floats::kLanes < channels; c += 2 * Floats::kLanes) {
    const auto at = [&](int i, int j) __attribute__((always_inline)) { return load(i, j, c); };
    transform_rows<1, 2, kDoubled, In>(at, rounding, beside, point, to + c);
    transform_rows<0, 3, kDoubled, In>(at, rounding, beside, point, to + c);
  }
  return c;
}

}  // namespace
}  // namespace slipway::kernels
