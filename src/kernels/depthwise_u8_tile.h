#pragma once
// depthwise_u8 by dot products of four bytes, for all vectors. To be included behind vector512.h or
// vector256.h.
//
// 3x3 windows: four rows of a column are interleaved once and used by three outputs, and at stride
// 1 by two rows of them. A pass takes two of the four vectors that the interleaving gives, so that
// its weights, biases and scales stay in registers. Other windows interleave four places at a time.

#include "kernels/depthwise_u8_isa.h"
#include "kernels/depthwise_u8_panel.h"
#include "kernels/depthwise_u8_strips.h"
#include "kernels/vector_requantize.h"

namespace slipway::kernels {
namespace {

/// What a pass over one or two output rows needs.
struct Rows {
  const std::uint8_t* in[4];  // at the group's first channel
  std::uint8_t* out[2];
  const std::byte* constants;  // behind the header
  int stored;                  // channels of the group that exist
  bool beyond;                 // weights have a second set
};

[[nodiscard]] SLIPWAY_INLINE std::uint64_t lanes_of(int channels) {
  return channels >= 64 ? ~std::uint64_t{0}
                        : (std::uint64_t{1} << static_cast<unsigned>(channels)) - 1;
}

template <int kBytes, int kStride, int kRows, Requantize kKind, int kHalf>
struct Pass {
  using V = Vector<kBytes>;
  using I = typename V::I;

  /// Vectors 2 * kHalf and 2 * kHalf + 1 of one column.
  struct Column {
    I a, b;
  };

  const DepthwiseU8& job;
  const Rows& rows;
  I weights[kRows][3][2];
  I bias[2];
  I first[2];  // ScaleWords
  I second[2];
  const std::byte* beyond;  // the second set of weights, if there is one
  I zero, low, high;
  typename V::Lanes lanes;

  SLIPWAY_INLINE explicit Pass(const DepthwiseU8& j, const Rows& r) : job(j), rows(r) {
    SLIPWAY_UNROLL for (int v = 0; v < 2; ++v) {
      const std::byte* at = rows.constants + (2 * kHalf + v) * kBytes;
      bias[v] = V::load(at);
      first[v] = V::load(at + kBytes * 4);
      second[v] = V::load(at + kBytes * 8);
      SLIPWAY_UNROLL for (int k = 0; k < kRows; ++k) {
        SLIPWAY_UNROLL for (int t = 0; t < 3; ++t) weights[k][t][v] =
            V::load(at + kBytes * 12 + (k * 3 + t) * kBytes * 4);
      }
    }
    beyond = rows.beyond ? rows.constants + kBytes * 36 + 2 * kHalf * kBytes : nullptr;
    zero = V::of_words(job.requantization.zero);
    low = V::of_bytes(job.requantization.low);
    high = V::of_bytes(job.requantization.high);
    // Of each 128-bit part this pass has 8 channels.
    const std::uint64_t mine = kHalf == 0 ? 0x00FF00FF00FF00FFU : 0xFF00FF00FF00FF00U;
    lanes = static_cast<typename V::Lanes>(mine & lanes_of(rows.stored));
  }

  SLIPWAY_INLINE Column column(int x) const {
    const std::ptrdiff_t at = x * job.in_stride;
    const I r0 = V::load(rows.in[0] + at);
    const I r1 = V::load(rows.in[1] + at);
    const I r2 = V::load(rows.in[2] + at);
    const I r3 = kRows == 2 ? V::load(rows.in[3] + at) : r2;  // has zero weights
    const I upper = kHalf == 0 ? V::low_bytes(r0, r1) : V::high_bytes(r0, r1);
    const I lower = kHalf == 0 ? V::low_bytes(r2, r3) : V::high_bytes(r2, r3);
    return {V::low_words(upper, lower), V::high_words(upper, lower)};
  }

  /// A column of the input, or what lies outside of it.
  SLIPWAY_INLINE Column column_or_outside(int x) const {
    if (x >= 0 && x < job.width) return column(x);
    const I outside = V::of_bytes(job.outside);
    return {outside, outside};
  }

  /// The words of one output column in output row k.
  SLIPWAY_INLINE I words(const Column& left, const Column& middle, const Column& right,
                         int k) const {
    I a = V::dot(V::dot(V::dot(bias[0], left.a, weights[k][0][0]), middle.a, weights[k][1][0]),
                 right.a, weights[k][2][0]);
    I b = V::dot(V::dot(V::dot(bias[1], left.b, weights[k][0][1]), middle.b, weights[k][1][1]),
                 right.b, weights[k][2][1]);
    if (beyond != nullptr) {  // few groups have it, so that nobody else keeps registers for it
      const auto more = [&](int t, int v) __attribute__((always_inline)) {
        return V::load(beyond + (k * 3 + t) * kBytes * 4 + v * kBytes);
      };
      a = V::dot(V::dot(V::dot(a, left.a, more(0, 0)), middle.a, more(1, 0)), right.a, more(2, 0));
      b = V::dot(V::dot(V::dot(b, left.b, more(0, 1)), middle.b, more(1, 1)), right.b, more(2, 1));
    }
    const I packed = V::pack_ints(requantized<V, kKind>(a, first[0], second[0]),
                                  requantized<V, kKind>(b, first[1], second[1]));
    return has_zero_inside(kKind) ? packed : V::add_words(packed, zero);
  }

