#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(DropDead, WhatChangesNothingVanishes) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    n: i64[8] = Constant [0,0,0,0,0,0,0,0]
    s: i64[4] = Constant [1,4,4,2]
    z: i64[4] = Constant [0,0,0,0]
    a: f32[1,4,4,2] = Relu(x)
    b: f32[1,4,4,2] = Cast(a) {to=f32}
    c: f32[1,4,4,2] = Pad(b, n)
    d: f32[1,4,4,2] = Expand(c, s)
    e: f32[1,4,4,2] = Slice(d, z, s)
    f: f32[1,4,4,2] = Reshape(e, s)
    g: f32[1,4,4,2] = Concat(f)
    y: f32[1,4,4,2] = Tanh(g)
    return y
  )");
  const auto after = passed(drop_dead, before);
  EXPECT_EQ(ops_of(after), "Relu Tanh");
  expect_same_outputs(before, after);
}

TEST(DropDead, BackwardsIsNotTheSame) {
  const auto before = graph_of(R"(
    x: f32[4] = Input
    b: i64[1] = Constant [3]
    e: i64[1] = Constant [-5]
    o: i64[1] = Constant [0]
    t: i64[1] = Constant [-1]
    a: f32[4] = Slice(x, b, e, o, t)
    y: f32[4] = Relu(a)
    return y
  )");
  EXPECT_TRUE(passed(drop_dead, before) == before);
}

TEST(DropDead, ReshapesBecomeOne) {
  const auto before = graph_of(R"(
    x: f32[1,1,1,6] = Input
    s: i64[3] = Constant [1,2,3]
    a: f32[1,6] = Squeeze(x) {axes=[1,2]}
    b: f32[1,2,3] = Reshape(a, s)
    c: f32[1,2,3,1] = Unsqueeze(b) {axes=[3]}
    y: f32[1,2,3,1] = Relu(c)
    return y
  )");
  const auto after = passed(drop_dead, before);
  EXPECT_EQ(ops_of(after), "Reshape Relu");
  expect_same_outputs(before, after);
}

TEST(DropDead, ReshapesThereAndBackVanish) {
  const auto before = graph_of(R"(
    x: f32[1,1,1,6] = Input
    a: f32[1,6] = Squeeze(x) {axes=[1,2]}
    b: f32[1,1,1,6] = Unsqueeze(a) {axes=[1,2]}
    y: f32[1,1,1,6] = Relu(b)
    return y
  )");
  const auto after = passed(drop_dead, before);
  EXPECT_EQ(ops_of(after), "Relu");
  expect_same_outputs(before, after);
}

TEST(DropDead, OutputsKeepTheirNames) {
  const auto before = graph_of(R"(
    x: f32[4] = Input
    a: f32[4] = Relu(x)
    y: f32[4] = Cast(a) {to=f32}
    z: f32[4] = Cast(x) {to=f32}
    return y, z
  )");
  const auto after = passed(drop_dead, before);
  EXPECT_EQ(ops_of(after), "Relu Cast");
  EXPECT_EQ(after.value(after.outputs()[0]).name, "y");
  EXPECT_EQ(after.value(after.outputs()[1]).name, "z");
  expect_same_outputs(before, after);
}

TEST(DropDead, NodesThatNobodyNeedsVanish) {
  const auto before = graph_of(R"(
    x: f32[4] = Input
    a: f32[4] = Tanh(x)
    y: f32[4] = Relu(x)
    return y
  )");
  EXPECT_EQ(ops_of(passed(drop_dead, before)), "Relu");
}

}  // namespace
}  // namespace slipway::passes
