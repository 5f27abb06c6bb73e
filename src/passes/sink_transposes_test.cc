#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(SinkTransposes, MeetBehindWhatWorksElementByElement) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    w: f32[1,1,2,3] = Constant [1,-2,3,-4,5,-6]
    v: f32[1,1,3,2] = Constant [1,-2,3,-4,5,-6]
    a: f32[1,4,5,3] = Conv(x, w)
    b: f32[1,3,4,5] = Transpose(a) {perm=[0,3,1,2]}
    c: f32[1,3,4,5] = Relu6(b)
    q: u8[1,3,4,5] q(0.03, 7) = Quantize(c) {halves_to_even=true}
    d: f32[1,3,4,5] = Dequantize(q)
    e: f32[1,4,5,3] = Transpose(d) {perm=[0,2,3,1]}
    y: f32[1,4,5,2] = Conv(e, v)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Conv Relu6 Quantize Dequantize Conv");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, PassSumsOfTwoThatAreTransposedAlike) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    z: f32[1,4,5,2] = Input
    a: f32[1,2,4,5] = Transpose(x) {perm=[0,3,1,2]}
    b: f32[1,2,4,5] = Transpose(z) {perm=[0,3,1,2]}
    c: f32[1,2,4,5] = Add(a, b)
    y: f32[1,4,5,2] = Transpose(c) {perm=[0,2,3,1]}
    u: f32[1,4,5,2] = Relu(y)
    return u
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Add Relu");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, VanishInMeansOverPictures) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    a: f32[1,2,4,5] = Transpose(x) {perm=[0,3,1,2]}
    y: f32[1,2] = ReduceMean(a) {axes=[2,3]}
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "ReduceMean");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, ThatMoveOnlyOnesAreReshapes) {
  const auto before = graph_of(R"(
    x: f32[1,1,1,6] = Input
    a: f32[1,6,1,1] = Transpose(x) {perm=[0,3,1,2]}
    y: f32[1,6,1,1] = Relu(a)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Relu Reshape");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, OutputsKeepTheirNamesAndOrder) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    a: f32[1,2,4,5] = Transpose(x) {perm=[0,3,1,2]}
    y: f32[1,2,4,5] = Relu(a)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(after.value(after.outputs()[0]).name, "y");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, WithoutAnOrderReverse) {
  const auto before = graph_of(R"(
    x: f32[2,3,4] = Input
    a: f32[4,3,2] = Transpose(x)
    b: f32[4,3,2] = Relu(a)
    c: f32[2,3,4] = Transpose(b)
    y: f32[2,3,4] = Tanh(c)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Relu Tanh");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, MayCountFromBehind) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    a: f32[1,2,4,5] = Transpose(x) {perm=[0,-1,1,-2]}
    b: f32[1,2,4,5] = Relu(a)
    c: f32[1,4,5,2] = Transpose(b) {perm=[-4,2,-1,1]}
    y: f32[1,4,5,2] = Tanh(c)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Relu Tanh");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, StayBeforeSumsThatBroadcast) {
  const auto before = graph_of(R"(
    x: f32[1,4,1,2] = Input
    z: f32[1,4,5,2] = Input
    a: f32[1,2,4,1] = Transpose(x) {perm=[0,3,1,2]}
    b: f32[1,2,4,5] = Transpose(z) {perm=[0,3,1,2]}
    y: f32[1,2,4,5] = Add(a, b)
    return y
  )");
  EXPECT_TRUE(passed(sink_transposes, before) == before);
}

TEST(SinkTransposes, StayBeforeScalesPerChannel) {
  const auto before = graph_of(R"(
    x: i8[2,3] q(axis=1, [0.5,0.25,2], [0,0,0]) = Input
    a: i8[3,2] q(axis=0, [0.5,0.25,2], [0,0,0]) = Transpose(x) {perm=[1,0]}
    y: f32[3,2] = Dequantize(a)
    return y
  )");
  EXPECT_TRUE(passed(sink_transposes, before) == before);
}

}  // namespace
}  // namespace slipway::passes
