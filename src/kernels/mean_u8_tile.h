#pragma once
// mean_u8 for all vectors. To be included behind vector512.h or vector256.h.

#include "kernels/mean_u8_isa.h"
#include "kernels/vector_requantize.h"

namespace slipway::kernels {
namespace {

/// As many channels as a vector has bytes.
template <class V>
SLIPWAY_INLINE void mean_of(const MeanU8& job, const std::uint8_t* in, std::uint8_t* out,
                            typename V::Lanes lanes) {
  using I = typename V::I;
  constexpr int kMostInWords = 257;  // times 255 fills 16 bits
  const I none = V::of_ints(0);
  const std::uint32_t start =
      static_cast<std::uint32_t>(job.bias) + (job.kind == Requantize::magic ? kMagicBits : 0U);
  I sums[4];
  SLIPWAY_UNROLL for (int v = 0; v < 4; ++v) sums[v] = V::of_ints(static_cast<int>(start));
  for (int done = 0; done < job.pixels; done += kMostInWords) {
    const int left = job.pixels - done;
    I low = none;
    I high = none;
    SLIPWAY_LOOP for (int p = left < kMostInWords ? left : kMostInWords; p > 0; --p) {
      const I bytes = V::load(in);
      low = V::plain_add_words(low, V::low_bytes(bytes, none));
      high = V::plain_add_words(high, V::high_bytes(bytes, none));
      in += job.channels;
    }
    sums[0] = V::add(sums[0], V::low_words(low, none));
    sums[1] = V::add(sums[1], V::high_words(low, none));
    sums[2] = V::add(sums[2], V::low_words(high, none));
    sums[3] = V::add(sums[3], V::high_words(high, none));
  }
  const I first = V::of_ints(static_cast<int>(job.words.first));
  const I second = V::of_ints(static_cast<int>(job.words.second));
  const I zero = V::of_words(job.requantization.zero);
  I bytes;
  with_kind(
      job.kind, [&]<Requantize kKind>() __attribute__((always_inline)) {
        const auto half = [&](int v) __attribute__((always_inline)) {
          const I packed = V::pack_ints(requantized<V, kKind>(sums[v], first, second),
                                        requantized<V, kKind>(sums[v + 1], first, second));
          return has_zero_inside(kKind) ? packed : V::add_words(packed, zero);
        };
        bytes = V::pack_words(half(0), half(2));
      });
  V::store(out, lanes,
           V::least(V::most(bytes, V::of_bytes(job.requantization.low)),
                    V::of_bytes(job.requantization.high)));
}

template <class V>
SLIPWAY_INLINE void run_means(const MeanU8& job) {
  constexpr int kBytes = sizeof(typename V::I);
  using Lanes = typename V::Lanes;
  for (int c = 0; c < job.channels; c += kBytes) {
    const int left = job.channels - c;
    const Lanes lanes = left >= kBytes
                            ? static_cast<Lanes>(~Lanes{0})
                            : static_cast<Lanes>((Lanes{1} << static_cast<unsigned>(left)) - 1);
    mean_of<V>(job, job.in + c, job.out + c, lanes);
  }
}

}  // namespace
}  // namespace slipway::kernels
