#include "passes/testing.h"

namespace slipway::passes {
namespace {

constexpr double kRounded = 1e-6;  // of the range: sums in another order

TEST(DenseLayers, ProductsWithAConstant) {
  const auto before = graph_of(R"(
    x: f32[2,5,3] = Input
    a: f32[3,2] = Constant [1,2,3,4,5,6]
    b: f32[1,4,2] = Constant [1,2,3,4,5,6,7,8]
    c: f32[2,5,2] = BatchMatMul(x, a)
    y: f32[2,5,4] = BatchMatMul(c, b) {transpose_b=true}
    return y
  )");
  const auto after = passed(dense_layers, before);
  EXPECT_EQ(ops_of(after), "FullyConnected FullyConnected");
  expect_near_outputs(before, after, kRounded);
}

TEST(DenseLayers, ProductsOfTwoValuesStay) {
  const auto before = graph_of(R"(
    x: f32[2,5,3] = Input
    z: f32[3,2] = Input
    b: f32[2,2,4] = Constant [1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8]
    c: f32[2,5,2] = BatchMatMul(x, z)
    y: f32[2,5,4] = BatchMatMul(c, b)
    return y
  )");
  EXPECT_TRUE(passed(dense_layers, before) == before);
}

TEST(DenseLayers, TakeTheOrderOfWhatIsFlattened) {
  const auto before = graph_of(R"(
    x: f32[2,2,3,2] = Input
    s: i64[2] = Constant [2,-1]
    w: f32[12,1] = Constant [1,2,3,4,5,6,7,8,9,10,11,12]
    i: i8[12,1] q(axis=1, [0.5], [0]) = Constant [12,11,10,9,8,7,6,5,4,3,2,1]
    v: f32[12,1] = Dequantize(i)
    a: f32[2,2,2,3] = Transpose(x) {perm=[0,3,1,2]}
    b: f32[2,12] = Reshape(a, s)
    c: f32[2,2,2,3] = Transpose(x) {perm=[0,3,1,2]}
    d: f32[2,12] = Reshape(c, s)
    y: f32[2,1] = FullyConnected(b, w)
    z: f32[2,1] = FullyConnected(d, v)
    return y, z
  )");
  const auto after = passed(dense_layers, before);
  EXPECT_EQ(ops_of(after), "Reshape FullyConnected Reshape Dequantize FullyConnected");
  expect_near_outputs(before, after, kRounded);
}

TEST(DenseLayers, WhatIsFlattenedForOthersStays) {
  const auto before = graph_of(R"(
    x: f32[1,2,3,1] = Input
    s: i64[2] = Constant [1,-1]
    w: f32[6,1] = Constant [1,2,3,4,5,6]
    a: f32[1,3,2,1] = Transpose(x) {perm=[0,2,1,3]}
    b: f32[1,6] = Reshape(a, s)
    y: f32[1,1] = FullyConnected(b, w)
    return y, b
  )");
  EXPECT_TRUE(passed(dense_layers, before) == before);
}

}  // namespace
}  // namespace slipway::passes
