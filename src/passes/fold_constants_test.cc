#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(FoldConstants, ComputeWhatIsKnown) {
  const auto before = graph_of(R"(
    x: f32[2,3] = Input
    a: f32[2,3] = Constant [1,2,3,4,5,6]
    b: f32[3] = Constant [1,0,-1]
    c: f32[2,3] = Add(a, b)
    d: f32[2,3] = Relu(c)
    y: f32[2,3] = Mul(x, d)
    return y
  )");
  const auto after = passed(fold_constants, before);
  EXPECT_EQ(ops_of(after), "Mul");
  expect_same_outputs(before, after);
}

TEST(FoldConstants, ComputeLargeWeights) {
  const auto before = graph_of(R"(
    x: f32[1,40000] = Input
    a: f16[40000] = Constant
    b: f32[40000] = Dequantize(a)
    y: f32[1,40000] = Mul(x, b)
    return y
  )");
  const auto after = passed(fold_constants, before);
  EXPECT_EQ(ops_of(after), "Mul");
  expect_same_outputs(before, after);
}

TEST(FoldConstants, ShapesOfWhatIsComputedAreKnown) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    a: f32[1,4,5,2] = Relu(x)
    s: i64[4] = ShapeOf(a)
    i: i64[1] = Constant [0]
    n: i64[1] = Gather(s, i)
    r: i64[1] = Constant [-1]
    t: i64[2] = Concat(n, r)
    y: f32[1,40] = Reshape(a, t)
    return y
  )");
  const auto after = passed(fold_constants, before);
  EXPECT_EQ(ops_of(after), "Relu Reshape");
  expect_same_outputs(before, after);
}

TEST(FoldConstants, WeightsOfIntegersStay) {
  const auto before = graph_of(R"(
    x: f32[1,2] = Input
    a: i8[2,2] q(0.5, 0) = Constant [1,2,3,4]
    b: f32[2,2] = Dequantize(a)
    y: f32[1,2] = FullyConnected(x, b)
    return y
  )");
  EXPECT_TRUE(passed(fold_constants, before) == before);
}

TEST(FoldWeights, LayersOfFloatsTakeFloats) {
  const auto before = graph_of(R"(
    x: f32[1,2] = Input
    z: u8[1,2] q(0.5, 0) = Input
    a: i8[2,2] q(0.5, 0) = Constant [1,2,3,4]
    b: f32[2,2] = Dequantize(a)
    c: f32[2,2] = Dequantize(a)
    d: f32[1,2] = Dequantize(z)
    y: f32[1,2] = FullyConnected(x, b)
    u: f32[1,2] = FullyConnected(d, c)
    return y, u
  )");
  const auto after = passed(fold_weights, before);
  EXPECT_EQ(ops_of(after), "Dequantize Dequantize FullyConnected FullyConnected");
  expect_same_outputs(before, after);
}

TEST(FoldConstants, OutputsThatAreKnownKeepTheirNames) {
  const auto before = graph_of(R"(
    x: f32[1,2] = Input
    a: f32[2] = Constant [1,2]
    y: f32[2] = Neg(a)
    z: f32[1,2] = Relu(x)
    return y, z
  )");
  const auto after = passed(fold_constants, before);
  EXPECT_EQ(ops_of(after), "Relu");
  EXPECT_EQ(after.value(after.outputs()[0]).name, "y");
  expect_same_outputs(before, after);
}

}  // namespace
}  // namespace slipway::passes