  /// Two results share a vector: 8 bytes of each in every 128-bit part.
  SLIPWAY_INLINE void store(I left, I right, std::uint8_t* to_first,
                            std::uint8_t* to_second) const {
    const I bytes = V::least(V::most(V::pack_words(left, right), low), high);
    const I swapped = V::swap_halves(bytes);
    V::store(to_first, lanes, kHalf == 0 ? bytes : swapped);
    V::store(to_second, lanes, kHalf == 0 ? swapped : bytes);
  }

  SLIPWAY_INLINE std::uint8_t* out(int row, int x) const {
    return rows.out[row] + x * job.out_stride;
  }

  /// Two output rows, stride 1.
  SLIPWAY_INLINE void two_rows() const {
    const auto put = [&](const Column& l, const Column& m, const Column& r, int x)
        __attribute__((always_inline)) {
      store(words(l, m, r, 0), words(l, m, r, 1), out(0, x), out(1, x));
    };
    int x = 0;
    int in = -job.pad_left;
    Column a = column_or_outside(in);
    Column b = column_or_outside(in + 1);
    // Three columns take turns, so that none of them is moved.
    SLIPWAY_LOOP for (; x + 3 <= job.out_width && in >= -2 && in + 5 <= job.width;
                      x += 3, in += 3) {
      const Column c = column(in + 2);
      put(a, b, c, x);
      a = column(in + 3);
      put(b, c, a, x + 1);
      b = column(in + 4);
      put(c, a, b, x + 2);
    }
    SLIPWAY_LOOP for (; x < job.out_width; ++x, ++in) {
      const Column c = column_or_outside(in + 2);
      put(a, b, c, x);
      a = b;
      b = c;
    }
  }

  /// One output row; two of its columns share a store.
  SLIPWAY_INLINE void one_row() const {
    int x = 0;
    int in = -job.pad_left;
    Column a = column_or_outside(in);
    SLIPWAY_LOOP for (; x < job.out_width; x += 2, in += 2 * kStride) {
      const bool pair = x + 1 < job.out_width;
      I one;
      I two;
      if constexpr (kStride == 1) {
        const Column b = column_or_outside(in + 1);
        const Column c = column_or_outside(in + 2);
        const Column d = column_or_outside(in + 3);
        one = words(a, b, c, 0);
        two = words(b, c, d, 0);
        a = c;
      } else {
        const Column b = column_or_outside(in + 1);
        const Column c = column_or_outside(in + 2);
        one = words(a, b, c, 0);
        const Column d = column_or_outside(in + 3);
        a = column_or_outside(in + 4);
        two = words(c, d, a, 0);
      }
      store(one, pair ? two : one, out(0, x), out(0, pair ? x + 1 : x));
    }
  }
};

template <int kBytes, int kStride, int kRows, Requantize kKind>
SLIPWAY_INLINE void group(const DepthwiseU8& job, const Rows& rows) {
  if constexpr (kRows == 2) {
    Pass<kBytes, kStride, kRows, kKind, 0>(job, rows).two_rows();
    Pass<kBytes, kStride, kRows, kKind, 1>(job, rows).two_rows();
  } else {
    Pass<kBytes, kStride, kRows, kKind, 0>(job, rows).one_row();
    Pass<kBytes, kStride, kRows, kKind, 1>(job, rows).one_row();
  }
}

/// A group of a 3x3 layer: two rows at stride 1, or one after the other.
template <int kBytes, int kStride, Requantize kKind>
__attribute__((noinline)) void columns(const DepthwiseU8& job, const std::byte* constants, int c,
                                       int stored, bool beyond) {
  const std::ptrdiff_t in_row = job.width * job.in_stride;
  const std::ptrdiff_t out_row = job.out_width * job.out_stride;
  const auto rows_at = [&](int row) __attribute__((always_inline)) {
    Rows rows{};
    for (int i = 0; i < 4; ++i) {
      const int y = row * kStride + i - job.pad_top;
      const bool inside = y >= 0 && y < job.height;
      rows.in[i] = (inside ? job.in + y * in_row : job.outside_row) + c;
    }
    rows.out[0] = job.out + row * out_row + c;
    rows.out[1] = rows.out[0] + out_row;
    rows.constants = constants;
    rows.stored = stored;
    rows.beyond = beyond;
    return rows;
  };
  int row = job.first_row;
  if constexpr (kStride == 1) {
    SLIPWAY_LOOP for (; row + 2 <= job.last_row; row += 2)
        group<kBytes, 1, 2, kKind>(job, rows_at(row));
  }
  SLIPWAY_LOOP for (; row < job.last_row; ++row)
      group<kBytes, kStride, 1, kKind>(job, rows_at(row));
}

/// A group of any window.
template <int kBytes>
class Window {
 public:
  SLIPWAY_INLINE Window(const DepthwiseU8& job, const std::byte* constants, int quads,
                        Requantize kind, int c, int stored)
      : job_(job),
        constants_(constants),
        quads_(quads),
        kind_(kind),
        c_(c),
        lanes_(static_cast<typename V::Lanes>(lanes_of(stored))) {}

