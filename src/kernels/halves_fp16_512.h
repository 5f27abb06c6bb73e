#pragma once
// Vectors of 32 half floats; what each name does is the same in all halves_*.h.

#include <cstdint>

#include <immintrin.h>

#include "kernels/floats_avx512.h"

namespace slipway::kernels {
namespace {

struct Halves {
  static constexpr int kLanes = 32;
  static constexpr int kTallest = 14;  // rows of two vectors: 28 of 32 registers
  static constexpr int kSteps = 1;     // numbers that an A has
  using V = __m512h;
  using A = const std::uint16_t*;

  static SLIPWAY_INLINE V zero() { return _mm512_setzero_ph(); }

  static SLIPWAY_INLINE V load(const std::uint16_t* p) { return _mm512_loadu_ph(p); }

  /// Numbers of a row, on their way to all lanes.
  static SLIPWAY_INLINE A operand(const std::uint16_t* p) { return p; }

  /// sum + number `kStep` of a * w. From memory, as part of the multiplication: a broadcast of 16
  /// bits to a register takes the place of one.
  template <int kStep>
  static SLIPWAY_INLINE void fuse(V& sum, A a, V w) {
    asm("vfmadd231ph %1%{1to32%}, %2, %0" : "+v"(sum) : "m"(a[kStep]), "v"(w));
  }

  /// The same with a single number.
  static SLIPWAY_INLINE void fuse_one(V& sum, const std::uint16_t* a, V w) { fuse<0>(sum, a, w); }

  /// Adds a vector to as many floats.
  static SLIPWAY_INLINE void add_to(float* sums, V v) {
    const __m512i halves = _mm512_castph_si512(v);
    const auto low = _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
    const auto high = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1));
    Floats::store(sums, Floats::add(Floats::load(sums), low));
    Floats::store(sums + 16, Floats::add(Floats::load(sums + 16), high));
  }

  /// Stores floats as halves, rounded to even.
  static SLIPWAY_INLINE void store(std::uint16_t* p, Floats::F v) {
    const auto halves = _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(p), halves);
  }
};

}  // namespace
}  // namespace slipway::kernels
