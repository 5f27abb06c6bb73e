#pragma once
// The matrix unit of x86-64 processors: eight registers of up to 16 rows of 64 bytes. What products
// of bytes and of bfloat16 share. To be included where AMX is on.
//
// Four registers hold sums, so that none waits for the one before it; one holds rows of operands,
// another weights. The last part of a segment may be shorter than 64 bytes and has two registers of
// its own size: sizes are set once for a job, because setting them clears all registers.

#include <cstddef>
#include <cstdint>

#include <immintrin.h>

#include "kernels/inline.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

inline constexpr int kTileRows = 16;
inline constexpr int kTileBytes = 64;  // of a row
inline constexpr int kGroups = 16;     // of four bytes in a row

/// Registers of sums, and what two sets of them take in memory.
inline constexpr int kSumTiles = 4;
inline constexpr std::ptrdiff_t kTileMemory =
    std::ptrdiff_t{2} * kSumTiles * kTileRows * kTileBytes;

/// The registers, by what is in them.
inline constexpr int kOperands = 4;
inline constexpr int kWeights = 5;
inline constexpr int kLastOperands = 6;
inline constexpr int kLastWeights = 7;

/// How rows are split among registers: evenly. The last one goes back over rows that were in the
/// one before it.
struct TileSplit {
  int m;
  int tiles;
  int rows;  // of each

  explicit constexpr TileSplit(int m)
      : m(m), tiles((m + kTileRows - 1) / kTileRows), rows((m + tiles - 1) / tiles) {}

  /// The first row that tile `t` multiplies.
  [[nodiscard]] constexpr int first(int t) const {
    return t * rows < m - rows ? t * rows : m - rows;
  }

  /// Of its rows, those that are not another tile's.
  [[nodiscard]] constexpr int own(int t) const { return m - t * rows < rows ? m - t * rows : rows; }
};

/// The sizes of all registers while it lives.
class TileRegisters {
 public:
  /// `rows` of operands and sums; `last` groups of four bytes in the last part of a segment.
  SLIPWAY_INLINE TileRegisters(int rows, int last) {
    struct alignas(64) Sizes {
      std::uint8_t palette = 1;
      std::uint8_t start = 0;
      std::uint8_t reserved[14] = {};
      std::uint16_t bytes[16] = {};
      std::uint8_t rows[16] = {};
    };

    Sizes sizes;
    const auto set = [&](int tile, int count, int bytes) {
      sizes.rows[tile] = static_cast<std::uint8_t>(count);
      sizes.bytes[tile] = static_cast<std::uint16_t>(bytes);
    };
    for (int tile = 0; tile <= kOperands; ++tile) set(tile, rows, kTileBytes);
    set(kWeights, kGroups, kTileBytes);
    if (last > 0) {
      set(kLastOperands, rows, 4 * last);
      set(kLastWeights, last, kTileBytes);
    }
    _tile_loadconfig(&sizes);
  }

  TileRegisters(const TileRegisters&) = delete;
  TileRegisters& operator=(const TileRegisters&) = delete;

  SLIPWAY_INLINE ~TileRegisters() { _tile_release(); }
};

/// Segments of operands: `blocks` whole parts of 64 bytes and `last` groups of four more in each.
struct TileSegments {
  const std::byte* const* at;
  std::ptrdiff_t stride;  // bytes from row to row
  int count;
  int blocks;
  int last;
  int skipped = 0;  // groups of weights behind those, which somebody else multiplies
};

/// Constants of a panel: kWide vectors of what sums begin with, and as wide a group of weights
/// after the other.
struct TilePanel {
  const std::byte* start;
  const std::byte* weights;
  const std::byte* fetch = nullptr;  // what is wanted next
  std::ptrdiff_t fetched = 0;        // bytes of it for each part of a segment
};

/// Adds products to the sums of kTall x kWide registers. `Unit::multiply<sums, a, w>()`.
template <class Unit, int kTall, int kWide, int kA, int kW>
SLIPWAY_INLINE void multiply_part(const std::byte* const (&rows)[kTall], std::ptrdiff_t stride,
                                  const std::byte* weights) {
  const auto column = [&]<int kColumn>() __attribute__((always_inline)) {
    _tile_loadd(kW, weights + kTileBytes * kColumn, kTileBytes * kWide);
    const auto tile = [&]<int kStep>() __attribute__((always_inline)) {
      // Back and forth: the rows that were multiplied last are still there.
      constexpr int kRow = kColumn % 2 == 0 ? kStep : kTall - 1 - kStep;
      if constexpr (kColumn == 0 || kStep > 0) _tile_loadd(kA, rows[kRow], stride);
      Unit::template multiply<kRow * kWide + kColumn, kA, kW>();
    };
    tile.template operator()<0>();
    if constexpr (kTall > 1) tile.template operator()<1>();
    if constexpr (kTall > 2) tile.template operator()<2>();
    if constexpr (kTall > 3) tile.template operator()<3>();
  };
  column.template operator()<0>();
  if constexpr (kWide > 1) column.template operator()<1>();
}

