#pragma once
// Products of matrices of floats: 1x1 convolutions, dense layers, and any convolution whose window
// is a few runs of floats.

#include <cstddef>
#include <limits>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// What is known when a model is compiled.
struct GemmF32Shape {
  int n = 0;               // output channels
  int segments = 1;        // runs of floats that one output row reads
  int segment_floats = 0;  // length of each
};

/// c[i, j] = clamp(bias[j] + sum over s, k of a[s][i, k] * w[s * segment_floats + k, j]
///                 + residual[i, j], low, high)
///
/// Segment s of row i are the floats at a[s] + i * a_stride; nothing else is read. What is not a
/// number passes through the clamp.
///
/// Variants with fused multiply-add begin with the bias and add products in the order of s and k,
/// each with one rounding, then the residual: all of them give the same bits. The portable one
/// rounds products, too. With K = segments * segment_floats both are within (K + 2) * 2^-23 *
/// (|bias| + sum |a w| + |residual|) of the exact value: each of at most 2K + 1 operations adds
/// 2^-24 of what is no more than that, and the rest of the factor is room for terms of higher
/// order.
struct GemmF32 {
  GemmF32Shape shape;
  int m = 0;  // rows
  const float* const* a = nullptr;
  std::ptrdiff_t a_stride = 0;        // in floats, as all strides
  const std::byte* panels = nullptr;  // what pack wrote, aligned to 64 bytes
  float* c = nullptr;                 // must not overlap the rows of a
  std::ptrdiff_t c_stride = 0;
  const float* residual = nullptr;  // may be c
  std::ptrdiff_t residual_stride = 0;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

/// One way to compute it.
struct GemmF32Variant {
  Isa isa;
  int panel;  // channels that are computed together; how constants are packed depends on it
  void (*run)(const GemmF32&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const GemmF32Variant> gemm_f32_variants();

/// The bytes that pack_gemm_f32 writes.
[[nodiscard]] std::size_t packed_bytes(const GemmF32Variant& variant, const GemmF32Shape& shape);

/// Where the panel begins whose first column is `n`, a multiple of the variant's panel. A product
/// of the columns from there on is one of its own, with shape.n less by n, and c and residual moved
/// by n: so columns are split among threads.
[[nodiscard]] std::size_t panel_offset(const GemmF32Variant& variant, const GemmF32Shape& shape,
                                       int n);

/// Puts constants into the order in which the variant reads them.
///
/// weights  [segments * segment_floats, n], row by row
/// bias     n of them, or nullptr: zeros
/// to       packed_bytes() bytes, aligned to 64
void pack_gemm_f32(const GemmF32Variant& variant, const GemmF32Shape& shape, const float* weights,
                   const float* bias, std::byte* to);

}  // namespace slipway::kernels
