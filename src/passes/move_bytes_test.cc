#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(MoveBytes, FloatsThatAreOnlyMovedAreMovedAsBytes) {
  const auto before = graph_of(R"(
    x: u8[1,4,4,2] q(0.5, 3) = Input
    z: u8[1,4,4,2] q(0.5, 3) = Input
    p: i64[8] = Constant [0,1,1,0,0,1,1,0]
    v: f32[] = Constant [0]
    s: i64[2] = Constant [7,7]
    a: f32[1,4,4,2] = Dequantize(x)
    b: f32[1,4,4,2] = Dequantize(z)
    c: f32[1,4,4,4] = Concat(a, b) {axis=3}
    d: f32[1,6,6,4] = Pad(c, p, v)
    e: f32[1,3,3,4] = MaxPool(d) {kernel=[2,2], stride=[2,2]}
    f: f32[1,7,7,4] = Resize(e, s) {coordinates=asymmetric}
    y: f32[1,7,7,4] = Tanh(f)
    return y
  )");
  const auto after = passed(move_bytes, before);
  EXPECT_EQ(ops_of(after), "Concat Pad MaxPool Resize Dequantize Tanh");
  expect_same_outputs(before, after);
}

TEST(MoveBytes, OfSeveralScalesAreBroughtToOneBeforeTheyAreJoined) {
  const auto before = graph_of(R"(
    x: u8[1,3] q(0.5, 3) = Input
    z: u8[1,3] q(0.25, 0) = Input
    a: f32[1,3] = Dequantize(x)
    b: f32[1,3] = Dequantize(z)
    c: f32[1,6] = Concat(a, b) {axis=1}
    y: u8[1,6] q(0.5, 3) = Quantize(c) {halves_to_even=true}
    return y
  )");
  const auto after = passed(move_bytes, before);
  EXPECT_EQ(ops_of(after), "Dequantize Dequantize Quantize Quantize Concat");
  expect_same_outputs(before, after);
}

TEST(MoveBytes, OfSeveralScalesStayWhereNothingQuantizesThem) {
  const auto before = graph_of(R"(
    x: u8[1,3] q(0.5, 3) = Input
    z: u8[1,3] q(0.25, 0) = Input
    a: f32[1,3] = Dequantize(x)
    b: f32[1,3] = Dequantize(z)
    y: f32[1,6] = Concat(a, b) {axis=1}
    return y
  )");
  EXPECT_TRUE(passed(move_bytes, before) == before);
}

}  // namespace
}  // namespace slipway::passes