  __attribute__((noinline)) void run() const {
    // The columns whose windows lie inside.
    const auto& shape = job_.shape;
    const int reach = (shape.kernel_x - 1) * shape.dilation_x;
    const int first =
        smaller((job_.pad_left + shape.stride_x - 1) / shape.stride_x, job_.out_width);
    const int room = job_.width - 1 - reach + job_.pad_left;
    const int last = room < 0 ? first : smaller(room / shape.stride_x + 1, job_.out_width);
    for (int row = job_.first_row; row < job_.last_row; ++row) {
      edge(row, 0, first);
      const int inside = last > first ? last : first;
      inner(row, first, inside);
      edge(row, inside, job_.out_width);
    }
  }

 private:
  using V = Vector<kBytes>;
  using I = typename V::I;
  static constexpr int kMany = V::kRegisters == 32 ? 4 : 2;

  static SLIPWAY_INLINE int smaller(int a, int b) { return a < b ? a : b; }

  SLIPWAY_INLINE std::uint8_t* out(int row, int x) const {
    return job_.out + (static_cast<std::ptrdiff_t>(row) * job_.out_width + x) * job_.out_stride +
           c_;
  }

  void edge(int row, int from, int to) const {
    const std::uint8_t* places[kMostTaps];
    SLIPWAY_LOOP for (int x = from; x < to; ++x) {
      find(row, x, places);
      pixels<1>(places, 0, out(row, x));
    }
  }

  void inner(int row, int from, int to) const {
    if (from >= to) return;
    const std::uint8_t* places[kMostTaps];
    find(row, from, places);
    const std::ptrdiff_t step = job_.shape.stride_x * job_.in_stride;
    int x = from;
    SLIPWAY_LOOP for (; x + kMany <= to; x += kMany)
        pixels<kMany>(places, (x - from) * step, out(row, x));
    SLIPWAY_LOOP for (; x < to; ++x) pixels<1>(places, (x - from) * step, out(row, x));
  }

  /// Where the bytes of each place of the window lie. Rows outside of the picture have their own
  /// columns, so that the next pixels are at the same distance from all places.
  SLIPWAY_INLINE void find(int row, int x, const std::uint8_t** places) const {
    const auto& shape = job_.shape;
    int y = row * shape.stride_y - job_.pad_top;
    const int left = x * shape.stride_x - job_.pad_left;
    for (int i = 0; i < shape.kernel_y; ++i, y += shape.dilation_y) {
      const bool inside = y >= 0 && y < job_.height;
      const std::uint8_t* at =
          inside ? job_.in + static_cast<std::ptrdiff_t>(y) * job_.width * job_.in_stride
                 : job_.outside_row;
      int col = left;
      SLIPWAY_LOOP for (int j = 0; j < shape.kernel_x; ++j, col += shape.dilation_x) {
        *places++ =
            col >= 0 && col < job_.width ? at + col * job_.in_stride + c_ : job_.outside_row + c_;
      }
    }
  }

