#include "device/cpu/prove.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::cpu {
namespace {

using kernels::ChannelScale;
using kernels::Requantize;

TensorType quantized(DType dtype, std::vector<float> scale, std::vector<std::int32_t> zero) {
  const std::vector<std::int64_t> dims = {1, static_cast<std::int64_t>(scale.size())};
  TensorType type{dtype, *Shape::make(dims), {}};
  type.quant = Quantization{std::move(scale), std::move(zero), 1};
  return type;
}

struct Layer {
  Rescale rescale;
  std::vector<SumRange> sums;
  std::vector<ChannelScale> channels;
};

/// A layer whose sums fill a byte a few times.
Layer random_layer(Random& random, Rounding rounding, int outputs) {
  std::vector<float> scales;
  std::vector<std::int32_t> zeros(static_cast<std::size_t>(outputs), 0);
  for (int o = 0; o < outputs; ++o) scales.push_back(random.real(0.001F, 0.02F));
  const auto activation = random.integer(0, 1) == 0 ? Activation::none : Activation::relu6;
  const auto zero = activation == Activation::none ? random.integer(0, 255) : 0;
  const Rescale rescale(
      quantized(DType::u8, {random.real(0.01F, 0.1F)}, {10}), quantized(DType::i8, scales, zeros),
      quantized(DType::u8, {random.real(0.005F, 0.05F) * (rounding == Rounding::once ? 9 : 1)},
                {static_cast<std::int32_t>(zero)}),
      {activation, rounding});
  Layer layer{rescale, {}, {}};
  for (int o = 0; o < outputs; ++o) {
    const auto most = static_cast<std::int64_t>(300 / rescale.scale(static_cast<std::size_t>(o)));
    layer.sums.push_back({-random.integer(0, 2 * most), random.integer(1, 2 * most)});
    layer.channels.emplace_back();
  }
  return layer;
}

class Choose : public testing::TestWithParam<Rounding> {};

TEST_P(Choose, GivesTheBytesOfTheOpForEverySum) {
  Random random(1);
  int fast = 0;
  int all = 0;
  for (int i = 0; i < 60; ++i) {
    auto layer = random_layer(random, GetParam(), GetParam() == Rounding::once ? 1 : 6);
    const auto chosen = choose(layer.rescale, layer.sums, layer.channels);
    if (!chosen && GetParam() == Rounding::once) continue;  // refused where nothing is proven
    ASSERT_TRUE(chosen) << chosen.error().message;
    for (std::size_t c = 0; c < layer.channels.size(); ++c) {
      ChannelScale safe = layer.channels[c];
      safe.kind = chosen->safe;
      fast += layer.channels[c].kind < Requantize::multiply ? 1 : 0;
      ++all;
      for (auto sum = layer.sums[c].least; sum <= layer.sums[c].most; ++sum) {
        const auto at = static_cast<std::int32_t>(sum);
        const auto byte = layer.rescale(at, c);
        ASSERT_EQ(requantize(at, layer.channels[c], *chosen), byte) << sum;
        if (GetParam() != Rounding::once) ASSERT_EQ(requantize(at, safe, *chosen), byte) << sum;
      }
    }
  }
  RecordProperty("fast", fast);
  RecordProperty("all", all);
  EXPECT_GT(fast, all * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(All, Choose,
                         testing::Values(Rounding::twice, Rounding::once, Rounding::real,
                                         Rounding::real_even),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(Choose, TakesTheSafeFormWhereSumsWrapBeforeTheyAreScaled) {
  const Rescale rescale(quantized(DType::u8, {4}, {0}), quantized(DType::i8, {4}, {0}),
                        quantized(DType::u8, {1}, {3}), {});
  const std::vector<SumRange> sums = {{-(1 << 30), 1 << 30}};
  std::vector<ChannelScale> channels(1);
  const auto chosen = choose(rescale, sums, channels);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(channels[0].kind, Requantize::integers);
  for (const std::int32_t sum : {-(1 << 30), -(1 << 27), -5, 0, 7, 1 << 26, 1 << 28, 1 << 30})
    EXPECT_EQ(requantize(sum, channels[0], *chosen), rescale(sum, 0)) << sum;
}

TEST(Choose, RefusesSumsOfOver31Bits) {
  const Rescale rescale(quantized(DType::u8, {1}, {0}), quantized(DType::i8, {1}, {0}),
                        quantized(DType::u8, {1}, {0}), {});
  std::vector<ChannelScale> channels(1);
  const std::vector<SumRange> sums = {{0, std::int64_t{1} << 31U}};
  const auto chosen = choose(rescale, sums, channels);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, Code::unsupported);
}

}  // namespace
}  // namespace slipway::cpu