/// Calls `with` for each of so many registers of sums.
template <int kCount, class With>
SLIPWAY_INLINE void each_tile(const With& with) {
  with.template operator()<0>();
  if constexpr (kCount > 1) with.template operator()<1>();
  if constexpr (kCount > 2) with.template operator()<2>();
  if constexpr (kCount > 3) with.template operator()<3>();
}

/// The sums of the tiles of rows from `tile` on, by one panel, into memory: 16 rows of kWide
/// vectors for each tile.
template <class Unit, int kTall, int kWide>
SLIPWAY_INLINE void multiply_tiles(const TileSegments& a, const TileSplit& split, int tile,
                                   const TilePanel& panel, std::byte* sums) {
  constexpr std::ptrdiff_t kRow = kTileBytes * kWide;
  const auto start = [&]<int kTile>() __attribute__((always_inline)) {
    _tile_loadd(kTile, panel.start + kTile % kWide * kTileBytes, 0);
  };
  each_tile<kTall * kWide>(start);
  const std::byte* weights = panel.weights;
  const std::byte* fetch = panel.fetch;
  const std::byte* rows[kTall];
  SLIPWAY_LOOP for (int s = 0; s < a.count; ++s) {
    SLIPWAY_UNROLL for (int i = 0; i < kTall; ++i) rows[i] =
        a.at[s] + split.first(tile + i) * a.stride;
    SLIPWAY_LOOP for (int b = 0; b < a.blocks; ++b) {
      multiply_part<Unit, kTall, kWide, kOperands, kWeights>(rows, a.stride, weights);
      weights += kGroups * kRow;
      SLIPWAY_UNROLL for (int i = 0; i < kTall; ++i) rows[i] += kTileBytes;
      SLIPWAY_LOOP for (std::ptrdiff_t at = 0; at < panel.fetched; at += 64)
          __builtin_prefetch(fetch + at);
      fetch += panel.fetched;
    }
    if (a.last > 0) {
      multiply_part<Unit, kTall, kWide, kLastOperands, kLastWeights>(rows, a.stride, weights);
    }
    weights += (a.last + a.skipped) * kRow;
  }
  const auto store = [&]<int kTile>() __attribute__((always_inline)) {
    std::byte* const to = sums + kTile / kWide * (kTileRows * kRow) + kTile % kWide * kTileBytes;
    _tile_stored(kTile, to, kRow);
  };
  each_tile<kTall * kWide>(store);
}

/// What is left to do with the sums of some tiles.
struct WaitingTiles {
  int first = 0;
  int count = 0;  // 0: nothing waits
};

/// All rows by one panel of kWidth columns. While the matrix unit multiplies some tiles,
/// `finish(row, rows, sums)` takes those of the ones before, tile by tile. `memory`: kTileMemory
/// bytes; `bytes`: what the weights take.
template <class Unit, int kWidth, class Finish>
SLIPWAY_INLINE void multiply_rows(const TileSegments& a, const TileSplit& split, TilePanel panel,
                                  std::ptrdiff_t bytes, std::byte* memory, const Finish& finish) {
  constexpr int kWide = kWidth * 4 / kTileBytes;
  constexpr int kTall = kSumTiles / kWide;
  constexpr std::ptrdiff_t kPart = kGroups * kWidth * 4;
  constexpr std::ptrdiff_t kTile = kTileRows * kWidth * 4;
  const int steps = (split.tiles + kTall - 1) / kTall;
  panel.fetch = panel.weights + bytes;
  panel.fetched = (kPart / steps + 63) / 64 * 64;
  WaitingTiles before;
  std::byte* sums = memory;
  std::byte* others = memory + kTileMemory / 2;
  const auto finish_before = [&](std::byte* from) {
    SLIPWAY_LOOP for (int t = before.first; t < before.first + before.count; ++t, from += kTile) {
      const int row = t * split.rows;
      finish(row, split.own(t), from + (row - split.first(t)) * (kWidth * 4));
    }
  };
  SLIPWAY_LOOP for (int t = 0; t < split.tiles;) {
    const int left = split.tiles - t;
    const int count = left >= kTall ? kTall : kTall > 2 && left >= 2 ? 2 : 1;
    if (count == kTall) {
      multiply_tiles<Unit, kTall, kWide>(a, split, t, panel, sums);
    } else if (kTall > 2 && count == 2) {
      multiply_tiles<Unit, 2, kWide>(a, split, t, panel, sums);
    } else {
      multiply_tiles<Unit, 1, kWide>(a, split, t, panel, sums);
    }
    panel.fetch += a.count * a.blocks * panel.fetched;
    finish_before(others);
    before = {t, count};
    t += count;
    std::byte* const now = sums;
    sums = others;
    others = now;
  }
  finish_before(others);
}

}  // namespace
}  // namespace slipway::kernels
