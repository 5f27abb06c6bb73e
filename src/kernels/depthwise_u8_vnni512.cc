// depthwise_u8 by dot products of column quads: four rows of a column are interleaved once and used
// by three outputs, and at stride 1 by two rows of them. A pass takes two of the four vectors that
// the interleaving gives, so that its weights, biases and scales stay in registers.

#include "kernels/depthwise_u8_isa.h"
#include "kernels/depthwise_u8_panel.h"
#include "kernels/vector512.h"

namespace slipway::kernels {
namespace {

/// What a pass over one or two output rows needs.
struct Rows {
  const std::uint8_t* in[4];  // at the group's first channel
  std::uint8_t* out[2];
  const std::byte* constants;
  int stored;  // channels of the group that exist
};

template <int kBytes, int kStride, int kRows, Requantize kKind, int kHalf>
struct Pass {
  using V = Vector<kBytes>;
  using I = typename V::I;
  using F = typename V::F;
  static constexpr bool kMagic = kKind == Requantize::magic;

  /// Vectors 2 * kHalf and 2 * kHalf + 1 of one column.
  struct Column {
    I a, b;
  };

  const DepthwiseU8& job;
  const Rows& rows;
  I weights[kRows][3][2];
  I bias[2];
  F scale[2];
  F offset[2];
  I zero, low, high;
  typename V::Lanes lanes;

  SLIPWAY_INLINE explicit Pass(const DepthwiseU8& j, const Rows& r) : job(j), rows(r) {
    SLIPWAY_UNROLL for (int v = 0; v < 2; ++v) {
      const std::byte* at = rows.constants + (2 * kHalf + v) * kBytes;
      bias[v] = V::load(at);
      scale[v] = V::load_floats(at + kBytes * 4);
      offset[v] = V::load_floats(at + kBytes * 8);
      SLIPWAY_UNROLL for (int k = 0; k < kRows; ++k) {
        SLIPWAY_UNROLL for (int t = 0; t < 3; ++t) weights[k][t][v] =
            V::load(at + kBytes * 12 + (k * 3 + t) * kBytes * 4);
      }
    }
    zero = V::of_words(job.requantization.zero);
    low = V::of_bytes(job.requantization.low);
    high = V::of_bytes(job.requantization.high);
    // Of each 128-bit part this pass has 8 channels.
    const std::uint64_t mine = kHalf == 0 ? 0x00FF00FF00FF00FFU : 0xFF00FF00FF00FF00U;
    const std::uint64_t exist =
        rows.stored >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << rows.stored) - 1;
    lanes = static_cast<typename V::Lanes>(mine & exist);
  }

  SLIPWAY_INLINE Column column(int x) const {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(x) * job.shape.channels;
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
    const I a =
        V::dot(V::dot(V::dot(bias[0], left.a, weights[k][0][0]), middle.a, weights[k][1][0]),
               right.a, weights[k][2][0]);
    const I b =
        V::dot(V::dot(V::dot(bias[1], left.b, weights[k][0][1]), middle.b, weights[k][1][1]),
               right.b, weights[k][2][1]);
    const I packed = V::pack_ints(requantized<kBytes, kKind>(a, scale[0], offset[0]),
                                  requantized<kBytes, kKind>(b, scale[1], offset[1]));
    return kMagic ? packed : V::add_words(packed, zero);
  }

  /// Two results share a vector: 8 bytes of each in every 128-bit part.
  SLIPWAY_INLINE void store(I first, I second, std::uint8_t* to_first,
                            std::uint8_t* to_second) const {
    const I bytes = V::least(V::most(V::pack_words(first, second), low), high);
    const I swapped = V::swap_halves(bytes);
    V::store(to_first, lanes, kHalf == 0 ? bytes : swapped);
    V::store(to_second, lanes, kHalf == 0 ? swapped : bytes);
  }

  SLIPWAY_INLINE std::uint8_t* out(int row, int x) const {
    return rows.out[row] + static_cast<std::ptrdiff_t>(x) * job.shape.channels;
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
    SLIPWAY_LOOP for (; x + 3 <= job.out_width && in + 5 <= job.width; x += 3, in += 3) {
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
      I first;
      I second;
      if constexpr (kStride == 1) {
        const Column b = column_or_outside(in + 1);
        const Column c = column_or_outside(in + 2);
        const Column d = column_or_outside(in + 3);
        first = words(a, b, c, 0);
        second = words(b, c, d, 0);
        a = c;
      } else {
        const Column b = column_or_outside(in + 1);
        const Column c = column_or_outside(in + 2);
        first = words(a, b, c, 0);
        const Column d = column_or_outside(in + 3);
        a = column_or_outside(in + 4);
        second = words(c, d, a, 0);
      }
      store(first, pair ? second : first, out(0, x), out(0, pair ? x + 1 : x));
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

/// All channels of kRows output rows from `row` on.
template <int kStride, int kRows, Requantize kKind>
__attribute__((noinline)) void rows_at(const DepthwiseU8& job, int row) {
  const int channels = job.shape.channels;
  const std::ptrdiff_t in_row = static_cast<std::ptrdiff_t>(job.width) * channels;
  const std::ptrdiff_t out_row = static_cast<std::ptrdiff_t>(job.out_width) * channels;
  const std::byte* constants = job.panels;
  for (int c = 0; c < channels;) {
    Rows rows{};
    for (int i = 0; i < 4; ++i) {
      const int y = row * kStride + i - job.pad_top;
      const bool inside = y >= 0 && y < job.height;
      rows.in[i] = (inside ? job.in + y * in_row : job.outside_row) + c;
    }
    rows.out[0] = job.out + row * out_row + c;
    rows.out[1] = rows.out[0] + out_row;
    rows.constants = constants;
    const int width = depthwise_group(c, channels);
    rows.stored = channels - c < width ? channels - c : width;
    if (width == 64) {
      group<64, kStride, kRows, kKind>(job, rows);
    } else if (width == 32) {
      group<32, kStride, kRows, kKind>(job, rows);
    } else {
      group<16, kStride, kRows, kKind>(job, rows);
    }
    constants += static_cast<std::size_t>(width) * kDepthwiseBytes;
    c += width;
  }
}

template <Requantize kKind>
void run(const DepthwiseU8& job) {
  int row = job.first_row;
  if (job.shape.stride == 2) {
    for (; row < job.last_row; ++row) rows_at<2, 1, kKind>(job, row);
    return;
  }
  for (; row + 2 <= job.last_row; row += 2) rows_at<1, 2, kKind>(job, row);
  if (row < job.last_row) rows_at<1, 1, kKind>(job, row);
}

}  // namespace

void depthwise_u8_vnni512(const DepthwiseU8& job) {
  job.requantization.kind == Requantize::magic ? run<Requantize::magic>(job)
                                               : run<Requantize::multiply>(job);
}

}  // namespace slipway::kernels
