#include "quant/compared.h"

#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "ops/testing.h"
#include "quant/partners.h"

namespace slipway::quant {
namespace {

std::uint32_t sum_of(const std::array<std::uint32_t, Channel::kBins>& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0U);
}

TEST(ChannelScales, AreFoundWhereChannelsWereBroughtToOneSize) {
  ChannelScales scales;
  scales.add(std::vector{1.0F, 2.0F, 3.0F, 4.0F}, std::vector{2.0F, 1.0F, 6.0F, 2.0F}, 2);
  ASSERT_EQ(scales.scales().size(), 2U);
  EXPECT_FLOAT_EQ(scales.scales()[0], 0.5F);
  EXPECT_FLOAT_EQ(scales.scales()[1], 2.0F);
  EXPECT_EQ(scales.range(), std::pair(0.0F, 4.0F));
}

TEST(ChannelScales, AreNoneWhereRoundingIsTheDifference) {
  ChannelScales scales;
  std::vector<float> should;
  std::vector<float> is;
  for (int i = 0; i < 100; ++i) {
    should.push_back(static_cast<float>(i) * 0.37F);
    is.push_back(std::round(should.back()));
  }
  scales.add(should, is, 2);
  EXPECT_TRUE(scales.scales().empty());
}

TEST(ChannelScales, OfADeadChannelAreOne) {
  ChannelScales scales;
  scales.add(std::vector{1.0F, 0.0F, 3.0F, 0.0F}, std::vector{2.0F, 0.0F, 6.0F, 0.5F}, 2);
  ASSERT_EQ(scales.scales().size(), 2U);
  EXPECT_EQ(scales.scales()[1], 1.0F);
}

TEST(Compared, KeepsChannelsApart) {
  Compared compared(2, {}, 0, 24);
  compared.add(std::vector{1.0F, 10.0F, 2.0F, 20.0F}, std::vector{1.0F, 11.0F, 2.0F, 30.0F});
  ASSERT_EQ(compared.channels().size(), 2U);
  EXPECT_EQ(compared.channels()[0].sqnr_db(), 100);
  EXPECT_NEAR(compared.channels()[1].sqnr_db(), 10 * std::log10(500.0 / 101.0), 1e-9);
  EXPECT_EQ(compared.channels()[1].high, (std::array{20.0F, 30.0F}));
  EXPECT_EQ(compared.channels()[0].counts[0][1], 1U);
  EXPECT_EQ(compared.channels()[0].counts[0][2], 1U);
  // The outermost bin holds what lies outside.
  EXPECT_EQ(compared.channels()[1].counts[1][23], 1U);
  EXPECT_EQ(sum_of(compared.channels()[1].counts[1]), 2U);
}

TEST(Compared, TakesScalesOutOfWhatIs) {
  Compared compared(2, {0.5F, 2.0F}, 0, 4);
  compared.add(std::vector{1.0F, 2.0F, 3.0F, 4.0F}, std::vector{2.0F, 1.0F, 6.0F, 2.0F});
  EXPECT_EQ(compared.quality().sqnr_db(), 100);
  EXPECT_EQ(compared.is().max(), 4.0F);
  EXPECT_EQ(compared.should().max(), 4.0F);
}

TEST(Compared, SurvivesWhatIsNoNumber) {
  Compared compared(1, {}, 0, 1);
  compared.add(std::vector{0.5F, 1.0F}, std::vector{std::nanf(""), 1.0F});
  EXPECT_EQ(sum_of(compared.channels()[0].counts[1]), 2U);
  EXPECT_EQ(compared.is().not_finite(), 1);
  EXPECT_EQ(verdict(compared.quality().psnr_db()), "poor");
}

TEST(Partners, AreFoundBehindTheNamesThatQuantizingGives) {
  EXPECT_EQ(root_name("conv1/quantized/integers"), "conv1");
  EXPECT_EQ(root_name("conv1_QuantizeLinear_Output/integers/unsigned"), "conv1");
  EXPECT_EQ(root_name("unit0/quantized/channels_first/quantized/moved"), "unit0");
  EXPECT_EQ(root_name("conv_1/quantized_2/integers"), "conv_1");
  EXPECT_EQ(root_name("block/order/conv"), "block/order/conv");
  EXPECT_EQ(root_name("/integers"), "/integers");
  EXPECT_EQ(root_name("quantized"), "quantized");
}

TEST(Partners, ThePartsOfALayerHaveOnePartner) {
  const auto a = graph_of(R"(
    x: f32[1,4] = Input
    c: f32[1,4] = Relu(x)
    "c/scaled": f32[1,4] = Sigmoid(c)
    "d/moved": f32[1,4] = Tanh("c/scaled")
    e: f32[1,4] = Abs("d/moved")
    return e
  )");
  const auto b = graph_of(R"(
    x: f32[1,4] = Input
    "c/dequantized": f32[1,4] = Relu(x)
    d: f32[1,4] = Tanh("c/dequantized")
    f: f32[1,4] = Abs(d)
    return f
  )");
  const auto matched = match_layers(a, b);
  ASSERT_EQ(matched.layers.size(), 2U);
  EXPECT_EQ(a.value(matched.layers[0].a).name, "c/scaled");
  EXPECT_EQ(matched.layers[1].name, "d");
  EXPECT_EQ(matched.only_a, (std::vector<std::string>{"c", "e"}));
  EXPECT_EQ(matched.only_b, (std::vector<std::string>{"f"}));
}

}  // namespace
}  // namespace slipway::quant
