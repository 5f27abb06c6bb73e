#pragma once
// depthwise_u8 by products of 16-bit words, for processors whose dot products of bytes saturate. To
// be included behind vector256.h.
//
// Two rows of the input are interleaved and widened once, for all windows that they are part of. A
// multiplication then takes two places of a window for eight sums, exactly, and what it reads lies
// in memory: constants take turns in a register, sums of many outputs stay in theirs.

#include "kernels/depthwise_u8_isa.h"
#include "kernels/depthwise_u8_panel.h"
#include "kernels/vector_requantize.h"

namespace slipway::kernels {
namespace {

/// What is the same for all groups of a layer.
struct WordLayout {
  int outputs;                  // columns of a strip
  int strips;                   // of a row
  int ring;                     // row pairs that are kept
  int span;                     // columns of each phase of a row pair
  int reach;                    // of a window in each phase
  int columns[kMostWordSteps];  // where a window has its columns, in a row pair of four planes

  SLIPWAY_INLINE explicit WordLayout(const DepthwiseU8& job) {
    const auto& shape = job.shape;
    const int most = word_outputs(shape);
    strips = (job.out_width + most - 1) / most;
    outputs = (job.out_width + strips - 1) / strips;
    ring = word_pairs(shape.kernel_y, 1);
    span = word_span(shape, outputs);
    reach = word_reach(shape);
    for (int j = 0; j < shape.kernel_x; ++j) {
      const int column = j * shape.dilation_x;
      columns[j] = column % shape.stride_x * 4 * span + column / shape.stride_x;
    }
  }
};

/// Rows of one group of 16 or 32 channels. A part is four vectors of kBytes in planes of their own:
/// one column of a row pair, or the sums of one output.
template <int kBytes>
class Words {
 public:
  SLIPWAY_INLINE Words(const DepthwiseU8& job, const WordLayout& layout, const std::byte* panel,
                       int c)
      : job_(job), shape_(job.shape), layout_(layout), c_(c), plane_(layout.span * kBytes) {
    GroupHeader header;
    __builtin_memcpy(&header, panel, sizeof header);
    kind_ = static_cast<Requantize>(header.kind);
    constants_ = panel + sizeof header;
    const int left = job.shape.channels - c;
    stored_ = left < kBytes ? left : kBytes;
  }

  void run(int first, int last) {
    for (int x = 0; x < job_.out_width; x += layout_.outputs) {
      const int left = job_.out_width - x;
      run_strip(first, last, x, layout_.outputs < left ? layout_.outputs : left);
    }
  }

 private:
  using V = Vector<32>;
  using I = V::I;
  static constexpr int kOutputs = 32 / kBytes;  // in a vector

  static SLIPWAY_INLINE I load(const std::byte* p) {
    if constexpr (kBytes == 32) return V::load(p);
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }

  /// Columns of one phase of a strip, those that are inside of the input from `from` on.
  struct Phase {
    std::ptrdiff_t first;  // in bytes from the begin of a row, before it for a border
    int from;
    int until;
  };

  struct Strip {
    int places;  // of a row pair in each phase
    Phase phases[kMostWordStride];
  };

  /// Divisions take long where rows are short.
  [[nodiscard]] SLIPWAY_INLINE int over_stride(int x) const {
    return shape_.stride_x == 1 ? x : shape_.stride_x == 2 ? x >> 1 : x / shape_.stride_x;
  }

  SLIPWAY_INLINE Strip strip_at(int x, int count) const {
    Strip strip;
    const int stride = shape_.stride_x;
    strip.places = layout_.reach + (count + kOutputs - 1) / kOutputs * kOutputs;
    const auto within = [&](int i) { return i < 0 ? 0 : i < strip.places ? i : strip.places; };
    for (int rest = 0; rest < stride; ++rest) {
      const int left = x * stride - job_.pad_left + rest;
      const int behind = job_.width - left;  // columns of the input, of all phases
      const int from = left >= 0 ? 0 : within(over_stride(stride - 1 - left));
      const int until = behind > 0 ? within(over_stride(behind - 1) + 1) : 0;
      strip.phases[rest] = {left * job_.in_stride, from, until > from ? until : from};
    }
    return strip;
  }

