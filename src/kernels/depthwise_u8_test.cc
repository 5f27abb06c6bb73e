#include "kernels/depthwise_u8.h"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

struct Case {
  DepthwiseU8 job;  // pointers are set by computed()
  int out_height = 1;
  std::vector<std::uint8_t> in;
  std::vector<std::int16_t> weights;
  std::vector<ChannelScale> channels;
};

/// Some vectors behind a picture: rows are read in whole vectors.
constexpr int kSlack = 64;

DepthwiseU8Shape random_shape(Random& random, int channels) {
  const int stride = between(random, 1, 2);
  if (between(random, 0, 1) == 0) return {channels, 3, 3, stride, stride, 1, 1};
  if (between(random, 0, 2) == 0) return {channels, 5, 5, stride, stride, 1, 1};
  return {channels,
          between(random, 1, 6),
          between(random, 1, 6),
          between(random, 1, 3),
          between(random, 1, 3),
          between(random, 1, 3),
          between(random, 1, 3)};
}

ChannelScale random_scale(Random& random, Requantize kind, int zero) {
  ChannelScale channel;
  channel.kind = kind;
  channel.bias = between(random, -50000, 50000);
  const double real = std::ldexp(between(random, 1, 999) / 500.0, -9);
  channel.scale = static_cast<float>(real);
  channel.real = real;
  channel.factor = channel.scale;
  channel.offset =
      random.real(0, 0.5F) + (kind == Requantize::fused ? static_cast<float>(zero) : 0);
  if (kind == Requantize::magic) {
    channel.centre = between(random, -1000000, 1000000);
    const float start = kMagic - static_cast<float>(channel.centre);
    channel.offset = std::nearbyint(kMagic + 100 - start * channel.factor);
  }
  int exponent = 0;
  channel.multiplier = static_cast<std::int32_t>(std::frexp(real, &exponent) * 0x1p31);
  channel.shift = kind == Requantize::down && exponent > -1 ? -1 : exponent;
  return channel;
}

/// The largest picture.
struct Most {
  int height = 8;
  int width = 12;
};

/// A layer whose windows all begin inside of the padded input; `beyond`: weights need 9 bits.
Case random_case(Random& random, DepthwiseU8Shape shape, Requantize kind, bool beyond,
                 Most picture = {}) {
  Case one;
  auto& job = one.job;
  job.shape = shape;
  job.height = between(random, 1, picture.height);
  job.width = between(random, 1, picture.width);
  job.pad_top = between(random, 0, shape.kernel_y / 2);
  job.pad_left = between(random, 0, shape.kernel_x / 2);
  const auto most = [](int in, int pad, int stride) { return (in + pad - 1) / stride + 1; };
  one.out_height = between(random, 1, most(job.height, job.pad_top, shape.stride_y));
  job.out_width = between(random, 1, most(job.width, job.pad_left, shape.stride_x));
  job.last_row = one.out_height;
  job.in_stride = shape.channels + between(random, 0, 1) * between(random, 0, 20);
  job.out_stride = shape.channels + between(random, 0, 1) * between(random, 0, 20);
  job.outside = static_cast<std::uint8_t>(between(random, 0, 255));
  for (int i = 0; i < job.height * job.width * job.in_stride + kSlack; ++i)
    one.in.push_back(static_cast<std::uint8_t>(between(random, 0, 255)));
  for (int i = 0; i < shape.kernel_y * shape.kernel_x * shape.channels; ++i)
    one.weights.push_back(static_cast<std::int16_t>(between(random, -128, 127)));
  const auto some = between(random, 0, static_cast<int>(one.weights.size()) - 1);
  if (beyond)
    one.weights[static_cast<std::size_t>(some)] =
        static_cast<std::int16_t>(between(random, 128, 255));
  job.requantization = {kind,
                        static_cast<std::int16_t>(between(random, 0, 1) * between(random, 0, 255)),
                        static_cast<std::uint8_t>(between(random, 0, 1) * between(random, 0, 100)),
                        static_cast<std::uint8_t>(255 - between(random, 0, 1) * 50)};
  for (int c = 0; c < shape.channels; ++c)
    one.channels.push_back(random_scale(random, kind, job.requantization.zero));
  return one;
}

