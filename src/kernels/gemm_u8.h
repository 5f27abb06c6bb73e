#pragma once
// Products of matrices of bytes: 1x1 convolutions, dense layers, and any convolution whose window
// is a few runs of bytes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/isa.h"
#include "kernels/requantize.h"
#include "kernels/row_lines.h"

namespace slipway::kernels {

/// What becomes of the sums.
enum class GemmOutput : std::uint32_t {
  bytes,   // requantized
  added,   // requantized, then added to other bytes: a residual
  floats,  // times the channel's scale
  sums,    // as they are
};

/// What is known when a model is compiled.
struct GemmU8Shape {
  int n = 0;              // output channels
  int segments = 1;       // runs of bytes that one output row reads
  int segment_bytes = 0;  // length of each
  GemmOutput output = GemmOutput::bytes;
};

/// sum[i, j] = bias[j] + sum over s, k of a[s][i, k] * w[s * segment_bytes + k, j], and
///
///   bytes    c[i, j] = requantize(sum)
///   added    c[i, j] = requantize(sum) added to residual[i, j]
///   floats   y[i, j] = float(sum) * scale[j]
///   sums     sums[i, j] = sum
///
/// Segment s of row i are the bytes at a[s] + i * a_stride. Up to 31 bytes behind each are read and
/// count nothing; of the residual up to 31 behind the last column.
struct GemmU8 {
  GemmU8Shape shape;
  int m = 0;  // rows
  const std::uint8_t* const* a = nullptr;
  std::ptrdiff_t a_stride = 0;
  const std::byte* panels = nullptr;  // what pack wrote, aligned to 64 bytes
  int first = 0;    // the column where c, y and residual begin; a multiple of the variant's panel
  int columns = 0;  // behind it, a multiple as well unless they are the last; 0: all
  std::uint8_t* c = nullptr;    // must not overlap the rows of a, nor the residual
  std::ptrdiff_t c_stride = 0;  // in elements
  Requantization requantization;
  const std::uint8_t* residual = nullptr;
  std::ptrdiff_t residual_stride = 0;
  Addition addition;
  float* y = nullptr;              // in place of c
  std::int32_t* sums = nullptr;    // in place of c
  std::byte* workspace = nullptr;  // aligned to 64 bytes; not shared by jobs that run at once
  RowLines lines;                  // only for variants that take them
};

/// What a variant multiplies.
enum class GemmU8Operands : std::uint8_t {
  bytes,      // of any value
  saturated,  // sums of two products are cut to 16 bits: such bytes are split in the workspace
  less_128,   // bytes are taken less 128: biases make up for it
  words,      // rows are widened to 16 bits in the workspace, and weights are as wide
};

/// One way to compute it.
struct GemmU8Variant {
  Isa isa;
  int panel;  // channels that are computed together; how constants are packed depends on it
  GemmU8Operands operands;
  void (*run)(const GemmU8&);
  bool takes_lines = false;  // saturated: where results and residuals have nothing between lines
};

/// "avx2", "avx2 words".
[[nodiscard]] std::string_view name_of(const GemmU8Variant& variant);

/// What packing reads. Weights are whatever a difference of two bytes can be: those that do not fit
/// in 8 bits (of types with a zero point) cost their panel a step more for each four rows.
struct GemmU8Constants {
  const std::int16_t* weights = nullptr;   // [segments * segment_bytes, n], row by row
  const ChannelScale* channels = nullptr;  // n
  Requantize safe = Requantize::multiply;  // as in the job's Requantization
  const std::uint8_t* table = nullptr;     // kTableBytes where the addition is one
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const GemmU8Variant> gemm_u8_variants();

/// What a job with so many rows, `a_stride` bytes apart, needs as workspace.
[[nodiscard]] std::size_t workspace_bytes(const GemmU8Variant& variant, const GemmU8Shape& shape,
                                          int m, std::ptrdiff_t a_stride);

/// The bytes that pack_gemm_u8 writes.
[[nodiscard]] std::size_t packed_bytes(const GemmU8Variant& variant, const GemmU8Shape& shape,
                                       const GemmU8Constants& constants);

/// Puts constants into the order in which the variant reads them, at `to`, aligned to 64 bytes.
void pack_gemm_u8(const GemmU8Variant& variant, const GemmU8Shape& shape,
                  const GemmU8Constants& constants, std::byte* to);

}  // namespace slipway::kernels