  /// Where a row pair lies.
  [[nodiscard]] SLIPWAY_INLINE std::byte* slot(int number) {
    if (number >= layout_.ring) number -= layout_.ring;
    return pairs_ + static_cast<std::ptrdiff_t>(number) * shape_.stride_x * 4 * plane_;
  }

  /// `count` columns of the output from `x`.
  void run_strip(int first, int last, int x, int count) {
    const Strip strip = strip_at(x, count);
    int top = first * shape_.stride_y - job_.pad_top;  // of the first row pair of a window
    int lowest = 0;                                    // that pair's slot
    int built = 0;                                     // pairs from there on
    int odd = 0;  // whether the window begins with its second row
    const std::byte* const all = constants_ + kBytes * 12;
    const std::byte* const other =
        all + word_pairs(shape_.kernel_y, 0) * shape_.kernel_x * kBytes * 4;
    std::uint8_t* to =
        job_.out + (static_cast<std::ptrdiff_t>(first) * job_.out_width + x) * job_.out_stride + c_;
    for (int row = first; row < last; ++row) {
      const int pairs = word_pairs(shape_.kernel_y, odd);
      for (; built < pairs; ++built)
        widen(top + 2 * built * shape_.dilation_y, strip, slot(lowest + built));
      const std::byte* places[kMostWordSteps];
      int steps = 0;
      for (int i = 0; i < pairs; ++i) {
        const std::byte* const pair = slot(lowest + i);
        for (int j = 0; j < shape_.kernel_x; ++j)
          places[steps++] = pair + layout_.columns[j] * kBytes;
      }
      add_up(places, steps, odd == 0 ? all : other, (count + kOutputs - 1) / kOutputs);
      with_kind(
          kind_, [&]<Requantize kKind>()
                     __attribute__((always_inline)) { finish<kKind>(to, count); });
      to += job_.out_width * job_.out_stride;
      for (odd += shape_.stride_y; odd >= 2; odd -= 2) {
        top += 2;
        if (built > 0) --built;
        lowest = lowest + 1 < layout_.ring ? lowest + 1 : 0;
      }
    }
  }

  /// The words of two rows: of each four bytes a0 a1 b0 b1 of two channels and two rows, a0 b0 and
  /// a1 b1.
  static SLIPWAY_INLINE void put(std::byte* to, std::ptrdiff_t plane, I a, I b) {
    const I bytes = V::of_words(0xFF);
    const I low = V::low_words(a, b);
    const I high = V::high_words(a, b);
    V::store_all(to, V::both(low, bytes));
    V::store_all(to + plane, _mm256_srli_epi16(low, 8));
    V::store_all(to + 2 * plane, V::both(high, bytes));
    V::store_all(to + 3 * plane, _mm256_srli_epi16(high, 8));
  }

  /// The row pair that begins in row `y`.
  __attribute__((noinline)) void widen(int y, const Strip& strip, std::byte* to) const {
    const auto row = [&](int i) {
      return (i >= 0 && i < job_.height
                  ? job_.in + static_cast<std::ptrdiff_t>(i) * job_.width * job_.in_stride
                  : job_.outside_row) +
             c_;
    };
    const std::uint8_t* const a = row(y);
    const std::uint8_t* const b = row(y + shape_.dilation_y);
    for (int rest = 0; rest < shape_.stride_x; ++rest, to += 4 * plane_) {
      const Phase& phase = strip.phases[rest];
      widen(a + phase.first, b + phase.first, phase, to);
      outside(to, 0, phase.from);
      outside(to, phase.until, strip.places);
    }
  }

