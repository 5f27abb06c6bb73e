#pragma once
// Products of matrices of floats that are rounded to bfloat16 first: twice as fast where processors
// have dot products of such numbers, and less exact.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm_f32.h"
#include "kernels/isa.h"
#include "kernels/row_lines.h"

namespace slipway::kernels {

/// The product that gemm_f32.h defines, of a and w rounded to 8 bits of fraction, halves to even.
/// Products of two such numbers are exact; sums are floats. With the rounded a and w, K products
/// and no result or operand below 2^-126 (those may become 0), the result is within (K + 2) * 2^-23
/// * (|bias| + sum |a w| + |residual|) of the exact value: so no two variants need be bit-equal.
///
/// Rows, residual and result may be bfloat16 themselves: where one of the pointers below is set, it
/// is in place of that of the product, whose strides count its elements. A result is then rounded
/// once more.
struct GemmBf16 {
  GemmF32 product;                 // with panels that pack_gemm_bf16 wrote
  std::byte* workspace = nullptr;  // aligned to 64 bytes; not shared by jobs that run at once
  const std::uint16_t* const* rounded_a = nullptr;  // then there is no workspace
  const std::uint16_t* rounded_residual = nullptr;  // may be rounded_c
  std::uint16_t* rounded_c = nullptr;
  RowLines lines;  // only for variants that take them
};

/// One way to compute it.
struct GemmBf16Variant {
  Isa isa;
  int panel;  // channels that are computed together; how constants are packed depends on it
  void (*run)(const GemmBf16&);
  bool takes_lines = false;
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const GemmBf16Variant> gemm_bf16_variants();

/// What a job with so many rows of floats, `a_stride` apart, needs as workspace.
[[nodiscard]] std::size_t workspace_bytes(const GemmBf16Variant& variant, const GemmF32Shape& shape,
                                          int m, std::ptrdiff_t a_stride);

/// The bytes that pack_gemm_bf16 writes.
[[nodiscard]] std::size_t packed_bytes(const GemmBf16Variant& variant, const GemmF32Shape& shape);

/// Where the panel begins whose first column is `n`, as that of gemm_f32.
[[nodiscard]] std::size_t panel_offset(const GemmBf16Variant& variant, const GemmF32Shape& shape,
                                       int n);

/// Rounds constants and puts them into the order in which the variant reads them.
///
/// weights  [segments * segment_floats, n], row by row
/// bias     n of them, or nullptr: zeros
/// to       packed_bytes() bytes, aligned to 64
void pack_gemm_bf16(const GemmBf16Variant& variant, const GemmF32Shape& shape, const float* weights,
                    const float* bias, std::byte* to);

}  // namespace slipway::kernels
