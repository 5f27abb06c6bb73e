#include "kernels/winograd_u8.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

struct Case {
  WinogradU8 job;  // pointers are set by computed()
  std::vector<std::uint8_t> in;
  std::vector<std::int16_t> weights;
  std::vector<ChannelScale> channels;
};

Case random_case(Random& random, WinogradU8Shape shape, int largest, Requantize kind) {
  Case one;
  auto& job = one.job;
  job.shape = shape;
  job.height = between(random, 1, largest);
  job.width = between(random, 1, largest);
  job.pad_top = between(random, 0, 2);
  job.pad_left = between(random, 0, 2);
  job.out_height = between(random, 1, job.height + job.pad_top);
  job.out_width = between(random, 1, job.width + job.pad_left);
  job.outside = static_cast<std::uint8_t>(between(random, 0, 255));
  const auto in_stride = shape.channels + between(random, 0, 3);
  job.inputs = 0;
  for (int c = 0; c < shape.channels; ++job.inputs) {
    const int left = shape.channels - c;
    const int some = job.inputs + 1 < kMostInputsU8 ? between(random, 1, 20) : left;
    job.in[job.inputs] = {nullptr, in_stride, some < left ? some : left};
    c += job.in[job.inputs].channels;
  }
  job.out_stride = shape.n + between(random, 0, 3);
  job.last_row = tile_rows(job.out_height);
  for (std::ptrdiff_t i = 0; i < job.height * job.width * in_stride + 63; ++i)
    one.in.push_back(static_cast<std::uint8_t>(between(random, 0, 255)));
  const bool extreme = between(random, 0, 3) == 0;
  for (int i = 0; i < 9 * shape.channels * shape.n; ++i) {
    const int sign = between(random, 0, 1) == 0 ? 255 : -255;
    one.weights.push_back(static_cast<std::int16_t>(extreme ? sign : between(random, -128, 127)));
  }
  for (int j = 0; j < shape.n; ++j) {
    ChannelScale channel;
    channel.kind = kind;
    channel.bias = between(random, -50000, 50000);
    channel.scale = random.real(1e-4F, 2e-3F);
    channel.real = static_cast<double>(channel.scale);
    channel.factor = channel.scale;
    channel.offset = random.real(0, 0.5F);
    channel.multiplier = between(random, 1 << 30, INT32_MAX);
    channel.shift = -between(random, 9, 12);
    one.channels.push_back(channel);
  }
  job.requantization = {kind, static_cast<std::int16_t>(between(random, 0, 255)),
                        static_cast<std::uint8_t>(between(random, 0, 50)),
                        static_cast<std::uint8_t>(between(random, 200, 255))};
  return one;
}

constexpr std::uint8_t kUntouched = 0xEE;

std::vector<std::uint8_t> untouched(const Case& one) {
  const auto pixels = static_cast<std::size_t>(one.job.out_height * one.job.out_width);
  return std::vector<std::uint8_t>(pixels * static_cast<std::size_t>(one.job.out_stride),
                                   kUntouched);
}

std::vector<std::uint8_t> expected(const Case& one) {
  const auto& job = one.job;
  const auto& shape = job.shape;
  auto out = untouched(one);
  for (int y = 0; y < job.out_height; ++y) {
    for (int x = 0; x < job.out_width; ++x) {
      for (int j = 0; j < shape.n; ++j) {
        const auto& channel = one.channels[static_cast<std::size_t>(j)];
        std::int32_t sum = channel.bias;
        for (int i = 0; i < 9 * shape.channels; ++i) {
          const int row = y + i / shape.channels / 3 - job.pad_top;
          const int column = x + i / shape.channels % 3 - job.pad_left;
          const bool exists = row >= 0 && row < job.height && column >= 0 && column < job.width;
          const auto at = (row * job.width + column) * job.in[0].stride + i % shape.channels;
          sum += (exists ? one.in[static_cast<std::size_t>(at)] : job.outside) *
                 one.weights[static_cast<std::size_t>(i * shape.n + j)];
        }
        out[static_cast<std::size_t>((y * job.out_width + x) * job.out_stride + j)] =
            requantize(sum, channel, job.requantization);
      }
    }
  }
  return out;
}

std::vector<std::uint8_t> computed(const WinogradU8Variant& variant, const Case& one) {
  const GemmU8Constants constants{one.weights.data(), one.channels.data(),
                                  one.job.requantization.safe, nullptr};
  auto job = one.job;
  const auto panels = aligned(packed_bytes(variant, job.shape, constants));
  pack_winograd_u8(variant, job.shape, constants, panels.get());
  const auto workspace = aligned(workspace_bytes(variant, job.shape, job.out_width, job.last_row));
  auto out = untouched(one);
  const auto* part = one.in.data();
  for (int i = 0; i < job.inputs; part += job.in[i++].channels) job.in[i].at = part;
  job.out = out.data();
  job.panels = panels.get();
  job.workspace = workspace.get();
  // In one or in two parts.
  const int last = job.last_row;
  job.last_row = job.shape.n % 2 == 0 ? last : last / 2;
  variant.run(job);
  job.first_row = job.last_row;
  job.last_row = last;
  variant.run(job);
  return out;
}

class WinogradU8Variants : public testing::TestWithParam<WinogradU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

TEST_P(WinogradU8Variants, EqualTheSumsInEveryByteAtEveryEdge) {
  Random random(1);
  for (int i = 0; i < 240; ++i) {
    const WinogradU8Shape shape{between(random, 1, 40), between(random, 1, 40)};
    const auto kind = static_cast<Requantize>(1 + i % (kRequantizeCount - 1));
    const auto one = random_case(random, shape, 9, kind);
    ASSERT_TRUE(fits_winograd_u8(shape, one.weights.data()));
    ASSERT_TRUE(computed(GetParam(), one) == expected(one))
        << shape.channels << " to " << shape.n << ", " << one.job.out_height << "x"
        << one.job.out_width << ", kind " << static_cast<int>(kind);
  }
}

TEST_P(WinogradU8Variants, TakeManyBlocksOfTiles) {
  Random random(2);
  for (int i = 0; i < 3; ++i) {
    auto one = random_case(random, {70, 66}, 30, Requantize::multiply);
    one.job.out_height = one.job.height;
    one.job.out_width = one.job.width;
    one.job.last_row = tile_rows(one.job.out_height);
    ASSERT_TRUE(computed(GetParam(), one) == expected(one));
  }
}

INSTANTIATE_TEST_SUITE_P(All, WinogradU8Variants, testing::ValuesIn(built(winograd_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

TEST(WinogradU8, IsExactOnlyWhereFourTimesTheSumFits) {
  const WinogradU8Shape shape{1000, 1};
  std::vector<std::int16_t> weights(9000, 127);
  EXPECT_TRUE(fits_winograd_u8(shape, weights.data()));
  weights.assign(9000, 255);
  EXPECT_FALSE(fits_winograd_u8(shape, weights.data()));
}

}  // namespace
}  // namespace slipway::kernels
