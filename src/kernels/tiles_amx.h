#pragma once
// The matrix unit of x86-64 processors: eight registers of up to 16 rows of 64 bytes. What products
// of bytes and of bfloat16 share. To be included where AMX is on.
//
// Four registers hold sums, so that none waits for the one before it; one holds rows of operands,
// another weights. The last part of a segment may be shorter than 64 bytes and has two registers of
// its own size: sizes are set once for a job, because setting them clears all registers.

#include <cstddef>
#include <cstdint>

#include "kernels/inline.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

inline constexpr int kTileRows = 16;
inline constexpr int kTileBytes = 64;  // of a row
inline constexpr int kGroups = 16;     // of four bytes in a row

/// Registers of sums, and how many sets of them are in memory.
inline constexpr int kSumTiles = 4;
inline constexpr int kTileSlots = 8;
inline constexpr std::ptrdiff_t kTileSlot = std::ptrdiff_t{kSumTiles} * kTileRows * kTileBytes;
inline constexpr std::ptrdiff_t kTileMemory = kTileSlots * kTileSlot;

/// What weights may take of the first cache, of 48K.
inline constexpr std::ptrdiff_t kFirstCache = 24 << 10;

/// The registers, by what is in them.
inline constexpr int kOperands = 4;
inline constexpr int kWeights = 5;
inline constexpr int kLastOperands = 6;
inline constexpr int kLastWeights = 7;

// As instructions: the headers of g++ 12 take no register that a template names.

template <int kTile>
SLIPWAY_INLINE void load_tile(const std::byte* from, std::ptrdiff_t stride) {
  // Nothing here stores what is loaded, but store_tile(): operands were there before their sizes.
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(kTile));
}

template <int kTile>
SLIPWAY_INLINE void store_tile(std::byte* to, std::ptrdiff_t stride) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride), "i"(kTile) : "memory");
}

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
    asm volatile("ldtilecfg %0" ::"m"(sizes) : "memory");
  }

  TileRegisters(const TileRegisters&) = delete;
  TileRegisters& operator=(const TileRegisters&) = delete;

  SLIPWAY_INLINE ~TileRegisters() { asm volatile("tilerelease"); }
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

/// Constants of a panel: vectors of what sums begin with, and as wide a group of weights after the
/// other.
struct TilePanel {
  const std::byte* start;
  const std::byte* weights;
  std::ptrdiff_t bytes;  // of all weights
};

