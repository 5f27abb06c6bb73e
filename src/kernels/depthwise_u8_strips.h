#pragma once
// Windows of up to eight rows, two rows of the output at a time: eight rows of a strip of columns
// are interleaved once, by fours, and each column is used by all the outputs whose windows have it.
// Sums and interleaved columns lie in the fastest cache, so that a body serves all windows. To be
// included behind vector512.h or vector256.h.

#include "kernels/depthwise_u8_panel.h"
#include "kernels/vector_requantize.h"

namespace slipway::kernels {
namespace {

template <int kBytes>
class Strips {
 public:
  SLIPWAY_INLINE Strips(const DepthwiseU8& job, const std::byte* constants, Requantize kind, int c,
                        std::uint64_t lanes)
      : job_(job),
        constants_(constants),
        kind_(kind),
        c_(c),
        lanes_(static_cast<typename V::Lanes>(lanes)) {}

  __attribute__((noinline)) void run() const {
    alignas(64) std::byte columns[kStripColumns * kColumn];
    alignas(64) std::byte sums[kStripOutputs * kSums];
    const int strips = (job_.out_width + kStripOutputs - 1) / kStripOutputs;
    const int each = (job_.out_width + strips - 1) / strips;
    SLIPWAY_LOOP for (int row = job_.first_row; row < job_.last_row; row += 2) {
      SLIPWAY_LOOP for (int x = 0; x < job_.out_width; x += each) {
        const int count = x + each < job_.out_width ? each : job_.out_width - x;
        interleave(row, x, count, columns);
        SLIPWAY_LOOP for (int v = 0; v < 4; ++v) {
          SLIPWAY_LOOP for (int done = 0; done < count;) done =
              count - done >= kMany ? dots<kMany>(columns, v, done, sums)
              : count >= kSome      ? dots<kSome>(columns, v, smaller(done, count - kSome), sums)
                                    : dots<1>(columns, v, done, sums);
        }
        with_kind(kind_, [&]<Requantize kKind>() { finish<kKind>(sums, row, x, count); });
      }
    }
  }

 private:
  using V = Vector<kBytes>;
  using I = typename V::I;
  // Outputs of each row whose sums are in registers.
  static constexpr int kMany = V::kRegisters == 32 ? 7 : 4;
  static constexpr int kSome = V::kRegisters == 32 ? 4 : 2;
  static constexpr int kColumn = 8 * kBytes;  // two quads of four vectors
  static constexpr int kSums = 8 * kBytes;    // four vectors for each of two rows

  static SLIPWAY_INLINE int smaller(int a, int b) { return a < b ? a : b; }

  /// The columns that `count` outputs from (row, x) on read.
  void interleave(int row, int x, int count, std::byte* to) const {
    const auto& shape = job_.shape;
    const int rows = shape.kernel_y + shape.stride_y;  // the others have no weights
    const std::uint8_t* in[8];
    for (int i = 0; i < 8; ++i) {
      const int y = row * shape.stride_y - job_.pad_top + (i < rows ? i : 0);
      const bool inside = y >= 0 && y < job_.height;
      in[i] = (inside ? job_.in + static_cast<std::ptrdiff_t>(y) * job_.width * job_.in_stride
                      : job_.outside_row) +
              c_;
    }
    const int first = x * shape.stride_x - job_.pad_left;
    const int behind = first + (count - 1) * shape.stride_x + shape.kernel_x;
    const bool pairs = strip_pairs(shape);
    Halves before{};
    SLIPWAY_LOOP for (int column = first; column < behind; ++column, to += kColumn) {
      const Halves upper = halves(in, column);
      put(upper, halves(in + 2, column), to);
      const Halves lower = halves(in + 4, column);
      if (!pairs) {
        put(lower, halves(in + 6, column), to + kColumn / 2);
      } else if (column > first) {
        put(before, lower, to - kColumn / 2);
      }
      before = lower;
    }
    if (pairs) put(before, before, to - kColumn / 2);  // the second one has no weights
  }

  /// Two rows of a column, interleaved.
  struct Halves {
    I low, high;
  };

