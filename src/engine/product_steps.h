#pragma once
// Convolutions and dense layers as products of matrices.

#include "engine/plan.h"
#include "kernels/gemm_bf16.h"
#include "kernels/gemm_f16.h"
#include "kernels/gemm_f32.h"
#include "kernels/gemm_u8.h"

namespace slipway::engine {

/// Which elements of pictures (channels last) the rows of a product are, and how the work is cut.
/// An output pixel reads a run of elements for each row of the window, or for each of its columns
/// where these lie apart (dilation, groups). Nothing reads outside of the pictures: borders were
/// made before.
///
/// A 1x1 convolution is one line of all pixels, unless its output has borders; a dense layer one
/// line of its batch.
struct ProductRows {
  std::int32_t lines = 1;  // rows of output pixels, of all pictures
  std::int32_t line_pixels = 1;
  std::int32_t picture_lines = 1;  // of these, in one picture
  std::int32_t channels = 0;       // elements between two pixels of the input
  std::int64_t picture = 0;        // between two pictures
  std::int64_t row = 0;            // between two of its rows
  std::int64_t out_picture = 0;    // the same of the output
  std::int64_t out_row = 0;
  std::int64_t out_pixel = 0;
  std::int64_t residual_pixel = 0;  // between two pixels of a residual, whichever their rows
  std::int32_t stride_y = 1;
  std::int32_t stride_x = 1;
  std::int32_t kernel_y = 1;
  std::int32_t kernel_x = 1;  // columns that are runs of their own; 1 where a window's row is a run
  std::int32_t dilation_y = 1;
  std::int32_t dilation_x = 1;
  std::int32_t unit_pixels = 0;   // a unit takes so many pixels of one line
  std::int32_t unit_columns = 0;  // and so many output channels: whole panels
  std::int32_t together = 1;      // units of one line that a thread may do as one
  std::int32_t wanted = 0;        // pixels of each line, where all lines of a picture are one
  std::int32_t by_pixels = 0;     // whether units with the same pixels follow each other
  std::int32_t reserved = 0;
};

/// Where all lines of a picture are one: pixels from the beginning of one to that of the next.
[[nodiscard]] constexpr std::int32_t apart(const ProductRows& rows) {
  return static_cast<std::int32_t>(rows.row * rows.stride_y /
                                   (std::int64_t{rows.channels} * rows.stride_x));
}

/// Where all lines of a picture are one: how many there are.
[[nodiscard]] constexpr std::int32_t lines_of(const ProductRows& rows) {
  return (rows.line_pixels + apart(rows) - 1) / apart(rows);
}

/// The pixels of an output.
[[nodiscard]] constexpr std::int64_t pixels_of(const ProductRows& rows) {
  return rows.wanted == 0 ? std::int64_t{rows.lines} * rows.line_pixels
                          : std::int64_t{rows.lines} * lines_of(rows) * rows.wanted;
}

/// The units into which a product of `columns` output channels is cut: those with the same columns
/// follow each other, or those with the same pixels. Threads share units in order, so the latter
/// leaves to each thread the pixels that it has in other steps, and the others' out of its cache.
[[nodiscard]] constexpr int units_of(const ProductRows& rows, int columns) {
  const auto parts = [](int all, int each) { return (all + each - 1) / each; };
  return parts(columns, rows.unit_columns) * rows.lines * parts(rows.line_pixels, rows.unit_pixels);
}

/// Units that run at the same time have workspaces of their own, if their variant needs any: units
/// done in turn by one thread share that of the first, and of those behind it.
struct ProductU8Step {
  StepHeader header;
  ProductRows rows;
  kernels::GemmU8Shape shape;
  Place a;
  Place panels;
  Place c;  // floats or sums where the shape says so
  Place residual;
  Place workspace;
  std::int64_t unit_workspace = 0;  // bytes
  kernels::Requantization requantization;
  std::uint16_t reserved = 0;
  kernels::Addition addition;
};

struct ProductF32Step {
  StepHeader header;
  ProductRows rows;
  kernels::GemmF32Shape shape;
  std::uint32_t adds = 0;  // whether there is a residual
  Place a;
  Place panels;
  Place c;
  Place residual;
  float low = 0;
  float high = 0;
};

/// The same with operands rounded to bfloat16. Workspaces as those of ProductU8Step.
struct ProductBf16Step {
  ProductF32Step product;
  Place workspace;
  std::int64_t unit_workspace = 0;  // bytes
  std::uint32_t rounded_a = 0;      // what is bfloat16 in memory, too
  std::uint32_t rounded_c = 0;
  std::uint32_t rounded_residual = 0;
  std::uint32_t reserved = 0;
};

/// The same in half floats, of floats in memory.
struct ProductF16Step {
  ProductF32Step product;
  Place workspace;
  std::int64_t unit_workspace = 0;  // bytes
};

void run(const ProductF16Step& step, const Bases& bases, int first, int last);
void run(const ProductBf16Step& step, const Bases& bases, int first, int last);
void run(const ProductU8Step& step, const Bases& bases, int first, int last);
void run(const ProductF32Step& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
