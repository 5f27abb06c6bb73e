#include "kernels/mean_u8.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class MeanU8Variants : public testing::TestWithParam<MeanU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

ChannelScale random_scale(Random& random, Requantize kind, int pixels, int zero) {
  ChannelScale channel;
  channel.kind = kind;
  const double real = static_cast<double>(random.real(0.3F, 2)) / pixels;
  channel.scale = channel.factor = static_cast<float>(real);
  channel.real = real;
  channel.offset = kind == Requantize::fused ? static_cast<float>(zero) : random.real(0, 0.5F);
  if (kind == Requantize::magic)
    channel.offset = std::nearbyint(kMagic + 9 - kMagic * channel.factor);
  int exponent = 0;
  channel.multiplier = static_cast<std::int32_t>(std::frexp(real, &exponent) * 0x1p31);
  channel.shift = kind == Requantize::down && exponent > -1 ? -1 : exponent;
  return channel;
}

TEST_P(MeanU8Variants, EqualTheSumsInEveryByte) {
  Random random(9);
  for (int i = 0; i < 240; ++i) {
    MeanU8 job;
    job.channels = i % 150 + 1;
    job.pixels = static_cast<int>(i % 9 == 0 ? random.integer(250, 1100) : random.integer(1, 60));
    job.kind = static_cast<Requantize>(i % kRequantizeCount);
    job.requantization.zero = static_cast<std::int16_t>(random.integer(0, 255));
    job.requantization.high = static_cast<std::uint8_t>(random.integer(200, 255));
    job.bias = -job.pixels * static_cast<int>(random.integer(0, 200));
    const auto channel = random_scale(random, job.kind, job.pixels, job.requantization.zero);
    job.words = words_of(channel, job.kind);
    std::vector<std::uint8_t> in;
    const bool full = i % 2 == 0;  // the largest sums
    for (int k = 0; k < job.channels * job.pixels + 63; ++k)
      in.push_back(static_cast<std::uint8_t>(full ? 255 : random.integer(0, 255)));
    std::vector<std::uint8_t> out(static_cast<std::size_t>(job.channels) + 70, 0xEE);
    job.in = in.data();
    job.out = out.data();
    GetParam().run(job);
    for (int c = 0; c < static_cast<int>(out.size()); ++c) {
      int sum = job.bias;
      for (int p = 0; p < job.pixels && c < job.channels; ++p)
        sum += in[static_cast<std::size_t>(p * job.channels + c)];
      const int should = c < job.channels ? requantize(sum, channel, job.requantization) : 0xEE;
      ASSERT_EQ(out[static_cast<std::size_t>(c)], should)
          << c << " of " << job.channels << ", " << job.pixels << " pixels, kind " << i % 6;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, MeanU8Variants, testing::ValuesIn(built(mean_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
