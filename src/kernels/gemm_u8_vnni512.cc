// gemm_u8 by dot products of four bytes in 512-bit vectors: 14 rows x 32 channels in 28 of the 32
// registers. Row addresses are five bases and a stride, so that none of them is spilled.
// Measured: bench/results.

#include "kernels/gemm_u8_isa.h"
#include "kernels/gemm_u8_panel.h"
#include "kernels/vector512.h"

namespace slipway::kernels {
namespace {

constexpr int kPanel = 32;

/// The constants of a panel and where its results go.
struct Panel {
  const std::byte* constants;
  const std::byte* weights;
  __mmask32 columns;  // of the last panel not all count
  int first;          // column
};

SLIPWAY_INLINE __m512i clamped(__m512i bytes, int low, int high) {
  return _mm512_min_epu8(_mm512_max_epu8(bytes, _mm512_set1_epi8(static_cast<char>(low))),
                         _mm512_set1_epi8(static_cast<char>(high)));
}

/// Floats of half h of a panel: all 16, or the 8 that a narrow panel has.
template <int kWidth>
SLIPWAY_INLINE __m512 floats_of(const std::byte* row, int h) {
  const auto* floats = reinterpret_cast<const float*>(row) + h * (kWidth / 2);
  return kWidth == kPanel ? _mm512_load_ps(floats) : _mm512_castps256_ps512(_mm256_load_ps(floats));
}

/// 32 words of one row. Saturation only moves what is far outside of a byte.
template <Requantize kKind, int kWidth>
SLIPWAY_INLINE __m512i words(const __m512i (&sums)[2], const Panel& panel, __m512i zero) {
  const auto half = [&](int h) __attribute__((always_inline)) {
    return requantized<64, kKind>(sums[h], floats_of<kWidth>(panel.constants + kWidth * 4, h),
                                  floats_of<kWidth>(panel.constants + kWidth * 8, h));
  };
  const __m512i packed = _mm512_packs_epi32(half(0), half(1));
  return kKind == Requantize::magic ? packed : _mm512_adds_epi16(packed, zero);
}

/// The same words with the residual's bytes added.
SLIPWAY_INLINE __m512i added(const GemmU8& job, const Panel& panel, int row, __m512i packed) {
  const __m512i low = _mm512_set1_epi16(job.requantization.low);
  const __m512i high = _mm512_set1_epi16(job.requantization.high);
  const __m512i cut = _mm512_min_epi16(_mm512_max_epi16(packed, low), high);
  // Channels 0 to 3 of each 8 belong to the first half, the others to the second.
  const __m256i bytes = _mm256_permutevar8x32_epi32(
      _mm256_loadu_si256(
          reinterpret_cast<const __m256i*>(job.residual + row * job.residual_stride + panel.first)),
      _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
  const auto half = [&](__m512i mine, __m128i other) __attribute__((always_inline)) {
    const __m512 a = _mm512_cvtepi32_ps(mine);
    const __m512 b = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(other));
    const __m512 scale = _mm512_set1_ps(job.addition.scale);
    const __m512 residual_scale = _mm512_set1_ps(job.addition.residual_scale);
    const __m512 constant = _mm512_set1_ps(job.addition.constant);
    return _mm512_cvtps_epi32(
        job.addition.residual_last
            ? _mm512_fmadd_ps(b, residual_scale, _mm512_fmadd_ps(a, scale, constant))
            : _mm512_fmadd_ps(a, scale, _mm512_fmadd_ps(b, residual_scale, constant)));
  };
  const __m512i none = _mm512_setzero_si512();  // no word is negative: that is its upper half
  return _mm512_packs_epi32(
      half(_mm512_unpacklo_epi16(cut, none), _mm256_castsi256_si128(bytes)),
      half(_mm512_unpackhi_epi16(cut, none), _mm256_extracti128_si256(bytes, 1)));
}

template <Requantize kKind, GemmOutput kOutput, int kRows, int kWidth>
SLIPWAY_INLINE void store_bytes(const GemmU8& job, int row, const Panel& panel,
                                const __m512i (&sums)[kRows][2]) {
  const __m512i zero = _mm512_set1_epi16(job.requantization.zero);
  const __m512i natural = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  const auto finished = [&](int i) __attribute__((always_inline)) {
    const __m512i packed = words<kKind, kWidth>(sums[i], panel, zero);
    return kOutput == GemmOutput::added ? added(job, panel, row + i, packed) : packed;
  };
  const auto store = [&](int i, __m256i bytes) __attribute__((always_inline)) {
    std::uint8_t* to = job.c + (row + i) * job.c_stride + panel.first;
    if (panel.columns == 0xFFFFFFFFU) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
    } else {
      _mm256_mask_storeu_epi8(to, panel.columns, bytes);
    }
  };
  const bool plus = kOutput == GemmOutput::added;
  const int low = plus ? job.addition.low : job.requantization.low;
  const int high = plus ? job.addition.high : job.requantization.high;
  SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 2) {
    const bool pair = i + 1 < kRows;
    const __m512i first = finished(i);
    const __m512i second = pair ? finished(pair ? i + 1 : i) : first;
    const __m512i packed = _mm512_packus_epi16(first, second);
    const __m512i bytes = clamped(_mm512_permutexvar_epi64(natural, packed), low, high);
    store(i, _mm512_castsi512_si256(bytes));
    if (pair) store(i + 1, _mm512_extracti64x4_epi64(bytes, 1));
  }
}

