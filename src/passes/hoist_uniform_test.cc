#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(HoistUniform, APixelThatIsRepeatedIsMultipliedOnce) {
  const auto before = graph_of(R"(
    x: f32[1,2,3,2] = Input
    p: f32[1,1,1,1] = Input
    s: i32[2] = Constant [2,3]
    r: f32[1,2,3,1] = Resize(p, s) {method=linear}
    j: f32[1,2,3,3] = Concat(x, r) {axis=3}
    w: f32[1,1,3,2] = Constant [1,2,3,4,5,6]
    b: f32[2] = Constant [0.5,-9]
    y: f32[1,2,3,2] = Conv(j, w, b) {activation=relu}
    return y
  )");
  const auto after = passed(hoist_uniform, before);
  EXPECT_EQ(ops_of(after), "Conv Conv Add");
  expect_same_outputs(before, after);
}

TEST(HoistUniform, OthersAreStillJoined) {
  const auto before = graph_of(R"(
    x: f32[1,2,2,1] = Input
    z: f32[1,2,2,1] = Input
    p: f32[1,1,1,1] = Input
    s: i64[4] = Constant [1,2,2,1]
    r: f32[1,2,2,1] = Expand(p, s)
    j: f32[1,2,2,3] = Concat(x, r, z) {axis=-1}
    w: f32[1,1,3,1] = Constant [2,3,4]
    y: f32[1,2,2,1] = Conv(j, w)
    return y
  )");
  const auto after = passed(hoist_uniform, before);
  EXPECT_EQ(ops_of(after), "Conv Concat Conv Add");
  expect_same_outputs(before, after);
}

TEST(HoistUniform, WindowsAndOtherReadersStay) {
  const auto windows = graph_of(R"(
    x: f32[1,2,3,1] = Input
    p: f32[1,1,1,1] = Input
    s: i32[2] = Constant [2,3]
    r: f32[1,2,3,1] = Resize(p, s)
    j: f32[1,2,3,2] = Concat(x, r) {axis=3}
    w: f32[1,3,2,1] = Constant [1,2,3,4,5,6]
    y: f32[1,2,3,1] = Conv(j, w) {padding=same_upper}
    return y
  )");
  EXPECT_TRUE(passed(hoist_uniform, windows) == windows);
  const auto readers = graph_of(R"(
    x: f32[1,2,3,1] = Input
    p: f32[1,1,1,1] = Input
    s: i32[2] = Constant [2,3]
    r: f32[1,2,3,1] = Resize(p, s)
    j: f32[1,2,3,2] = Concat(x, r) {axis=3}
    w: f32[1,1,2,1] = Constant [1,2]
    y: f32[1,2,3,1] = Conv(j, w)
    return y, j
  )");
  EXPECT_TRUE(passed(hoist_uniform, readers) == readers);
}

}  // namespace
}  // namespace slipway::passes