/// The formula, literally.
std::vector<std::uint8_t> expected(const Case& one) {
  const auto& job = one.job;
  const auto& shape = job.shape;
  std::vector<std::uint8_t> out;
  for (int r = 0; r < one.out_height; ++r) {
    for (int x = 0; x < job.out_width; ++x) {
      for (int c = 0; c < shape.channels; ++c) {
        std::int32_t sum = one.channels[static_cast<std::size_t>(c)].bias;
        for (int i = 0; i < shape.kernel_y; ++i) {
          for (int j = 0; j < shape.kernel_x; ++j) {
            const int y = r * shape.stride_y + i * shape.dilation_y - job.pad_top;
            const int z = x * shape.stride_x + j * shape.dilation_x - job.pad_left;
            const bool inside = y >= 0 && y < job.height && z >= 0 && z < job.width;
            const int byte =
                inside ? one.in[static_cast<std::size_t>((y * job.width + z) * job.in_stride + c)]
                       : job.outside;
            sum += byte * one.weights[static_cast<std::size_t>(
                              (i * shape.kernel_x + j) * shape.channels + c)];
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
  const DepthwiseU8Constants constants{one.weights.data(), one.channels.data(),
                                       job.requantization.safe};
  const auto bytes = packed_bytes(variant, job.shape, constants);
  const std::unique_ptr<std::byte, decltype(&std::free)> panels(
      static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), &std::free);
  pack_depthwise_u8(variant, job.shape, constants, panels.get());
  const std::vector<std::uint8_t> outside_row(
      static_cast<std::size_t>(job.width * job.in_stride + kSlack), job.outside);
  const auto count = one.out_height * job.out_width * job.out_stride;
  std::vector<std::uint8_t> out(static_cast<std::size_t>(count) + 8, 0xEE);
  job.in = one.in.data();
  job.out = out.data();
  job.outside_row = outside_row.data();
  job.panels = panels.get();
  variant.run(job);
  for (auto i = out.size() - 8; i < out.size(); ++i)
    EXPECT_EQ(out[i], 0xEE) << "written behind the end";
  std::vector<std::uint8_t> dense;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const auto at = out[static_cast<std::size_t>(i)];
    if (i % job.out_stride < job.shape.channels) {
      dense.push_back(at);
    } else {
      EXPECT_EQ(at, 0xEE) << "written between pixels";
    }
  }
  return dense;
}

class DepthwiseU8Variants : public testing::TestWithParam<DepthwiseU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

std::string text_of(const Case& one) {
  const auto& job = one.job;
  const auto& shape = job.shape;
  return fmt::format(
      "{}x{}x{} to {}x{}, window {}x{}, strides {} {}, dilations {} {}, pads {} {}, kind {}",
      job.height, job.width, shape.channels, one.out_height, job.out_width, shape.kernel_y,
      shape.kernel_x, shape.stride_y, shape.stride_x, shape.dilation_y, shape.dilation_x,
      job.pad_top, job.pad_left, static_cast<int>(job.requantization.safe));
}

TEST_P(DepthwiseU8Variants, EqualTheSumsInEveryByteAtEveryEdge) {
  Random random(2);
  for (int k = 0; k < kRequantizeCount; ++k) {
    for (int i = 0; i < 400; ++i) {
      const auto shape = random_shape(random, i < 200 ? i + 1 : between(random, 1, 40));
      const auto one =
          random_case(random, shape, static_cast<Requantize>(k), between(random, 0, 5) == 0);
      ASSERT_EQ(computed(GetParam(), one), expected(one)) << text_of(one);
    }
  }
}

TEST_P(DepthwiseU8Variants, EqualTheSumsInLargePictures) {
  Random random(4);
  for (int i = 0; i < 60; ++i) {
    const auto shape = random_shape(random, between(random, 1, 40));
    const auto one = random_case(random, shape, Requantize::multiply, false,
                                 {.height = 40, .width = i % 3 == 0 ? 20 : 200});
    ASSERT_EQ(computed(GetParam(), one), expected(one)) << text_of(one);
  }
}

TEST_P(DepthwiseU8Variants, EqualTheSumsOfLargeWindows) {
  Random random(5);
  const DepthwiseU8Shape shapes[] = {
      {20, 7, 7, 1, 1, 1, 1},  {40, 7, 7, 2, 2, 1, 1},   {33, 1, 80, 1, 1, 1, 1},
      {16, 80, 1, 1, 1, 1, 1}, {20, 16, 16, 3, 3, 1, 1}, {40, 3, 3, 1, 1, 36, 36},
      {17, 5, 5, 1, 1, 2, 80}, {24, 3, 3, 2, 9, 1, 1},   {24, 3, 3, 9, 2, 1, 1},
  };
  for (int i = 0; i < 10; ++i) {
    for (const auto& shape : shapes) {
      const auto one =
          random_case(random, shape, Requantize::multiply, false, {.height = 30, .width = 50});
      ASSERT_EQ(computed(GetParam(), one), expected(one)) << text_of(one);
    }
  }
}

TEST_P(DepthwiseU8Variants, EqualTheSumsInStripsOfEveryWidth) {
  Random random(6);
  for (int k = 0; k < kRequantizeCount; ++k) {
    for (int i = 0; i < 40; ++i) {
      const int kernel = between(random, 4, 7);
      const int stride = between(random, 1, 8 - kernel > 3 ? 3 : 8 - kernel);
      const DepthwiseU8Shape shape{between(random, 1, 150),
                                   kernel,
                                   between(random, 1, 9),
                                   stride,
                                   between(random, 1, 2),
                                   1,
                                   1};
      const auto one = random_case(random, shape, static_cast<Requantize>(k), i % 8 == 0,
                                   {.height = 12, .width = 50});
      ASSERT_EQ(computed(GetParam(), one), expected(one)) << text_of(one);
    }
  }
}

TEST_P(DepthwiseU8Variants, LeaveOtherRowsAlone) {
  Random random(3);
  for (const int kernel : {3, 5}) {
    const DepthwiseU8Shape shape{.channels = 48, .kernel_y = kernel, .kernel_x = kernel};
    auto one = random_case(random, shape, Requantize::multiply, false);
    while (one.out_height < 4) one = random_case(random, shape, Requantize::multiply, false);
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
}

INSTANTIATE_TEST_SUITE_P(All, DepthwiseU8Variants,
                         testing::ValuesIn(built(depthwise_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
