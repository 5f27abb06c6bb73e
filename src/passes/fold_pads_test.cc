#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(FoldPads, JoinConvolutions) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    p: i32[4,2] = Constant [0,0,1,2,0,1,0,0]
    w: f32[3,3,2,1] = Constant [1,-2,3,-4,5,-6,7,-8,9,1,-2,3,-4,5,-6,7,-8,9]
    a: f32[1,7,6,2] = Pad(x, p)
    y: f32[1,4,3,1] = Conv(a, w) {stride=[2,2], padding=same_upper}
    return y
  )");
  const auto after = passed(fold_pads, before);
  EXPECT_EQ(ops_of(after), "Conv");
  expect_same_outputs(before, after);
}

TEST(FoldPads, OfZeroPointsJoinConvolutionsOfIntegers) {
  const auto before = graph_of(R"(
    x: u8[1,4,5,1] q(0.5, 9) = Input
    p: i32[8] = Constant [0,1,1,0,0,1,1,0]
    w: i8[3,3,1,1] q(0.25, 0) = Constant [1,-2,3,-4,5,-6,7,-8,9]
    a: u8[1,6,7,1] q(0.5, 9) = Pad(x, p)
    y: u8[1,4,5,1] q(2, 30) = Conv(a, w)
    return y
  )");
  const auto after = passed(fold_pads, before);
  EXPECT_EQ(ops_of(after), "Conv");
  expect_same_outputs(before, after);
}

TEST(FoldPads, OtherNumbersStay) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,1] = Input
    p: i32[8] = Constant [0,1,1,0,0,1,1,0]
    v: f32[] = Constant [1]
    w: f32[3,3,1,1] = Constant [1,-2,3,-4,5,-6,7,-8,9]
    a: f32[1,6,7,1] = Pad(x, p, v)
    y: f32[1,4,5,1] = Conv(a, w)
    return y
  )");
  EXPECT_TRUE(passed(fold_pads, before) == before);
}

TEST(FoldPads, JoinPoolsThatNeverSeeThem) {
  const auto before = graph_of(R"(
    x: f32[1,5,5,2] = Input
    p: i32[8] = Constant [0,1,1,0,0,1,1,0]
    l: f32[] = Constant [-inf]
    a: f32[1,5,5,2] = Relu(x)
    b: f32[1,7,7,2] = Pad(a, p)
    y: f32[1,3,3,2] = MaxPool(b) {kernel=[3,3], stride=[2,2]}
    c: f32[1,7,7,2] = Pad(x, p, l)
    z: f32[1,3,3,2] = MaxPool(c) {kernel=[3,3], stride=[2,2]}
    return y, z
  )");
  const auto after = passed(fold_pads, before);
  EXPECT_EQ(ops_of(after), "Relu MaxPool MaxPool");
  expect_same_outputs(before, after);
}

TEST(FoldPads, ZerosStayBeforeMaximaOfNegativeNumbers) {
  const auto before = graph_of(R"(
    x: f32[1,5,5,2] = Input
    p: i32[8] = Constant [0,1,1,0,0,1,1,0]
    a: f32[1,7,7,2] = Pad(x, p)
    y: f32[1,3,3,2] = MaxPool(a) {kernel=[3,3], stride=[2,2]}
    return y
  )");
  EXPECT_TRUE(passed(fold_pads, before) == before);
}

TEST(FoldPads, JoinAveragesThatCountThem) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    p: i32[8] = Constant [0,1,1,0,0,1,1,0]
    a: f32[1,6,6,2] = Pad(x, p)
    y: f32[1,2,2,2] = AveragePool(a) {kernel=[3,3], stride=[2,2]}
    return y
  )");
  const auto after = passed(fold_pads, before);
  EXPECT_EQ(ops_of(after), "AveragePool");
  expect_same_outputs(before, after);
}

}  // namespace
}  // namespace slipway::passes
