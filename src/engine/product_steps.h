#pragma once
// Convolutions and dense layers as products of matrices.

#include "engine/plan.h"
#include "kernels/gemm_u8.h"

namespace slipway::engine {

/// Which elements of pictures (channels last) the rows of a product are, and how the work is cut.
/// Row (n, y, x) of the output reads, for each row of the window, kernel_x * channels elements in a
/// run (with gaps between columns, `channels` for each column). Nothing reads outside of the
/// pictures: borders were made before.
///
/// A 1x1 convolution is one line of all pixels; a dense layer one line of its batch.
struct ProductRows {
  std::int32_t lines = 1;  // rows of output pixels, of all pictures
  std::int32_t line_pixels = 1;
  std::int32_t picture_lines = 1;  // of these, in one picture
  std::int32_t reserved = 0;
  std::int64_t picture = 0;  // elements between two pictures of the input
  std::int64_t row = 0;      // between two of its rows
  std::int32_t channels = 0;
  std::int32_t stride_y = 1;
  std::int32_t stride_x = 1;
  std::int32_t kernel_y = 1;
  std::int32_t kernel_x = 1;  // columns that are runs of their own; 1 where a window's row is a run
  std::int32_t dilation_y = 1;
  std::int32_t dilation_x = 1;
  std::int32_t unit_lines = 1;    // a unit takes so many lines
  std::int32_t unit_pixels = 0;   // of so many pixels each
  std::int32_t unit_columns = 0;  // and so many output channels: whole panels
};

/// The units into which a product of `columns` output channels is cut.
[[nodiscard]] constexpr int units_of(const ProductRows& rows, int columns) {
  const auto parts = [](int all, int each) { return (all + each - 1) / each; };
  return parts(columns, rows.unit_columns) * parts(rows.lines, rows.unit_lines) *
         parts(rows.line_pixels, rows.unit_pixels);
}

/// Windows of more runs than that are no step.
inline constexpr int kMostSegments = 256;

struct ProductU8Step {
  StepHeader header;
  ProductRows rows;
  kernels::GemmU8Shape shape;
  Place a;
  Place panels;
  Place c;  // floats where the shape says so
  std::int64_t c_stride = 0;
  Place residual;
  std::int64_t residual_stride = 0;
  kernels::Requantization requantization;
  kernels::Addition addition;
};

void run(const ProductU8Step& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
