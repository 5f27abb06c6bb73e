#pragma once
// Rows of a product: how many parts they may have, and those that are pixels of several lines of a
// picture.

#include <cstddef>

#include "kernels/inline.h"

namespace slipway::kernels {

/// As many segments as a job may have: variants that copy rows keep an address for each.
inline constexpr int kMostSegments = 256;

/// Of each `apart` rows the first `pixels` are wanted, and what follows them lies elsewhere in the
/// results. The others are between the lines of a picture with borders. A matrix unit computes
/// them, too, and does not store them: rows at even distances fill its tiles where a short line
/// would not. Variants that copy rows leave them out.
struct RowLines {
  int pixels = 0;               // 0: rows are as the job's strides say, and all are wanted
  int apart = 0;                // no less than `pixels`
  int first = 0;                // number of the first row in its line
  std::ptrdiff_t c = 0;         // elements from a line's results to the next line's
  std::ptrdiff_t residual = 0;  // the same of residuals
};

/// Calls `each(number of the first among these rows, how many, line, pixel)` for what is wanted of
/// some rows.
template <class Each>
SLIPWAY_INLINE void each_run(const RowLines& lines, int row, int rows, const Each& each) {
  if (lines.pixels == 0) return each(0, rows, 0, row);
  int line = (lines.first + row) / lines.apart;
  int pixel = (lines.first + row) % lines.apart;
  SLIPWAY_LOOP for (int done = 0; done < rows; ++line) {
    const int wanted = lines.pixels - pixel < rows - done ? lines.pixels - pixel : rows - done;
    if (wanted > 0) each(done, wanted, line, pixel);
    done += lines.apart - pixel;
    pixel = 0;
  }
}

/// The rows of a job that are wanted.
struct WantedRows {
  RowLines lines;
  int before = 0;  // wanted rows of the first line that are in front of the job's
  int count = 0;

  SLIPWAY_INLINE WantedRows(const RowLines& of, int m) : lines(of), count(m) {
    if (of.pixels == 0) return;
    before = of.first < of.pixels ? of.first : of.pixels;
    const int rest = (of.first + m) % of.apart;
    count = (of.first + m) / of.apart * of.pixels + (rest < of.pixels ? rest : of.pixels) - before;
  }

  /// The number of a wanted row among all of the job.
  [[nodiscard]] SLIPWAY_INLINE int row(int wanted) const {
    if (lines.pixels == 0) return wanted;
    const int all = before + wanted;
    return all / lines.pixels * lines.apart + all % lines.pixels - lines.first;
  }
};

}  // namespace slipway::kernels
