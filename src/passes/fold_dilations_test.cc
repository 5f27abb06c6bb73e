#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(FoldDilations, AreStepsOfTheWindow) {
  const auto before = graph_of(R"(
    x: f32[1,6,7,1] = Input
    s: i32[2] = Constant [2,2]
    p: i32[2,2] = Constant [2,2,2,3]
    c: i32[2,2] = Constant [0,0,0,1]
    w: f32[3,3,1,1] = Constant [1,-2,3,-4,5,-6,7,-8,9]
    a: f32[4,5,6,1] = SpaceToBatch(x, s, p)
    b: f32[4,3,4,1] = Conv(a, w) {activation=relu6}
    y: f32[1,6,7,1] = BatchToSpace(b, s, c)
    return y
  )");
  const auto after = passed(fold_dilations, before);
  EXPECT_EQ(ops_of(after), "Conv");
  expect_same_outputs(before, after);
}

TEST(FoldDilations, PadsWithinTheBlocksCountAsBlocks) {
  const auto before = graph_of(R"(
    x: u8[1,6,6,1] q(0.5, 9) = Input
    s: i32[2] = Constant [2,3]
    p: i32[2,2] = Constant [0,0,0,0]
    w: i8[3,3,1,1] q(0.25, 0) = Constant [1,-2,3,-4,5,-6,7,-8,9]
    a: u8[6,3,2,1] q(0.5, 9) = SpaceToBatch(x, s, p)
    b: u8[6,3,2,1] q(2, 30) = Conv(a, w) {padding=same_upper}
    y: u8[1,6,6,1] q(2, 30) = BatchToSpace(b, s, p)
    return y
  )");
  const auto after = passed(fold_dilations, before);
  EXPECT_EQ(ops_of(after), "Conv");
  expect_same_outputs(before, after);
}

TEST(FoldDilations, StridesStay) {
  const auto before = graph_of(R"(
    x: f32[1,8,8,1] = Input
    s: i32[2] = Constant [2,2]
    p: i32[2,2] = Constant [0,0,0,0]
    w: f32[1,1,1,1] = Constant [3]
    a: f32[4,4,4,1] = SpaceToBatch(x, s, p)
    b: f32[4,2,2,1] = Conv(a, w) {stride=[2,2]}
    y: f32[1,4,4,1] = BatchToSpace(b, s, p)
    return y
  )");
  EXPECT_TRUE(passed(fold_dilations, before) == before);
}

}  // namespace
}  // namespace slipway::passes
