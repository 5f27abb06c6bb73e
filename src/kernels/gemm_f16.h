#pragma once
// Products of matrices of floats in half floats: two to four times as many in one instruction as of
// floats where processors compute with them, and less exact.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm_f32.h"
#include "kernels/isa.h"

namespace slipway::kernels {

/// So many products become one half float, before it is added to floats.
inline constexpr int kHalfChunk = 32;

/// The product that gemm_f32.h defines, of a and w rounded to half floats (11 bits of fraction, up
/// to 65504 and down to 2^-24, halves to even). In the order of s and k, across segments, each
/// kHalfChunk products begin at 0 and are added in half floats, each with one rounding (fused); the
/// sum of a chunk is added to a float, which began as the bias; then the residual. All variants
/// give the same bits.
///
/// Bound: in a chunk of C products each of C roundings multiplies what it rounds by 1 + d, |d| <=
/// u = 2^-11, or adds 2^-25 where the result is below 2^-14. What is rounded is a partial sum, of
/// at most (1 + u)^C times the chunk's sum |a w|, so the chunk is off by
///
///   ((1 + u)^C - 1) * sum |a w| + C * 2^-25 * (1 + u)^C
///
/// and for C = 32 the factor is 0.01575 < 33 * 2^-11. The sums of floats add (K / C + 2) roundings
/// of 2^-24. With the rounded a and w, K products in all and no sum beyond 65504, the result is
/// within
///
///   33 * 2^-11 * sum |a w| + K * 1.02 * 2^-25
///     + (K / C + 3) * 2^-23 * (|bias| + sum |a w| + |residual|)
///
/// of the exact value. That is the worst case, 1.6 % of sum |a w|; errors of both signs come to
/// some hundredths of it. Chunks are what keeps it from growing with K.
struct GemmF16 {
  GemmF32 product;                 // with panels that pack_gemm_f16 wrote
  std::byte* workspace = nullptr;  // aligned to 64 bytes; not shared by jobs that run at once
};

/// One way to compute it.
struct GemmF16Variant {
  Isa isa;
  int panel;  // channels that are computed together; how constants are packed depends on it
  void (*run)(const GemmF16&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const GemmF16Variant> gemm_f16_variants();

/// What a job with so many rows, `a_stride` apart, needs as workspace.
[[nodiscard]] std::size_t workspace_bytes(const GemmF16Variant& variant, const GemmF32Shape& shape,
                                          int m, std::ptrdiff_t a_stride);

/// The bytes that pack_gemm_f16 writes.
[[nodiscard]] std::size_t packed_bytes(const GemmF16Variant& variant, const GemmF32Shape& shape);

/// Where the panel begins whose first column is `n`, as that of gemm_f32.
[[nodiscard]] std::size_t panel_offset(const GemmF16Variant& variant, const GemmF32Shape& shape,
                                       int n);

/// Rounds constants and puts them into the order in which the variant reads them.
///
/// weights  [segments * segment_floats, n], row by row
/// bias     n of them, or nullptr: zeros
/// to       packed_bytes() bytes, aligned to 64
void pack_gemm_f16(const GemmF16Variant& variant, const GemmF32Shape& shape, const float* weights,
                   const float* bias, std::byte* to);

}  // namespace slipway::kernels
