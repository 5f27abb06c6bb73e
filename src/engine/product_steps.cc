#include "engine/product_steps.h"

#include "engine/places.h"

namespace slipway::engine {
namespace {

int parts(int all, int each) { return (all + each - 1) / each; }

int smaller(int a, int b) { return a < b ? a : b; }

/// The pixels of a line and the columns of some units.
struct Piece {
  int line;
  int pixel, pixels;
  int column, columns;
  int tiles;
  std::ptrdiff_t to;        // from the beginning of the output to that of the first line
  std::ptrdiff_t residual;  // the same of the residual
  kernels::RowLines lines;
};

/// Where results go.
void set_output(const ProductRows& rows, Piece& at) {
  if (rows.wanted == 0) {
    at.to = at.line / rows.picture_lines * rows.out_picture +
            at.line % rows.picture_lines * rows.out_row + at.pixel * rows.out_pixel + at.column;
    at.residual =
        (static_cast<std::ptrdiff_t>(at.line) * rows.line_pixels + at.pixel) * rows.residual_pixel +
        at.column;
    return;
  }
  const int line = at.pixel / apart(rows);
  const std::ptrdiff_t residual_row = rows.wanted * rows.residual_pixel;
  at.to = at.line * rows.out_picture + line * rows.out_row + at.column;
  at.residual =
      (static_cast<std::ptrdiff_t>(at.line) * lines_of(rows) + line) * residual_row + at.column;
  at.lines = {rows.wanted, apart(rows), at.pixel % apart(rows), rows.out_row, residual_row};
}

/// Blocks of `unit_columns` columns, and tiles of `unit_pixels` pixels, from the first to that
/// behind the last. A unit is one of each.
struct Units {
  int block, last_block;
  int tile, last_tile;
};

/// Calls `run(Units)` for units that follow each other, in three parts at most. Where whole blocks
/// and whole tiles are asked for they are one part whichever of them is `by_pixels`.
template <class Run>
void each_part(const ProductRows& rows, int columns, int first, int last, const Run& run) {
  const int blocks = parts(columns, rows.unit_columns);
  const int tiles = parts(rows.line_pixels, rows.unit_pixels) * rows.lines;
  const bool by_pixels = rows.by_pixels != 0;
  const int inner = by_pixels ? blocks : tiles;
  while (first < last) {
    const int outer = first / inner;
    const int begin = first % inner;
    const int whole = begin == 0 ? (last - first) / inner : 0;
    const int end = whole > 0 ? inner : smaller(inner, begin + last - first);
    const int next = outer + (whole > 0 ? whole : 1);
    run(by_pixels ? Units{begin, end, outer, next} : Units{outer, next, begin, end});
    first = whole > 0 ? next * inner : first + end - begin;
  }
}

/// What begins with this tile and ends in front of the last.
Piece piece(const ProductRows& rows, int all_columns, int block, int tile, int last) {
  const int across = parts(rows.line_pixels, rows.unit_pixels);
  Piece out{};
  out.tiles = smaller(smaller(rows.together, across - tile % across), last - tile);
  out.pixel = tile % across * rows.unit_pixels;
  out.line = tile / across;
  out.column = block * rows.unit_columns;
  out.pixels = smaller(out.tiles * rows.unit_pixels, rows.line_pixels - out.pixel);
  out.columns = smaller(rows.unit_columns, all_columns - out.column);
  set_output(rows, out);
  return out;
}

/// Where the runs of a window begin for pixel `x` of a line.
template <class T>
void find_segments(const ProductRows& rows, const T* in, int line, int x, const T** segments) {
  const int picture = line / rows.picture_lines;
  const int y = line % rows.picture_lines;
  const T* at = in + picture * rows.picture +
                static_cast<std::ptrdiff_t>(y) * rows.stride_y * rows.row +
                static_cast<std::ptrdiff_t>(x) * rows.stride_x * rows.channels;
  for (int i = 0; i < rows.kernel_y; ++i) {
    for (int j = 0; j < rows.kernel_x; ++j)
      *segments++ = at + i * rows.dilation_y * rows.row +
                    static_cast<std::ptrdiff_t>(j) * rows.dilation_x * rows.channels;
  }
}

/// Calls `product(piece, segments)`. A thread has its pixels with some columns before it has them
/// with the next: it reads the same weights again.
template <class T, class Product>
void each_piece(const ProductRows& rows, const T* in, int columns, int first, int last,
                const Product& product) {
  const T* segments[kernels::kMostSegments];
  each_part(rows, columns, first, last, [&](const Units& units) {
    for (int block = units.block; block < units.last_block; ++block) {
      for (int tile = units.tile; tile < units.last_tile;) {
        const auto at = piece(rows, columns, block, tile, units.last_tile);
        find_segments(rows, in, at.line, at.pixel, segments);
        product(at, segments);
        tile += at.tiles;
      }
    }
  });
}

/// Sets what the pieces of a product of floats share.
kernels::GemmF32 job_of(const ProductF32Step& step) {
  const auto& rows = step.rows;
  kernels::GemmF32 job;
  job.shape = step.shape;
  job.a_stride = static_cast<std::ptrdiff_t>(rows.stride_x) * rows.channels;
  job.c_stride = rows.out_pixel;
  job.residual_stride = rows.residual_pixel;
  job.low = step.low;
  job.high = step.high;
  return job;
}

/// Calls `product()` for each piece of a product that reads and writes floats, which is set in
/// `job`.
template <class Variant, class Product>
void each_float_piece(const ProductF32Step& step, const Variant& variant, const Bases& bases,
                      int first, int last, kernels::GemmF32& job, const Product& product) {
  const std::byte* panels = bytes_at(step.panels, bases);
  each_piece(step.rows, read_at<float>(step.a, bases), step.shape.n, first, last,
             [&](const Piece& at, const float* const* segments) {
               job.shape.n = at.columns;
               job.m = at.pixels;
               job.a = segments;
               job.panels = panels + kernels::panel_offset(variant, step.shape, at.column);
               job.c = write_at<float>(step.c, bases) + at.to;
               if (step.adds != 0)
                 job.residual = read_at<float>(step.residual, bases) + at.residual;
               product();
             });
}

}  // namespace

void run(const ProductU8Step& step, const Bases& bases, int first, int last) {
  const auto& rows = step.rows;
  const auto& variant = kernels::gemm_u8_variants()[step.header.variant];
  const auto* residual = read_at<std::uint8_t>(step.residual, bases);
  const bool adds = step.shape.output == kernels::GemmOutput::added;
  const bool floats = step.shape.output == kernels::GemmOutput::floats;
  const bool sums = step.shape.output == kernels::GemmOutput::sums;
  kernels::GemmU8 job;
  job.shape = step.shape;
  job.panels = bytes_at(step.panels, bases);
  job.a_stride = static_cast<std::ptrdiff_t>(rows.stride_x) * rows.channels;
  job.c_stride = rows.out_pixel;
  job.residual_stride = rows.residual_pixel;
  job.requantization = step.requantization;
  job.addition = step.addition;
  job.workspace = room_at(step.workspace, bases) + first * step.unit_workspace;
  each_piece(rows, read_at<std::uint8_t>(step.a, bases), step.shape.n, first, last,
             [&](const Piece& at, const std::uint8_t* const* segments) {
               job.first = at.column;
               job.columns = at.columns;
               job.m = at.pixels;
               job.a = segments;
               job.lines = at.lines;
               if (floats) {
                 job.y = write_at<float>(step.c, bases) + at.to;
               } else if (sums) {
                 job.sums = write_at<std::int32_t>(step.c, bases) + at.to;
               } else {
                 job.c = write_at<std::uint8_t>(step.c, bases) + at.to;
               }
               if (adds) job.residual = residual + at.residual;
               variant.run(job);
             });
}

void run(const ProductF32Step& step, const Bases& bases, int first, int last) {
  const auto& variant = kernels::gemm_f32_variants()[step.header.variant];
  auto job = job_of(step);
  each_float_piece(step, variant, bases, first, last, job, [&] { variant.run(job); });
}

void run(const ProductF16Step& half, const Bases& bases, int first, int last) {
  const auto& step = half.product;
  const auto& variant = kernels::gemm_f16_variants()[step.header.variant];
  kernels::GemmF16 job{job_of(step)};
  job.workspace = room_at(half.workspace, bases) + first * half.unit_workspace;
  each_float_piece(step, variant, bases, first, last, job.product, [&] { variant.run(job); });
}

void run(const ProductBf16Step& rounded, const Bases& bases, int first, int last) {
  const auto& step = rounded.product;
  const auto& variant = kernels::gemm_bf16_variants()[step.header.variant];
  const std::byte* panels = bytes_at(step.panels, bases);
  kernels::GemmBf16 bf16{job_of(step)};
  auto& job = bf16.product;
  bf16.workspace = room_at(rounded.workspace, bases) + first * rounded.unit_workspace;
  const auto run_piece = [&](const Piece& at) {
    job.shape.n = at.columns;
    job.m = at.pixels;
    job.panels = panels + kernels::panel_offset(variant, step.shape, at.column);
    bf16.lines = at.lines;
    if (rounded.rounded_c != 0) {
      bf16.rounded_c = write_at<std::uint16_t>(step.c, bases) + at.to;
    } else {
      job.c = write_at<float>(step.c, bases) + at.to;
    }
    if (step.adds != 0 && rounded.rounded_residual != 0) {
      bf16.rounded_residual = read_at<std::uint16_t>(step.residual, bases) + at.residual;
    } else if (step.adds != 0) {
      job.residual = read_at<float>(step.residual, bases) + at.residual;
    }
    variant.run(bf16);
  };
  if (rounded.rounded_a != 0) {
    each_piece(step.rows, read_at<std::uint16_t>(step.a, bases), step.shape.n, first, last,
               [&](const Piece& at, const std::uint16_t* const* segments) {
                 bf16.rounded_a = segments;
                 run_piece(at);
               });
    return;
  }
  each_piece(step.rows, read_at<float>(step.a, bases), step.shape.n, first, last,
             [&](const Piece& at, const float* const* segments) {
               job.a = segments;
               run_piece(at);
             });
}

}  // namespace slipway::engine
