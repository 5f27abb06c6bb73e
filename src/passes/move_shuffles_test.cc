#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(MoveShuffles, GroupsAreSlices) {
  const auto before = graph_of(R"(
    x: f32[2,6,2,3] = Input
    s: i64[3] = Constant [6,2,6]
    t: i64[5] = Constant [2,2,3,2,3]
    i: i64[] = Constant [0]
    j: i64[] = Constant [-1]
    a: f32[6,2,6] = Reshape(x, s)
    b: f32[2,6,6] = Transpose(a) {perm=[1,0,2]}
    c: f32[2,2,3,2,3] = Reshape(b, t)
    y: f32[2,3,2,3] = Gather(c, i)
    z: f32[2,3,2,3] = Gather(c, j)
    return y, z
  )");
  const auto after = passed(move_shuffles, before);
  EXPECT_EQ(ops_of(after), "Slice Slice");
  expect_same_outputs(before, after);
}

TEST(MoveShuffles, OfChannelsInFrontMoveToTheEnd) {
  const auto before = graph_of(R"(
    x: f32[2,4,5,6] = Input
    s: i64[5] = Constant [2,2,3,4,5]
    t: i64[4] = Constant [2,6,4,5]
    a: f32[2,6,4,5] = Transpose(x) {perm=[0,3,1,2]}
    b: f32[2,2,3,4,5] = Reshape(a, s)
    c: f32[2,3,2,4,5] = Transpose(b) {perm=[0,2,1,3,4]}
    d: f32[2,6,4,5] = Reshape(c, t)
    y: f32[2,4,5,6] = Transpose(d) {perm=[0,2,3,1]}
    return y
  )");
  const auto after = passed(move_shuffles, before);
  EXPECT_EQ(ops_of(after), "Reshape Transpose Reshape Transpose Transpose");
  expect_same_outputs(before, after);
}

TEST(MoveShuffles, OtherReshapesStay) {
  const auto before = graph_of(R"(
    x: f32[1,6,2,3] = Input
    s: i64[3] = Constant [2,3,6]
    t: i64[4] = Constant [3,2,2,3]
    i: i64[] = Constant [1]
    a: f32[2,3,6] = Reshape(x, s)
    b: f32[3,2,6] = Transpose(a) {perm=[1,0,2]}
    c: f32[3,2,2,3] = Reshape(b, t)
    y: f32[2,2,3] = Gather(c, i)
    return y
  )");
  EXPECT_TRUE(passed(move_shuffles, before) == before);
}

}  // namespace
}  // namespace slipway::passes
