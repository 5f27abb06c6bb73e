#include "quant/weights.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace slipway::quant {
namespace {

const Tensor kWeights = Tensor::of<float>({2, 3}, {1.0F, -0.02F, 0.0F, -0.5F, 0.01F, 0.0F});

TEST(Weights, HaveAScaleForEachOutput) {
  const auto made = quantize_weights(kWeights, nullptr, {0.1F}, false);
  ASSERT_TRUE(made);
  const auto& quant = *made->weights.type().quant;
  EXPECT_EQ(quant.axis, 1);
  EXPECT_FLOAT_EQ(quant.scale[0], 1.0F / 127);
  EXPECT_FLOAT_EQ(quant.scale[1], 0.02F / 127);
  const auto bytes = made->weights.values<std::int8_t>();
  EXPECT_EQ(bytes[0], 127);
  EXPECT_EQ(bytes[1], -127);
  EXPECT_EQ(bytes[3], -64);  // halves to even
  EXPECT_FALSE(made->bias);
}

TEST(Weights, HaveOneScaleWhereAsked) {
  const auto made = quantize_weights(kWeights, nullptr, {0.1F}, true);
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->weights.type().quant->per_axis());
  EXPECT_EQ(made->weights.values<std::int8_t>()[1], -3);
}

TEST(Weights, OfADeadOutputHaveAScaleThatIsANumber) {
  const auto made = quantize_weights(kWeights, nullptr, {0.1F}, false);
  ASSERT_TRUE(made);
  EXPECT_GT(made->weights.type().quant->scale[2], 1e-9F);
  const auto none = quantize_weights(Tensor::of<float>({1, 1}, {0.0F}), nullptr, {1e-20F}, false);
  ASSERT_TRUE(none);
  EXPECT_GT(none->weights.type().quant->scale[0] * 1e-20F, 0);
}

TEST(Bias, CountsInStepsOfTheProducts) {
  const auto bias = Tensor::of<float>({3}, {0.5F, -0.25F, 0.0F});
  const auto made = quantize_weights(kWeights, &bias, {0.1F}, false);
  ASSERT_TRUE(made && made->bias);
  const auto& type = made->bias->type();
  EXPECT_EQ(type.dtype, DType::i32);
  EXPECT_EQ(type.quant->scale[0], 0.1F * made->weights.type().quant->scale[0]);
  EXPECT_EQ(made->bias->values<std::int32_t>()[0], 635);
}

TEST(Bias, FitsWhereWeightsAreTiny) {
  // As exporters leave it of channels that BatchNormalization turned off.
  const auto weights = Tensor::of<float>({1, 2}, {1e-12F, 1.0F});
  const auto bias = Tensor::of<float>({2}, {3.0F, 0.1F});
  const auto made = quantize_weights(weights, &bias, {0.02F}, false);
  ASSERT_TRUE(made && made->bias);
  for (std::size_t o = 0; o < 2; ++o) {
    const auto steps = static_cast<double>(made->bias->values<std::int32_t>()[o]);
    const auto scale = static_cast<double>(made->bias->type().quant->scale[o]);
    EXPECT_NEAR(steps * scale, static_cast<double>(bias.values<float>()[o]), 1e-3);
    EXPECT_LE(std::abs(steps), 0x1p30);
  }
}

TEST(Weights, ThatAreNoNumbersAreRefused) {
  const auto weights = Tensor::of<float>({1, 1}, {std::numeric_limits<float>::infinity()});
  EXPECT_FALSE(quantize_weights(weights, nullptr, {}, false));
}

TEST(Weights, FlippedOnesGoToTheOtherSide) {
  const auto weights = Tensor::of<float>({3, 1}, {127, 2.25F, -3.75F});
  const auto nearest = quantize_weights(weights, nullptr, {}, false);
  const auto flipped = quantize_weights(weights, nullptr, {}, false, {0b111});
  ASSERT_TRUE(nearest && flipped);
  EXPECT_EQ(nearest->weights.values<std::int8_t>()[1], 2);
  EXPECT_EQ(flipped->weights.values<std::int8_t>()[0], 127);
  EXPECT_EQ(flipped->weights.values<std::int8_t>()[1], 3);
  EXPECT_EQ(flipped->weights.values<std::int8_t>()[2], -3);
}

}  // namespace
}  // namespace slipway::quant
