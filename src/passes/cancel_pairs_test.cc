#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(CancelPairs, OfOneScaleVanishAndReshapesStay) {
  const auto before = graph_of(R"(
    x: u8[1,1,1,6] q(0.5, 3) = Input
    s: i64[2] = Constant [1,6]
    a: f32[1,1,1,6] = Dequantize(x)
    b: f32[1,6] = Reshape(a, s)
    q: u8[1,6] q(0.5, 3) = Quantize(b) {halves_to_even=true}
    y: f32[1,6] = Dequantize(q)
    return y
  )");
  const auto after = passed(cancel_pairs, before);
  EXPECT_EQ(ops_of(after), "Reshape Dequantize");
  expect_same_outputs(before, after);
}

TEST(CancelPairs, OutputsStay) {
  const auto before = graph_of(R"(
    x: u8[1,6] q(0.5, 3) = Input
    a: f32[1,6] = Dequantize(x)
    y: u8[1,6] q(0.5, 3) = Quantize(a) {halves_to_even=true}
    return y
  )");
  EXPECT_TRUE(passed(cancel_pairs, before) == before);
}

TEST(CancelPairs, OfTwoScalesStay) {
  const auto before = graph_of(R"(
    x: u8[1,6] q(0.5, 3) = Input
    a: f32[1,6] = Dequantize(x)
    q: u8[1,6] q(0.25, 3) = Quantize(a) {halves_to_even=true}
    y: f32[1,6] = Dequantize(q)
    return y
  )");
  EXPECT_TRUE(passed(cancel_pairs, before) == before);
}

}  // namespace
}  // namespace slipway::passes