  SLIPWAY_INLINE void widen(const std::uint8_t* a, const std::uint8_t* b, const Phase& phase,
                            std::byte* to) const {
    const std::ptrdiff_t plane = plane_;
    const std::ptrdiff_t step = shape_.stride_x * job_.in_stride;
    a += phase.from * step;
    b += phase.from * step;
    to += phase.from * kBytes;
    int left = phase.until - phase.from;
    SLIPWAY_LOOP for (; left >= kOutputs; left -= kOutputs) {
      put(to, plane, columns(a, step), columns(b, step));
      a += kOutputs * step;
      b += kOutputs * step;
      to += 32;
    }
    if (left > 0) put(to, plane, columns(a, 0), columns(b, 0));  // the second is written over
  }

  SLIPWAY_INLINE void outside(std::byte* to, int from, int until) const {
    const I words = V::of_words(job_.outside);
    SLIPWAY_LOOP for (; from < until; ++from) {
      SLIPWAY_UNROLL for (int v = 0; v < 4; ++v) {
        std::byte* at = to + v * plane_ + from * kBytes;
        if constexpr (kBytes == 32) {
          V::store_all(at, words);
        } else {
          Vector<16>::store_all(at, _mm256_castsi256_si128(words));
        }
      }
    }
  }

  /// One column or two, `step` apart.
  static SLIPWAY_INLINE I columns(const std::uint8_t* p, std::ptrdiff_t step) {
    if constexpr (kBytes == 32) return V::load(p);
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + step)), 1);
  }

  /// Sums of all outputs of a strip. Weights stay in registers, some at a time.
  void add_up(const std::byte* const* places, int steps, const std::byte* weights, int vectors) {
    SLIPWAY_LOOP for (int v = 0; v < 4; ++v) {
      std::byte* to = sums_ + v * kSums;
      alignas(32) std::byte bias[32];
      V::store_all(bias, load(constants_ + v * kBytes));
      Steps some{places, weights, v * plane_, bias, 0, to, to + std::ptrdiff_t{vectors} * 32};
      SLIPWAY_LOOP for (int left = steps; left > 0; left -= kMostInRegisters) {
        add_some<kMostInRegisters>(some, left);
        some.places += kMostInRegisters;
        some.weights += kMostInRegisters * kBytes;
        some.from = to;
        some.from_step = 32;
      }
      weights += static_cast<std::ptrdiff_t>(steps) * kBytes;
    }
  }

  struct Steps {
    const std::byte* const* places;
    const std::byte* weights;
    std::ptrdiff_t plane;      // behind each place
    const std::byte* from;     // what sums begin with
    std::ptrdiff_t from_step;  // 0 or 32
    std::byte* to;
    std::byte* end;
  };

  static constexpr int kMostInRegisters = 8;

  template <int kSteps>
  static SLIPWAY_INLINE void add_some(const Steps& steps, int count) {
    if constexpr (kSteps > 0)
      count >= kSteps ? add_steps<kSteps>(steps) : add_some<kSteps - 1>(steps, count);
  }

  template <int kSteps>
  __attribute__((noinline)) static void add_steps(const Steps& steps) {
    I weights[kSteps];
    const std::byte* columns[kSteps];
    SLIPWAY_UNROLL for (int s = 0; s < kSteps; ++s) {
      weights[s] = load(steps.weights + s * kBytes);
      columns[s] = steps.places[s] + steps.plane;
    }
    const std::byte* from = steps.from;
    const std::ptrdiff_t from_step = steps.from_step;
    std::byte* const to = steps.to;
    const std::ptrdiff_t end = steps.end - to;
    SLIPWAY_LOOP for (std::ptrdiff_t at = 0; at < end; at += 32, from += from_step) {
      I sum = V::load(from);
      SLIPWAY_UNROLL for (int s = 0; s < kSteps; ++s) sum =
          V::add(sum, _mm256_madd_epi16(weights[s], V::load(columns[s] + at)));
      V::store_all(to + at, sum);
    }
  }

  template <Requantize kKind>
  __attribute__((noinline)) void finish(std::uint8_t* to, int count) const {
    const auto& all = job_.requantization;
    const bool plain = (all.zero == 0 || has_zero_inside(kKind)) && all.low == 0 && all.high == 255;
    if (stored_ < kBytes) return finish<kKind, false, false>(to, count);
    plain ? finish<kKind, true, true>(to, count) : finish<kKind, true, false>(to, count);
  }

  /// kWhole: all channels exist. kPlain: what saturation leaves are the bytes.
  template <Requantize kKind, bool kWhole, bool kPlain>
  SLIPWAY_INLINE void finish(std::uint8_t* to, int count) const {
    const I zero = V::of_words(job_.requantization.zero);
    const I low = V::of_bytes(job_.requantization.low);
    const I high = V::of_bytes(job_.requantization.high);
    // Even channels are the first half of each 128-bit part, odd ones the second.
    const I natural = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
    I first[4];
    I second[4];
    SLIPWAY_UNROLL for (int v = 0; v < 4; ++v) {
      first[v] = load(constants_ + (4 + v) * kBytes);
      second[v] = load(constants_ + (8 + v) * kBytes);
    }
    const std::ptrdiff_t out_stride = job_.out_stride;
    const int stored = stored_;
    const auto put = [&](std::uint8_t * at, auto bytes) __attribute__((always_inline)) {
      using S = Vector<kBytes>;
      kWhole ? S::store_all(at, bytes) : S::store(at, lanes_of(stored), bytes);
    };
    const std::byte* sums = sums_;
    SLIPWAY_LOOP for (; count > 0; count -= kOutputs, sums += 32, to += kOutputs * out_stride) {
      const auto half = [&](int v) __attribute__((always_inline)) {
        const I packed = V::pack_ints(
            requantized<V, kKind>(V::load(sums + v * kSums), first[v], second[v]),
            requantized<V, kKind>(V::load(sums + (v + 2) * kSums), first[v + 2], second[v + 2]));
        return has_zero_inside(kKind) || kPlain ? packed : V::add_words(packed, zero);
      };
      I mixed = V::pack_words(half(0), half(1));
      if (!kPlain) mixed = V::least(V::most(mixed, low), high);
      const I bytes = _mm256_shuffle_epi8(mixed, natural);
      if constexpr (kBytes == 32) {
        put(to, bytes);
      } else {
        put(to, _mm256_castsi256_si128(bytes));
        if (count > 1) put(to + out_stride, _mm256_extracti128_si256(bytes, 1));
      }
    }
  }

  static constexpr int kSums = kMostWordOutputs * kBytes;  // bytes of a plane

  const DepthwiseU8& job_;
  const DepthwiseU8Shape shape_;
  const WordLayout& layout_;
  int c_;
  std::ptrdiff_t plane_;        // bytes from one quarter of a phase to the next
  const std::byte* constants_;  // behind the header
  Requantize kind_;
  int stored_;  // channels that exist
  alignas(32) std::byte pairs_[kWordScratch / 32 * kBytes];
  alignas(32) std::byte sums_[4 * kSums];
};

template <int kBytes>
__attribute__((noinline)) void run_word_group(const DepthwiseU8& job, const WordLayout& layout,
                                              const std::byte* panel, int c, int first, int last) {
  Words<kBytes>(job, layout, panel, c).run(first, last);
}

/// All groups of some rows, then of the next: what they read stays in the caches.
SLIPWAY_INLINE void run_words(const DepthwiseU8& job) {
  const WordLayout layout(job);
  const int rows = job.shape.dilation_y == 1 ? 8 : 1;  // that share row pairs
  for (int row = job.first_row; row < job.last_row; row += rows) {
    const int last = row + rows < job.last_row ? row + rows : job.last_row;
    const std::byte* panel = job.panels;
    for (int c = 0; c < job.shape.channels;) {
      const int width = depthwise_group(c, job.shape.channels, 32);
      width == 16 ? run_word_group<16>(job, layout, panel, c, row, last)
                  : run_word_group<32>(job, layout, panel, c, row, last);
      panel += word_group_bytes(width, job.shape);
      c += width;
    }
  }
}

}  // namespace
}  // namespace slipway::kernels
