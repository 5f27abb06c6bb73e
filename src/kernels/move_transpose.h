#pragma once
// Matrices whose rows become columns, private to each file that includes it.

#include <utility>

#include "kernels/move_runs.h"

namespace slipway::kernels {
namespace {

template <class T, int kBytes>
struct Vector {
  static constexpr int kLanes = kBytes / sizeof(T);
  using V [[gnu::vector_size(kBytes)]] = T;
};

template <class V, class Half, int... kPlaces>
SLIPWAY_INLINE V join(Half a, Half b, std::integer_sequence<int, kPlaces...>) {
  return __builtin_shufflevector(a, b, kPlaces...);
}

/// 16 bytes of rows that are `distance` apart, one behind the other.
template <class T, int kBytes>
SLIPWAY_INLINE typename Vector<T, kBytes>::V gather(const std::byte* in, std::int64_t distance) {
  using Wide = Vector<T, kBytes>;
  if constexpr (kBytes == 16) {
    return load<typename Wide::V>(in);
  } else {
    return join<typename Wide::V>(gather<T, kBytes / 2>(in, distance),
                                  gather<T, kBytes / 2>(in + kBytes / 32 * distance, distance),
                                  std::make_integer_sequence<int, Wide::kLanes>());
  }
}

/// In each 16 bytes the lower or the upper halves of both, lane by lane.
template <class T, int kBytes, bool kUpper, int... kPlaces>
SLIPWAY_INLINE auto halves(typename Vector<T, kBytes>::V a, typename Vector<T, kBytes>::V b,
                           std::integer_sequence<int, kPlaces...>) {
  constexpr int kAll = Vector<T, kBytes>::kLanes;
  constexpr int kPart = Vector<T, 16>::kLanes;
  return __builtin_shufflevector(a, b,
                                 (kPlaces % 2 * kAll + kPlaces / kPart * kPart +
                                  kPlaces % kPart / 2 + (kUpper ? kPart / 2 : 0))...);
}

/// A whole line, past the caches where the compiler has a name for that. What threads do when they
/// are done with their part (a locked instruction) makes it visible to the others.
template <class V>
SLIPWAY_INLINE void store_far(V* to, V line) {
#if __has_builtin(__builtin_nontemporal_store)
  __builtin_nontemporal_store(line, to);
#else
  *to = line;
#endif
}

/// As many columns as 16 bytes have, and rows that fill kBytes of what they become. kFar: these are
/// a line each, and pass by the caches.
template <class T, int kBytes, bool kFar>
SLIPWAY_INLINE void block(const std::byte* in, std::int64_t in_row, std::byte* out,
                          std::int64_t out_row) {
  constexpr int kLanes = Vector<T, 16>::kLanes;
  constexpr auto kPlaces = std::make_integer_sequence<int, Vector<T, kBytes>::kLanes>();
  typename Vector<T, kBytes>::V rows[kLanes];
  for (int i = 0; i < kLanes; ++i) rows[i] = gather<T, kBytes>(in + i * in_row, kLanes * in_row);
  // Interleaving row i with row i + kLanes / 2 moves each element by one bit of its place.
  SLIPWAY_UNROLL
  for (int distance = 1; distance < kLanes; distance *= 2) {
    typename Vector<T, kBytes>::V next[kLanes];
    SLIPWAY_UNROLL
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = halves<T, kBytes, false>(rows[i], rows[i + kLanes / 2], kPlaces);
      next[2 * i + 1] = halves<T, kBytes, true>(rows[i], rows[i + kLanes / 2], kPlaces);
    }
    SLIPWAY_UNROLL
    for (int i = 0; i < kLanes; ++i) rows[i] = next[i];
  }
  using V = typename Vector<T, kBytes>::V;
  for (int i = 0; i < kLanes; ++i) {
    if constexpr (kFar) {
      store_far(reinterpret_cast<V*>(out + i * out_row), rows[i]);
    } else {
      store(out + i * out_row, rows[i]);
    }
  }
}

/// At least as many rows and columns as one block has; the last blocks may overlap those before
/// them.
template <class T, int kBytes, bool kFar = false>
void blocks(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t out_row,
            std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kRows = Vector<T, kBytes>::kLanes;
  constexpr std::int64_t kColumns = Vector<T, 16>::kLanes;
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  for (std::int64_t column = 0; column < columns; column += kColumns) {
    const std::int64_t c = column + kColumns <= columns ? column : columns - kColumns;
    for (std::int64_t row = 0; row < rows; row += kRows) {
      const std::int64_t r = row + kRows <= rows ? row : rows - kRows;
      block<T, kBytes, kFar>(in + r * in_row + c * kSize, in_row, out + c * out_row + r * kSize,
                             out_row);
    }
  }
}

/// Short rows, a few at a time, for their lines to stay in the first cache until all columns are
/// done.
template <class T, int kBytes, bool kFar = false>
void short_rows(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t out_row,
                std::int64_t rows, std::int64_t columns) {
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  constexpr std::int64_t kRows = 4 * Vector<T, kBytes>::kLanes;
  std::int64_t r = 0;
  for (; r + 2 * kRows <= rows; r += kRows)
    blocks<T, kBytes, kFar>(in + r * in_row, in_row, out + r * kSize, out_row, kRows, columns);
  blocks<T, kBytes, kFar>(in + r * in_row, in_row, out + r * kSize, out_row, rows - r, columns);
}

/// How much of each row long_rows() copies.
template <class T, int kBytes>
constexpr int kPieceRow = (1 << 14) / Vector<T, kBytes>::kLanes;

/// Long rows by way of a copy of a piece: where rows are a power of two apart, all of them fall to
/// the same few lines of caches, which would be fetched again for each block.
template <class T, int kBytes>
void long_rows(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t out_row,
               std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kRows = Vector<T, kBytes>::kLanes;
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  constexpr int kPiece = kPieceRow<T, kBytes>;
  constexpr std::int64_t kColumns = kPiece / kSize;
  constexpr std::int64_t kNext = kPiece + 64;
  alignas(64) std::byte piece[kRows * kNext];
  for (std::int64_t column = 0; column < columns; column += kColumns) {
    const std::int64_t c = column + kColumns <= columns ? column : columns - kColumns;
    for (std::int64_t row = 0; row < rows; row += kRows) {
      const std::int64_t r = row + kRows <= rows ? row : rows - kRows;
      copy_runs<AnyLength>(in + r * in_row + c * kSize, in_row, piece, kNext, kRows, kPiece);
      blocks<T, kBytes>(piece, kNext, out + c * out_row + r * kSize, out_row, kRows, kColumns);
    }
  }
}

/// In blocks that write as many bytes of a row as there are rows for; false where there are too few
/// rows or columns for any.
template <class T, int kBytes>
bool transpose_in_blocks(const std::byte* in, std::int64_t in_row, std::byte* out,
                         std::int64_t out_row, std::int64_t rows, std::int64_t columns) {
  if (columns < Vector<T, 16>::kLanes) return false;
  if (rows < Vector<T, kBytes>::kLanes) {
    if constexpr (kBytes == 16) {
      return false;
    } else {
      return transpose_in_blocks<T, kBytes / 2>(in, in_row, out, out_row, rows, columns);
    }
  }
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  constexpr std::int64_t kBadDistance = 512;
  if (columns * kSize >= kPieceRow<T, kBytes> && in_row % kBadDistance == 0) {
    long_rows<T, kBytes>(in, in_row, out, out_row, rows, columns);
  } else {
    short_rows<T, kBytes>(in, in_row, out, out_row, rows, columns);
  }
  return true;
}

/// Few rows become the elements of pixels.
template <class T, int kRows>
void interleave(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t columns) {
  for (std::int64_t c = 0; c < columns; ++c) {
    for (int r = 0; r < kRows; ++r) {
      const auto at = static_cast<std::int64_t>(sizeof(T)) * c;
      store<T>(out + kRows * at + static_cast<std::int64_t>(sizeof(T)) * r,
               load<T>(in + r * in_row + at));
    }
  }
}

/// The elements of pixels become few rows.
template <class T, int kColumns>
void separate(const std::byte* in, std::byte* out, std::int64_t out_row, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r) {
    for (int c = 0; c < kColumns; ++c) {
      const auto at = static_cast<std::int64_t>(sizeof(T)) * r;
      store<T>(out + c * out_row + at,
               load<T>(in + kColumns * at + static_cast<std::int64_t>(sizeof(T)) * c));
    }
  }
}