  /// Pixels that follow each other, `offset` behind the places.
  template <int kPixels>
  SLIPWAY_INLINE void pixels(const std::uint8_t* const* places, std::ptrdiff_t offset,
                             std::uint8_t* to) const {
    const std::ptrdiff_t step = job_.shape.stride_x * job_.in_stride;
    I sums[kPixels][4];
    SLIPWAY_UNROLL for (int p = 0; p < kPixels; ++p) {
      SLIPWAY_UNROLL for (int v = 0; v < 4; ++v) sums[p][v] = V::load(constants_ + v * kBytes);
    }
    const std::byte* at = constants_ + kBytes * 12;
    SLIPWAY_LOOP for (int q = 0; q < quads_; ++q) {
      GroupQuad quad;
      __builtin_memcpy(&quad.taps, at, sizeof quad.taps);
      at += sizeof quad;
      SLIPWAY_UNROLL for (int p = 0; p < kPixels; ++p) {
        const std::ptrdiff_t here = offset + p * step;
        const I a = V::load(places[quad.taps[0]] + here);
        const I b = V::load(places[quad.taps[1]] + here);
        const I c = V::load(places[quad.taps[2]] + here);
        const I d = V::load(places[quad.taps[3]] + here);
        const I low_ab = V::low_bytes(a, b);
        const I low_cd = V::low_bytes(c, d);
        const I high_ab = V::high_bytes(a, b);
        const I high_cd = V::high_bytes(c, d);
        const auto add = [&](int v, I bytes) __attribute__((always_inline)) {
          sums[p][v] = V::dot(sums[p][v], bytes, V::load(at + v * kBytes));
        };
        add(0, V::low_words(low_ab, low_cd));
        add(1, V::high_words(low_ab, low_cd));
        add(2, V::low_words(high_ab, high_cd));
        add(3, V::high_words(high_ab, high_cd));
      }
      at += kBytes * 4;
    }
    SLIPWAY_UNROLL for (int p = 0; p < kPixels; ++p) store(sums[p], to + p * job_.out_stride);
  }

  SLIPWAY_INLINE void store(const I (&sums)[4], std::uint8_t* to) const {
    const I zero = V::of_words(job_.requantization.zero);
    I first;
    I second;
    with_kind(
        kind_, [&]<Requantize kKind>() __attribute__((always_inline)) {
          const std::byte* at = constants_ + kBytes * 4;
          first = words<V, kKind>(sums[0], sums[1], at, at + kBytes, kBytes * 4, zero);
          second =
              words<V, kKind>(sums[2], sums[3], at + kBytes * 2, at + kBytes * 3, kBytes * 4, zero);
        });
    const I bytes =
        V::least(V::most(V::pack_words(first, second), V::of_bytes(job_.requantization.low)),
                 V::of_bytes(job_.requantization.high));
    V::store(to, lanes_, bytes);
  }

  const DepthwiseU8& job_;
  const std::byte* constants_;  // behind the header
  int quads_;
  Requantize kind_;
  int c_;
  typename V::Lanes lanes_;
};

/// What a variant has beside any window.
enum class Has : std::uint8_t { nothing, columns, columns_and_strips };

template <int kBytes, Has kHas>
SLIPWAY_INLINE void run_group(const DepthwiseU8& job, const GroupHeader& header,
                              const std::byte* constants, int c) {
  const int left = job.shape.channels - c;
  const int stored = left < kBytes ? left : kBytes;
  const auto kind = static_cast<Requantize>(header.kind);
  if constexpr (kHas == Has::columns_and_strips) {
    if (header.strips != 0) return Strips<kBytes>(job, constants, kind, c, lanes_of(stored)).run();
  }
  if constexpr (kHas != Has::nothing) {
    if (header.quads == 0) {
      with_kind(
          kind, [&]<Requantize kKind>() __attribute__((always_inline)) {
            if constexpr (is_fast(kKind)) {
              job.shape.stride_x == 1
                  ? columns<kBytes, 1, kKind>(job, constants, c, stored, header.beyond != 0)
                  : columns<kBytes, 2, kKind>(job, constants, c, stored, header.beyond != 0);
            }
          });
      return;
    }
  }
  Window<kBytes>(job, constants, header.quads, kind, c, stored).run();
}

/// All groups of some rows.
template <int kWidest, Has kHas>
SLIPWAY_INLINE void run_rows(const DepthwiseU8& job) {
  const std::byte* at = job.panels;
  for (int c = 0; c < job.shape.channels;) {
    GroupHeader header;
    __builtin_memcpy(&header, at, sizeof header);
    const std::byte* constants = at + sizeof header;
    const int width = depthwise_group(c, job.shape.channels, kWidest);
    if (width == 16) {
      run_group<16, kHas>(job, header, constants, c);
    } else if constexpr (kWidest > 16) {
      width == 32 ? run_group<32, kHas>(job, header, constants, c)
                  : run_group<kWidest, kHas>(job, header, constants, c);
    }
    at += header.strips != 0 ? strip_group_bytes(width, job.shape)
                             : group_bytes(width, header.quads, header.beyond);
    c += width;
  }
}

template <int kWidest, Has kHas>
SLIPWAY_INLINE void run_groups(const DepthwiseU8& job) {
  // Strips have longer weights, which stay near for some rows.
  const int together = kHas == Has::columns_and_strips && is_for_strips(job.shape) ? 8 : 2;
  DepthwiseU8 part = job;
  for (int row = job.first_row; row < job.last_row; row += together) {
    part.first_row = row;
    part.last_row = row + together < job.last_row ? row + together : job.last_row;
    run_rows<kWidest, kHas>(part);
  }
}

}  // namespace
}  // namespace slipway::kernels