  SLIPWAY_INLINE Halves halves(const std::uint8_t* const* rows, int column) const {
    if (column < 0 || column >= job_.width) {
      const I outside = V::of_bytes(job_.outside);
      return {outside, outside};
    }
    const I a = V::load(rows[0] + column * job_.in_stride);
    const I b = V::load(rows[1] + column * job_.in_stride);
    return {V::low_bytes(a, b), V::high_bytes(a, b)};
  }

  static SLIPWAY_INLINE void put(const Halves& a, const Halves& b, std::byte* to) {
    V::store_all(to, V::low_words(a.low, b.low));
    V::store_all(to + kBytes, V::high_words(a.low, b.low));
    V::store_all(to + 2 * kBytes, V::low_words(a.high, b.high));
    V::store_all(to + 3 * kBytes, V::high_words(a.high, b.high));
  }

  /// The sums of kCount outputs of both rows in vector `v`; returns the output behind them.
  template <int kCount>
  int dots(const std::byte* columns, int v, int x, std::byte* sums) const {
    const auto& shape = job_.shape;
    const I bias = V::load(constants_ + v * kBytes);
    I sum[2][kCount];
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) sum[0][i] = sum[1][i] = bias;
    const std::byte* weights = constants_ + kBytes * 12 + v * kBytes;
    const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(shape.stride_x) * kColumn;
    const auto quads = [&](const std::byte* from, int apart) __attribute__((always_inline)) {
      SLIPWAY_LOOP for (int j = 0; j < shape.kernel_x; j += apart) {
        const I upper = V::load(weights);
        const I lower = V::load(weights + 4 * kBytes);
        SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) {
          const I bytes = V::load(from + i * step);
          sum[0][i] = V::dot(sum[0][i], bytes, upper);
          sum[1][i] = V::dot(sum[1][i], bytes, lower);
        }
        weights += 8 * kBytes;
        from += apart * kColumn;
      }
    };
    const std::byte* const from = columns + x * step + v * kBytes;
    quads(from, 1);
    quads(from + kColumn / 2, strip_pairs(shape) ? 2 : 1);
    std::byte* to = sums + x * kSums + v * kBytes;
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) {
      V::store_all(to + i * kSums, sum[0][i]);
      V::store_all(to + i * kSums + 4 * kBytes, sum[1][i]);
    }
    return x + kCount;
  }

  /// Sums to bytes.
  template <Requantize kKind>
  __attribute__((noinline)) void finish(const std::byte* sums, int row, int x, int count) const {
    const I zero = V::of_words(job_.requantization.zero);
    const I low = V::of_bytes(job_.requantization.low);
    const I high = V::of_bytes(job_.requantization.high);
    const auto lanes = lanes_;
    I first[4];
    I second[4];
    SLIPWAY_UNROLL for (int v = 0; v < 4; ++v) {
      first[v] = V::load(constants_ + (4 + v) * kBytes);
      second[v] = V::load(constants_ + (8 + v) * kBytes);
    }
    const std::ptrdiff_t stride = job_.out_stride;
    const auto half = [&](const std::byte* from, int v) __attribute__((always_inline)) {
      const I packed = V::pack_ints(
          requantized<V, kKind>(V::load(from + v * kBytes), first[v], second[v]),
          requantized<V, kKind>(V::load(from + (v + 1) * kBytes), first[v + 1], second[v + 1]));
      return has_zero_inside(kKind) ? packed : V::add_words(packed, zero);
    };
    SLIPWAY_LOOP for (int r = 0; r < 2 && row + r < job_.last_row; ++r) {
      const std::byte* from = sums + r * 4 * kBytes;
      std::uint8_t* to =
          job_.out + (static_cast<std::ptrdiff_t>(row + r) * job_.out_width + x) * stride + c_;
      SLIPWAY_LOOP for (int i = 0; i < count; ++i, from += kSums, to += stride) {
        const I bytes = V::pack_words(half(from, 0), half(from, 2));
        V::store(to, lanes, V::least(V::most(bytes, low), high));
      }
    }
  }

  const DepthwiseU8& job_;
  const std::byte* constants_;  // behind the header
  Requantize kind_;
  int c_;
  typename V::Lanes lanes_;
};

}  // namespace
}  // namespace slipway::kernels