/// Adds products to the sums of kTall x kWide registers. `Unit::multiply<sums, a, w>()`.
template <class Unit, int kTall, int kWide, int kA, int kW>
SLIPWAY_INLINE void multiply_part(const std::byte* const (&rows)[kTall], std::ptrdiff_t stride,
                                  const std::byte* weights) {
  const auto column = [&]<int kColumn>() __attribute__((always_inline)) {
    load_tile<kW>(weights + kTileBytes * kColumn, kTileBytes * kWide);
    const auto tile = [&]<int kStep>() __attribute__((always_inline)) {
      // Back and forth: the rows that were multiplied last are still there.
      constexpr int kRow = kColumn % 2 == 0 ? kStep : kTall - 1 - kStep;
      if constexpr (kColumn == 0 || kStep > 0) load_tile<kA>(rows[kRow], stride);
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

/// Some parts of the segments, counted through all of them, and what to fetch meanwhile.
struct TileParts {
  int begin;
  int end;
  const std::byte* fetch;
  std::ptrdiff_t fetched;  // bytes for each part
};

/// Parts of each segment; one that is empty where all of it is skipped.
[[nodiscard]] SLIPWAY_INLINE int parts_of(const TileSegments& a) {
  return a.blocks + (a.last > 0 || a.blocks == 0 ? 1 : 0);
}

/// Adds some parts to the sums of the tiles of rows from `tile` on, by one panel: 16 rows of kWide
/// vectors in memory for each tile.
template <class Unit, int kTall, int kWide>
SLIPWAY_INLINE void multiply_tiles(const TileSegments& a, const TileSplit& split, int tile,
                                   const TilePanel& panel, const TileParts& parts,
                                   std::byte* sums) {
  constexpr std::ptrdiff_t kRow = kTileBytes * kWide;
  const auto place = [&](int number) __attribute__((always_inline)) {
    return sums + number / kWide * (kTileRows * kRow) + number % kWide * kTileBytes;
  };
  const bool begins = parts.begin == 0;
  const auto start = [&]<int kTile>() __attribute__((always_inline)) {
    load_tile<kTile>(begins ? panel.start + kTile % kWide * kTileBytes : place(kTile),
                     begins ? 0 : kRow);
  };
  each_tile<kTall * kWide>(start);
  const int in_segment = parts_of(a);
  const std::ptrdiff_t segment = (a.blocks * kGroups + a.last + a.skipped) * kRow;
  const std::byte* fetch = parts.fetch;
  // Into the second cache: the first one has less room for what is on its way.
  const auto fetch_part = [&]() __attribute__((always_inline)) {
    SLIPWAY_LOOP for (std::ptrdiff_t at = 0; at < parts.fetched; at += 64)
        __builtin_prefetch(fetch + at, 0, 2);
    fetch += parts.fetched;
  };
  int block = parts.begin % in_segment;
  int left = parts.end - parts.begin;
  SLIPWAY_LOOP for (int s = parts.begin / in_segment; left > 0; ++s, block = 0) {
    const std::byte* rows[kTall];
    SLIPWAY_UNROLL for (int i = 0; i < kTall; ++i) rows[i] =
        a.at[s] + split.first(tile + i) * a.stride + std::ptrdiff_t{block} * kTileBytes;
    const std::byte* weights = panel.weights + s * segment + block * (kGroups * kRow);
    const int whole = left < a.blocks - block ? left : a.blocks - block;
    SLIPWAY_LOOP for (int b = 0; b < whole; ++b) {
      multiply_part<Unit, kTall, kWide, kOperands, kWeights>(rows, a.stride, weights);
      weights += kGroups * kRow;
      SLIPWAY_UNROLL for (int i = 0; i < kTall; ++i) rows[i] += kTileBytes;
      fetch_part();
    }
    left -= whole;
    if (whole == in_segment - block || left == 0) continue;
    if (a.last > 0)
      multiply_part<Unit, kTall, kWide, kLastOperands, kLastWeights>(rows, a.stride, weights);
    fetch_part();
    --left;
  }
  const auto store = [&]<int kTile>() __attribute__((always_inline)) {
    store_tile<kTile>(place(kTile), kRow);
  };
  each_tile<kTall * kWide>(store);
}

/// All rows by one panel of kWidth columns, a few tiles at a time. While the matrix unit multiplies
/// some, `finish(row, rows, sums)` takes the ones before, tile by tile. `memory`: kTileMemory
/// bytes.
///
/// Where a panel does not fit into the first cache, some tiles meet one part of its weights before
/// the next one, and their sums wait in memory: rows and weights that both come from the second
/// cache are more than it can give.
template <class Unit, int kWidth, class Finish>
SLIPWAY_INLINE void multiply_rows(const TileSegments& a, const TileSplit& split,
                                  const TilePanel& panel, std::byte* memory, const Finish& finish) {
  constexpr int kWide = kWidth * 4 / kTileBytes;
  constexpr int kTall = kSumTiles / kWide;
  constexpr std::ptrdiff_t kPart = kGroups * kWidth * 4;
  constexpr std::ptrdiff_t kTile = kTileRows * kWidth * 4;
  constexpr int kMost = static_cast<int>(kFirstCache / kPart);
  const int all = a.count * parts_of(a);
  const int turns = (split.tiles + kTall - 1) / kTall;
  const bool cut = all > kMost && turns > 2;
  const int chunk = cut ? (all + (all - 1) / kMost) / ((all - 1) / kMost + 1) : all;
  const int slots = cut ? kTileSlots : 2;
  const std::ptrdiff_t fetched = (kPart / turns + 63) / 64 * 64;
  const std::byte* const next = panel.weights + panel.bytes;
  int waits = -1;  // the turn that does
  const auto sums_of = [&](int turn) __attribute__((always_inline)) {
    return memory + turn % slots * kTileSlot;
  };
  const auto finish_waiting = [&]() __attribute__((always_inline)) {
    if (waits < 0) return;
    std::byte* from = sums_of(waits);
    const int first = waits * kTall;
    const int end = first + kTall < split.tiles ? first + kTall : split.tiles;
    SLIPWAY_LOOP for (int t = first; t < end; ++t, from += kTile) {
      const int row = t * split.rows;
      finish(row, split.own(t), from + (row - split.first(t)) * (kWidth * 4));
    }
    waits = -1;
  };
  SLIPWAY_LOOP for (int group = 0; group < turns; group += slots - 1) {
    const int last = group + slots - 1 < turns ? group + slots - 1 : turns;
    SLIPWAY_LOOP for (int begin = 0; begin < all; begin += chunk) {
      const int end = begin + chunk < all ? begin + chunk : all;
      SLIPWAY_LOOP for (int turn = group; turn < last; ++turn) {
        const int tile = turn * kTall;
        const int count = split.tiles - tile < kTall ? split.tiles - tile : kTall;
        std::byte* const sums = sums_of(turn);
        const TileParts parts{begin, end, next + (std::ptrdiff_t{turn} * all + begin) * fetched,
                              fetched};
        const auto multiply = [&]<int kTiles>() __attribute__((always_inline)) {
          multiply_tiles<Unit, kTiles, kWide>(a, split, tile, panel, parts, sums);
        };
        if (count == kTall) {
          multiply.template operator()<kTall>();
        } else if (count == 1) {
          multiply.template operator()<1>();
        } else if constexpr (kTall > 2) {
          count == 2 ? multiply.template operator()<2>() : multiply.template operator()<3>();
        }
        finish_waiting();
        if (end == all) waits = turn;
      }
    }
  }
  finish_waiting();
}

}  // namespace
}  // namespace slipway::kernels
