#pragma once
// Rows of a product: how many parts they may have, and those that are pixels of several lines of a
// picture.

#include <cstddef>

#include "kernels/inline.h"

namespace slipway::kernels {

/// As many segments as a job may have: variants that copy rows keep an address for each.
inline constexpr int kMostSegments = 256;

/// Of each `apart` rows the first `pixels` are wanted, and what follows them lies elsewhere in the
/// results. The others are between the lines of a picture with borders: computed, because rows at
/// even distances fill the tiles of a matrix unit where a short line would not, and not stored.
struct RowLines {
  int pixels = 0;               // 0: rows are as the job's strides say, and all are wanted
  int apart = 0;                // more than `pixels`
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

}  // namespace slipway::kernels
