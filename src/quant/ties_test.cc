#include "quant/ties.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "ops/testing.h"
#include "quant/weights.h"

namespace slipway::quant {
namespace {

ValueId named(const Graph& graph, std::string_view name) {
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n)
    if (graph.value({n, 0}).name == name) return {n, 0};
  ADD_FAILURE() << "no value '" << name << "'";
  return {0, 0};
}

/// How far k times a number is from the middle of two steps at least.
double nearest_to_middle(double multiplier, int times) {
  double least = 1;
  for (int k = 0; k < times; ++k) {
    const double place = multiplier * k;
    least = std::min(least, std::abs(place - std::floor(place) - 0.5));
  }
  return least;
}

TEST(OddFraction, HasTheLeastDenominatorThatFits) {
  const auto odd_fraction = [](double least, double most) {
    return odd_fractions(least, most, 1).at(0);
  };
  EXPECT_EQ(odd_fraction(0.9, 1.1), 1.0);
  EXPECT_EQ(odd_fraction(0.5, 0.55), 6.0 / 11);
  EXPECT_EQ(odd_fraction(0.25, 0.252), 32.0 / 127);
  EXPECT_EQ(odd_fraction(0.001, 0.00101), 1.0 / 991);
  EXPECT_EQ(odd_fraction(3.0, 3.0), 3.0);
}

TEST(OddFraction, AreSeveralAndEachIsThereOnce) {
  EXPECT_EQ(odd_fractions(0.3, 0.4, 3), (std::vector{1.0 / 3, 2.0 / 5, 4.0 / 11}));
}

TEST(OddFraction, IsNoneWhereTheLastBitsWouldDecide) {
  EXPECT_TRUE(odd_fractions(1e-6, 1.001e-6, 1).empty());
  EXPECT_TRUE(odd_fractions(0.5, 0.5, 1).empty());
  EXPECT_TRUE(odd_fractions(0, 1, 1).empty());
  EXPECT_TRUE(odd_fractions(NAN, 1, 1).empty());
}

TEST(OddFraction, LiesInsideOnRandomIntervals) {
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    const double least = std::exp(static_cast<double>(random.real(-8, 2)));
    const double most = least * (1 + 1.0 / 127);
    const auto made = odd_fractions(least, most, 8);
    ASSERT_EQ(made.size(), 8U) << least;
    for (const double fraction : made) {
      EXPECT_GE(fraction, least);
      EXPECT_LE(fraction, most);
    }
  }
}

TEST(PartedScale, KeepsSumsFromTheMiddleOfTwoSteps) {
  Random random(4);
  for (int i = 0; i < 200; ++i) {
    const float x = std::exp(random.real(-6, 0));
    const float w = std::exp(random.real(-8, -3));
    const float y = std::exp(random.real(-6, 0));
    for (const float made : parted_scales(w, x, y)) {
      EXPECT_GE(made, w * (1 - 1e-6F));
      EXPECT_LE(made, w * (1 + 1.0F / 127) * (1 + 1e-6F));
      const double multiplier =
          static_cast<double>(x) * static_cast<double>(made) / static_cast<double>(y);
      if (multiplier < 1e-3) continue;
      // No denominator is above some times 1 / multiplier; sums give up to 255 steps.
      EXPECT_GT(nearest_to_middle(multiplier, static_cast<int>(255 / multiplier)), 5e-5)
          << multiplier;
    }
  }
}

TEST(PartedScale, RoundsItsWeightsBest) {
  const auto weights = Tensor::of<float>({2, 2}, {0.3F, -0.7F, 0.11F, 0.05F});
  const auto made = quantize_weights(weights, nullptr, {0.02F, 0.03F}, false);
  ASSERT_TRUE(made);
  for (std::size_t o = 0; o < 2; ++o) {
    const auto values = weights.values<float>();
    const auto error = [&](float scale) {
      double sum = 0;
      for (const std::size_t i : {o, o + 2}) {
        const auto off = static_cast<double>(values[i] - std::nearbyint(values[i] / scale) * scale);
        sum += off * off;
      }
      return sum;
    };
    const auto scales = parted_scales(std::abs(values[o]) / 127, 0.02F, 0.03F);
    EXPECT_EQ(scales.size(), 8U);
    const float is = made->weights.type().quant->scale[o];
    EXPECT_EQ(is, std::ranges::min(scales, {}, error));
  }
}

TEST(PartedScale, IsKeptWhereItIsGiven) {
  const auto weights = Tensor::of<float>({1, 2}, {0.3F, -0.7F});
  const auto given = quantize_weights(weights, nullptr, {0.02F, 0.03F, {0.01F, 0.02F}}, false);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->weights.type().quant->scale, (std::vector{0.01F, 0.02F}));
}

TEST(PartSteps, KeepsSumsProductsAndMeansFromTheMiddle) {
  const auto graph = graph_of(R"(
    x: f32[1,4,4,3] = Input
    w1: f32[1,1,3,3] = Constant
    a: f32[1,4,4,3] = Conv(x, w1)
    s: f32[1,4,4,3] = Add(a, x)
    w2: f32[1,1,3,3] = Constant
    b: f32[1,4,4,3] = Conv(s, w2)
    p: f32[1,4,4,3] = Mul(b, s)
    m: f32[1,3] = ReduceMean(p) {axes=[1,2]}
    w3: f32[3,3] = Constant
    y: f32[1,3] = FullyConnected(m, w3)
    return y
  )");
  const auto points = find_points(graph, {});
  ASSERT_TRUE(points) << points.error().message;
  Random random(5);
  for (int turn = 0; turn < 50; ++turn) {
    std::vector<Quantization> steps;
    for (std::size_t g = 0; g < points->groups.size(); ++g)
      steps.push_back(per_tensor(std::exp(random.real(-3, 0)), 3));
    const auto before = steps;
    part_steps(graph, *points, steps);
    const auto scale = [&](const char* name) {
      return static_cast<double>(steps[points->group_of.at(named(graph, name))].scale[0]);
    };
    for (std::size_t g = 0; g < steps.size(); ++g) {
      EXPECT_GE(steps[g].scale[0], before[g].scale[0] * (1 - 1e-6F));
      EXPECT_LE(steps[g].scale[0], before[g].scale[0] * (1 + 1.0F / 255) * (1 + 1e-6F));
      EXPECT_EQ(steps[g].zero_point[0], 3);
    }
    for (const double multiplier :
         {scale("a") / scale("s"), scale("x") / scale("s"), scale("b") * scale("s") / scale("p"),
          scale("p") / 16 / scale("m")})
      EXPECT_GT(nearest_to_middle(multiplier, static_cast<int>(255 / multiplier)), 1e-5)
          << multiplier;
  }
}

}  // namespace
}  // namespace slipway::quant