/// Other threads see what passed by the caches.
SLIPWAY_INLINE void finish_far() {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

/// Where all rows of the result are whole lines; false elsewhere, and where vectors are no lines.
template <class T>
bool transpose_far(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t out_row,
                   std::int64_t rows, std::int64_t columns) {
  constexpr int kLine = 64;
  const auto place = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(out));
  const bool fits = columns >= Vector<T, 16>::kLanes && rows % Vector<T, kWidth>::kLanes == 0 &&
                    out_row % kLine == 0 && place % kLine == 0;
  if (kWidth < kLine || !fits) return false;
  short_rows<T, kWidth, true>(in, in_row, out, out_row, rows, columns);
  finish_far();
  return true;
}

/// out[c][r] = in[r][c], where elements of a row lie side by side in both.
template <class T>
void transpose(bool far, const std::byte* in, std::int64_t in_row, std::byte* out,
               std::int64_t out_row, std::int64_t rows, std::int64_t columns) {
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  if (out_row == rows * kSize) {
    if (rows == 2) return interleave<T, 2>(in, in_row, out, columns);
    if (rows == 3) return interleave<T, 3>(in, in_row, out, columns);
  }
  if (in_row == columns * kSize) {
    if (columns == 2) return separate<T, 2>(in, out, out_row, rows);
    if (columns == 3) return separate<T, 3>(in, out, out_row, rows);
  }
  if (far && transpose_far<T>(in, in_row, out, out_row, rows, columns)) return;
  if (transpose_in_blocks<T, kWidth>(in, in_row, out, out_row, rows, columns)) return;
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r)
      store<T>(out + c * out_row + r * kSize, load<T>(in + r * in_row + c * kSize));
  }
}

}  // namespace
}  // namespace slipway::kernels
