#include "kernels/depthwise_u8.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::kernels {
namespace {

int between(Random& random, int low, int high) {
  return static_cast<int>(random.integer(low, high));
}

struct Case {
  DepthwiseU8 job;  // pointers are set by computed()
  int out_height = 1;
  std::vector<std::uint8_t> in;
  std::vector<std::int8_t> weights;
  std::vector<ChannelScale> channels;
};

/// Some vectors behind a picture: rows are read in whole vectors.
constexpr int kSlack = 64;

Case random_case(Random& random, int channels, Requantize kind) {
  Case one;
  auto& job = one.job;
  job.shape = {channels, between(random, 1, 2)};
  job.height = between(random, 1, 8);
  job.width = between(random, 1, 12);
  job.pad_top = between(random, 0, 1);
  job.pad_left = between(random, 0, 1);
  // Any size whose windows begin inside of the padded input.
  one.out_height = between(random, 1, (job.height + job.pad_top - 1) / job.shape.stride + 1);
  job.out_width = between(random, 1, (job.width + job.pad_left - 1) / job.shape.stride + 1);
  job.last_row = one.out_height;
  job.outside = static_cast<std::uint8_t>(between(random, 0, 255));
  for (int i = 0; i < job.height * job.width * channels + kSlack; ++i)
    one.in.push_back(static_cast<std::uint8_t>(between(random, 0, 255)));
  for (int i = 0; i < 9 * channels; ++i)
    one.weights.push_back(static_cast<std::int8_t>(between(random, -128, 127)));
  const bool magic = kind == Requantize::magic;
  job.requantization = {kind, static_cast<std::int16_t>(magic ? 0 : between(random, 0, 255)),
                        static_cast<std::uint8_t>(between(random, 0, 1) * between(random, 0, 100)),
                        static_cast<std::uint8_t>(255 - between(random, 0, 1) * 50)};
  for (int c = 0; c < channels; ++c) {
    ChannelScale channel;
    channel.bias = between(random, -50000, 50000);
    channel.scale = std::ldexp(1.0F, -9) * static_cast<float>(between(random, 1, 999)) / 500.0F;
    if (magic) channel.offset = std::nearbyint(kMagic + 100 - kMagic * channel.scale);
    one.channels.push_back(channel);
  }
  return one;
}

std::vector<std::uint8_t> expected(const Case& one) {
  const auto& job = one.job;
  const int channels = job.shape.channels;
  std::vector<std::uint8_t> out;
  for (int r = 0; r < one.out_height; ++r) {
    for (int x = 0; x < job.out_width; ++x) {
      for (int c = 0; c < channels; ++c) {
        std::int32_t sum = one.channels[static_cast<std::size_t>(c)].bias;
        for (int i = 0; i < 3; ++i) {
          for (int j = 0; j < 3; ++j) {
            const int y = r * job.shape.stride + i - job.pad_top;
            const int z = x * job.shape.stride + j - job.pad_left;
            const bool inside = y >= 0 && y < job.height && z >= 0 && z < job.width;
            const int byte =
                inside ? one.in[static_cast<std::size_t>((y * job.width + z) * channels + c)]
                       : job.outside;
            sum += byte * one.weights[static_cast<std::size_t>((i * 3 + j) * channels + c)];
          }
        }
        out.push_back(
            requantize(sum, one.channels[static_cast<std::size_t>(c)], job.requantization));
      }
    }
  }
  return out;
}

std::vector<std::uint8_t> computed(const DepthwiseU8Variant& variant, const Case& one) {
  auto job = one.job;
  const auto bytes = packed_bytes(variant, job.shape);
  const std::unique_ptr<std::byte, decltype(&std::free)> panels(
      static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), &std::free);
  pack_depthwise_u8(variant, job.shape, one.weights.data(), one.channels.data(),
                    job.requantization.kind, panels.get());
  const std::vector<std::uint8_t> outside_row(
      static_cast<std::size_t>(job.width * job.shape.channels + kSlack), job.outside);
  const auto row = static_cast<std::size_t>(job.out_width * job.shape.channels);
  std::vector<std::uint8_t> out(row * static_cast<std::size_t>(one.out_height) + 8, 0xEE);
  job.in = one.in.data();
  job.out = out.data();
  job.outside_row = outside_row.data();
  job.panels = panels.get();
  variant.run(job);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(out.back(), 0xEE) << "written behind the end";
    out.pop_back();
  }
  return out;
}

class DepthwiseU8Variants : public testing::TestWithParam<DepthwiseU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

TEST_P(DepthwiseU8Variants, EqualTheSumsInEveryByteAtEveryEdge) {
  Random random(2);
  for (const auto kind : {Requantize::multiply, Requantize::magic}) {
    for (int i = 0; i < 600; ++i) {
      const auto one = random_case(random, i < 200 ? i + 1 : between(random, 1, 40), kind);
      const auto& job = one.job;
      ASSERT_EQ(computed(GetParam(), one), expected(one))
          << job.height << "x" << job.width << "x" << job.shape.channels << " to " << one.out_height
          << "x" << job.out_width << ", stride " << job.shape.stride << ", pads " << job.pad_top
          << " " << job.pad_left;
    }
  }
}

TEST_P(DepthwiseU8Variants, LeaveOtherRowsAlone) {
  Random random(3);
  auto one = random_case(random, 48, Requantize::multiply);
  while (one.out_height < 4) one = random_case(random, 48, Requantize::multiply);
  const auto whole = expected(one);
  one.job.first_row = 1;
  one.job.last_row = one.out_height - 1;
  const auto part = computed(GetParam(), one);
  const auto row = one.job.out_width * 48;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto r = static_cast<int>(i) / row;
    ASSERT_EQ(part[i], r >= 1 && r < one.out_height - 1 ? whole[i] : 0xEE);
  }
}

INSTANTIATE_TEST_SUITE_P(All, DepthwiseU8Variants,
                         testing::ValuesIn(depthwise_u8_variants().begin(),
                                           depthwise_u8_variants().end()),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
