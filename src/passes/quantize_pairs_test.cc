#include "passes/testing.h"

namespace slipway::passes {
namespace {

constexpr auto kPairs = R"(
  x: u8[1,5,5,2] q(0.5, 3) = Input
  w: i8[3,3,2,3] q(axis=3, [0.25,0.5,1], [0,0,0]) = Constant
  b: i32[3] q(axis=0, [0.125,0.25,0.5], [0,0,0]) = Constant [5,-6,7]
  xf: f32[1,5,5,2] = Dequantize(x)
  wf: f32[3,3,2,3] = Dequantize(w)
  bf: f32[3] = Dequantize(b)
  c: f32[1,5,5,3] = Conv(xf, wf, bf) {padding=same_upper, activation=relu}
  q: u8[1,5,5,3] q(2, 0) = Quantize(c) {halves_to_even=true}
  y: f32[1,5,5,3] = Dequantize(q)
  return y
)";

TEST(QuantizePairs, AConvolutionOfFloatsBecomesOneOfIntegers) {
  // The scales are powers of two, so that floats are exact and bits are equal.
  const auto before = with_random(graph_of(kPairs), {"w"});
  const auto after = passed(quantize_pairs, before);
  EXPECT_EQ(ops_of(after), "Conv Dequantize");
  expect_same_outputs(before, after);
}

TEST(QuantizePairs, ABiasWithAScaleOfItsOwnKeepsTheFloats) {
  std::string text = kPairs;
  const std::string scales = "[0.125,0.25,0.5]";
  text.replace(text.find(scales), scales.size(), "[0.125,0.25,0.75]");
  const auto before = with_random(graph_of(text), {"w"});
  EXPECT_TRUE(passed(quantize_pairs, before) == before);
}

TEST(QuantizePairs, ASumOfFloatsBecomesOneOfIntegers) {
  const auto before = graph_of(R"(
    x: u8[1,5] q(0.5, 3) = Input
    z: u8[1,5] q(0.25, 100) = Input
    a: f32[1,5] = Dequantize(x)
    b: f32[1,5] = Dequantize(z)
    c: f32[1,5] = Add(a, b)
    q: u8[1,5] q(1, 30) = Quantize(c) {halves_to_even=true}
    y: f32[1,5] = Dequantize(q)
    return y
  )");
  const auto after = passed(quantize_pairs, before);
  EXPECT_EQ(ops_of(after), "Add Dequantize");
  expect_same_outputs(before, after);
}

TEST(QuantizePairs, StayWhereTheFloatsAreUsedOrRoundedOtherwise) {
  const auto used = graph_of(R"(
    x: u8[1,5] q(0.5, 3) = Input
    a: f32[1,5] = Dequantize(x)
    c: f32[1,5] = Add(a, a)
    q: u8[1,5] q(1, 30) = Quantize(c) {halves_to_even=true}
    return q, c
  )");
  EXPECT_TRUE(passed(quantize_pairs, used) == used);
  const auto away = graph_of(R"(
    x: u8[1,5] q(0.5, 3) = Input
    a: f32[1,5] = Dequantize(x)
    c: f32[1,5] = Add(a, a)
    q: u8[1,5] q(1, 30) = Quantize(c)
    return q
  )");
  EXPECT_TRUE(passed(quantize_pairs, away) == away);
}

}  // namespace
}  // namespace slipway::passes
