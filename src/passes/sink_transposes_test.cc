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

TEST(SinkTransposes, PassSumsThatBroadcast) {
  const auto before = graph_of(R"(
    x: f32[1,4,1,2] = Input
    z: f32[1,4,5,2] = Input
    c: f32[2,1,1] = Constant [3,4]
    a: f32[1,2,4,1] = Transpose(x) {perm=[0,3,1,2]}
    b: f32[1,2,4,5] = Transpose(z) {perm=[0,3,1,2]}
    d: f32[1,2,4,5] = Add(a, b)
    e: f32[1,2,4,5] = Mul(c, d)
    f: f32[1,4,5,2] = Transpose(e) {perm=[0,2,3,1]}
    y: f32[1,4,5,2] = Relu(f)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Add Mul Relu");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, PassWhatHasAxes) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,6] = Input
    l: i64[2] = Constant [4,-1]
    p: i64[8] = Constant [0,0,1,2,0,1,3,0]
    b: i64[2] = Constant [1,0]
    e: i64[2] = Constant [4,9]
    t: i64[2] = Constant [1,2]
    o: i64[2] = Constant [3,1]
    i: i64[3] = Constant [2,0,1]
    a: f32[1,6,4,5] = Transpose(x) {perm=[0,3,1,2]}
    c: f32[1,4,4,5], d: f32[1,2,4,5] = Split(a, l) {axis=1, parts=2}
    f: f32[1,6,4,5] = Concat(d, c) {axis=1}
    g: f32[1,7,8,7] = Pad(f, p)
    h: f32[1,4,8,3] = Slice(g, b, e, o, t)
    j: f32[1,3,8,3] = Gather(h, i) {axis=1}
    k: f32[1,3,8,3] = Softmax(j) {axis=1}
    m: f32[1,3,1,1] = ReduceMean(k) {axes=[2,-1], keep_dims=true}
    n: f32[1,3,8,3] = Mul(k, m)
    q: f32[1,8,3,3] = Transpose(n) {perm=[0,2,3,1]}
    y: f32[1,8,3,3] = Tanh(q)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Split Concat Pad Slice Gather Softmax ReduceMean Mul Tanh");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, PassResizedPictures) {
  const auto before = graph_of(R"(
    x: f32[1,4,5,2] = Input
    s: i64[2] = Constant [7,3]
    a: f32[1,2,4,5] = Transpose(x) {perm=[0,3,1,2]}
    b: f32[1,2,7,3] = Resize(a, s) {axes=[2,3]}
    c: f32[1,7,3,2] = Transpose(b) {perm=[0,2,3,1]}
    y: f32[1,7,3,2] = Tanh(c)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Resize Tanh");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, StayBehindReductionsThatKeepTheOrder) {
  const auto before = graph_of(R"(
    x: f32[2,4,5,3] = Input
    a: f32[2,3,4,5] = Transpose(x) {perm=[0,3,1,2]}
    y: f32[2,3,4] = ReduceMax(a) {axes=[3]}
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "ReduceMax Transpose");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, ToTheEndGoUpToTheInput) {
  const auto before = graph_of(R"(
    x: f32[1,3,4,5] = Input
    m: f32[1,3,1,1] = Constant [1,2,3]
    p: i64[8] = Constant [0,0,1,1,0,0,1,1]
    w: f32[1,1,3,2] = Constant [1,-2,3,-4,5,-6]
    a: f32[1,3,4,5] = Sub(x, m)
    b: f32[1,3,6,7] = Pad(a, p)
    c: f32[1,6,7,3] = Transpose(b) {perm=[0,2,3,1]}
    y: f32[1,6,7,2] = Conv(c, w)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Transpose Sub Pad Conv");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, ToTheEndMoveBytesRatherThanFloats) {
  const auto before = graph_of(R"(
    x: f32[1,3,4,5] = Input
    w: f32[1,1,3,2] = Constant [1,-2,3,-4,5,-6]
    q: u8[1,3,4,5] q(0.03, 7) = Quantize(x)
    d: f32[1,3,4,5] = Dequantize(q)
    c: f32[1,4,5,3] = Transpose(d) {perm=[0,2,3,1]}
    y: f32[1,4,5,2] = Conv(c, w)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Quantize Transpose Dequantize Conv");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, TwoOfOneKindAreOne) {
  const auto before = graph_of(R"(
    x: f32[1,3,4,5] = Input
    v: f32[1,1,3,2] = Constant [1,-2,3,-4,5,-6]
    w: f32[1,1,3,2] = Constant [1,2,3,4,5,6]
    a: f32[1,4,5,3] = Transpose(x) {perm=[0,2,3,1]}
    b: f32[1,4,5,3] = Transpose(x) {perm=[0,2,3,1]}
    y: f32[1,4,5,2] = Conv(a, v)
    z: f32[1,4,5,2] = Conv(b, w)
    return y, z
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Transpose Conv Conv");
  expect_same_outputs(before, after);
}

TEST(SinkTransposes, ConstantsOfIntegersStayIntegers) {
  const auto before = graph_of(R"(
    x: u8[1,4,5,2] q(0.5, 3) = Input
    c: u8[1,2,1,5] q(0.5, 3) = Constant [1,2,3,4,5,6,7,8,9,10]
    a: f32[1,4,5,2] = Dequantize(x)
    b: f32[1,2,4,5] = Transpose(a) {perm=[0,3,1,2]}
    d: f32[1,2,1,5] = Dequantize(c)
    e: f32[1,2,4,5] = Add(b, d)
    f: f32[1,4,5,2] = Transpose(e) {perm=[0,2,3,1]}
    y: f32[1,4,5,2] = Tanh(f)
    return y
  )");
  const auto after = passed(sink_transposes, before);
  EXPECT_EQ(ops_of(after), "Dequantize Dequantize Add Tanh");
  expect_same_outputs(before, after);
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