template <int kRows, int kVectors>
SLIPWAY_INLINE void store_floats(const GemmU8& job, int row, const Panel& panel,
                                 const __m512i (&sums)[kRows][kVectors]) {
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) {
      const __m512 scale = _mm512_load_ps(panel.constants + kVectors * 64 + v * 64);
      float* to = job.y + (row + i) * job.c_stride + panel.first + 16 * v;
      const auto columns = static_cast<__mmask16>(panel.columns >> (16 * v));
      _mm512_mask_storeu_ps(to, columns, _mm512_mul_ps(_mm512_cvtepi32_ps(sums[i][v]), scale));
    }
  }
}

/// A wide panel has two vectors of sums for each row, a narrow one a single one.
template <Requantize kKind, GemmOutput kOutput, int kRows, int kWidth>
SLIPWAY_INLINE void tile(const GemmU8& job, int row, const Panel& panel) {
  constexpr int kVectors = kWidth / 16;
  __m512i sums[kRows][kVectors];
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) sums[i][v] =
        _mm512_load_si512(panel.constants + 64 * v);
  }
  const std::ptrdiff_t stride = job.a_stride;
  const std::byte* weights = panel.weights;
  const std::size_t segment = static_cast<std::size_t>(quads_of(job.shape)) * kWidth * 4;
  SLIPWAY_LOOP for (int s = 0; s < job.shape.segments; ++s) {
    const std::uint8_t* base[(kRows + 2) / 3];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] = job.a[s] + (row + i) * stride;
    const std::byte* const end = weights + segment;
    SLIPWAY_LOOP for (; weights != end; weights += kWidth * 4) {
      __m512i w[kVectors];
      SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) w[v] = _mm512_load_si512(weights + 64 * v);
      SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
        int quad;
        __builtin_memcpy(&quad, base[i / 3] + (i % 3) * stride, 4);
        const __m512i a = _mm512_set1_epi32(quad);
        SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) sums[i][v] =
            _mm512_dpbusd_epi32(sums[i][v], a, w[v]);
      }
      SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) {
        base[i / 3] += 4;
        asm("" : "+r"(base[i / 3]));  // else each row's address is computed ahead, and spilled
      }
    }
  }
  if constexpr (kOutput == GemmOutput::floats) {
    store_floats(job, row, panel, sums);
  } else if constexpr (kVectors == 2) {
    store_bytes<kKind, kOutput, kRows, kWidth>(job, row, panel, sums);
  } else {
    __m512i halves[kRows][2];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      halves[i][0] = sums[i][0];
      halves[i][1] = _mm512_castsi256_si512(_mm512_extracti64x4_epi64(sums[i][0], 1));
    }
    store_bytes<kKind, kOutput, kRows, kWidth>(job, row, panel, halves);
  }
}

/// All rows of one panel. A last tile of fewer rows than 14 goes back over rows already done: the
/// same bytes are written again.
template <Requantize kKind, GemmOutput kOutput, int kWidth>
SLIPWAY_INLINE void rows(const GemmU8& job, const Panel& panel) {
  int row = 0;
  SLIPWAY_LOOP for (; row + 14 <= job.m; row += 14)
      tile<kKind, kOutput, 14, kWidth>(job, row, panel);
  const int left = job.m - row;
  if (left == 0) return;
  if (left > 7 && job.m >= 14) return tile<kKind, kOutput, 14, kWidth>(job, job.m - 14, panel);
  if (job.m >= 7) {
    if (left > 7) tile<kKind, kOutput, 7, kWidth>(job, row, panel);
    return tile<kKind, kOutput, 7, kWidth>(job, job.m - 7, panel);
  }
  SLIPWAY_LOOP for (; row + 2 <= job.m; row += 2) tile<kKind, kOutput, 2, kWidth>(job, row, panel);
  if (row < job.m) tile<kKind, kOutput, 1, kWidth>(job, row, panel);
}

template <Requantize kKind, GemmOutput kOutput>
void run(const GemmU8& job) {
  const std::byte* panel = job.panels;
  for (int n = 0; n < job.shape.n; n += kPanel) {
    const int left = job.shape.n - n;
    const __mmask32 columns =
        left >= kPanel ? 0xFFFFFFFFU : (1U << static_cast<unsigned>(left)) - 1;
    const int width = panel_width(n, job.shape, kPanel);
    const Panel here{panel, panel + constants_bytes(width), columns, n};
    width == kPanel ? rows<kKind, kOutput, kPanel>(job, here)
                    : rows<kKind, kOutput, kPanel / 2>(job, here);
    panel += panel_bytes(job.shape, width);
  }
}

}  // namespace

void gemm_u8_vnni512(const GemmU8& job) {
  const bool magic = job.requantization.kind == Requantize::magic;
  if (job.shape.output == GemmOutput::floats)
    return run<Requantize::multiply, GemmOutput::floats>(job);
  if (job.shape.output == GemmOutput::added) {
    return magic ? run<Requantize::magic, GemmOutput::added>(job)
                 : run<Requantize::multiply, GemmOutput::added>(job);
  }
  magic ? run<Requantize::magic, GemmOutput::bytes>(job)
        : run<Requantize::multiply, GemmOutput::bytes>(job);
}

}  // namespace slipway::kernels
