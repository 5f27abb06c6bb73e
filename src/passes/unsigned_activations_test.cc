#include <algorithm>

#include "passes/testing.h"

namespace slipway::passes {
namespace {

/// How many values are signed bytes that are computed with.
int signed_values(const Graph& graph) {
  int count = 0;
  for (const auto& node : graph.nodes()) {
    if (node.op.is<Input>() || node.op.is<Constant>()) continue;
    for (const auto& output : node.outputs) count += output.type.dtype == DType::i8 ? 1 : 0;
  }
  return count;
}

void expect_moved(const Graph& before, int left) {
  const auto after = passed(unsigned_activations, before);
  EXPECT_EQ(signed_values(after), left) << to_text(after);
  for (std::size_t i = 0; i < before.outputs().size(); ++i)
    EXPECT_EQ(after.value(after.outputs()[i]).name, before.value(before.outputs()[i]).name);
  expect_same_outputs(before, after);
}

TEST(UnsignedActivations, OfANetworkButForItsEnds) {
  const auto before = with_random(graph_of(R"(
    x: i8[1,9,9,4] q(0.05, -7) = Input
    w: i8[3,3,4,4] q(axis=3, [0.01,0.02,0.03,0.015], [0,0,0,0]) = Constant
    d: i8[3,3,1,4] q(axis=3, [0.01,0.02,0.03,0.015], [0,0,0,0]) = Constant
    v: i8[4,5] q(0.05, 0) = Constant
    c: i8[4] q(0.05, 4) = Constant
    a: i8[1,9,9,4] q(0.1, 3) = Conv(x, w) {padding=same_upper, activation=relu6}
    b: i8[1,5,5,4] q(0.05, -20) = Conv(a, d) {padding=same_upper, stride=[2,2], group=4, rounding=once}
    e: i8[1,5,5,4] q(0.1, 3) = MaxPool(a) {kernel=[2,2], stride=[2,2], round_up=true}
    f: i8[1,5,5,4] q(0.07, 0) = Add(b, e)
    g: i8[1,5,5,4] q(0.07, 10) = Mul(f, c) {activation=relu}
    h: i8[1,5,5,8] q(0.07, 0) = Concat(f, f) {axis=3}
    i: i8[1,4] q(0.07, 2) = ReduceMean(g) {axes=[1,2]}
    j: i8[1,5] q(0.2, 3) = FullyConnected(i, v)
    k: i8[1,5] q(0.00390625, -128) = Softmax(j)
    return h, k
  )"),
                                  {"w", "d", "v", "c"});
  expect_moved(before, 2);
}

TEST(UnsignedActivations, ValuesThatAreCountedAsIntegersStay) {
  const auto before = graph_of(R"(
    x: i8[1,8,8,4] q(0.05, -7) = Input
    a: i8[1,4,4,4] q(0.05, -7) = MaxPool(x) {kernel=[2,2], stride=[2,2]}
    b: i8[1,2,2,4] q(0.05, -7) = AveragePool(a) {kernel=[2,2], stride=[2,2]}
    y: i8[1,1,1,4] q(0.05, -7) = MaxPool(b) {kernel=[2,2]}
    return y
  )");
  expect_moved(before, 3);
}

TEST(UnsignedActivations, AveragesOfOddCountsNeverLieInTheMiddle) {
  const auto before = graph_of(R"(
    x: i8[1,9,9,40] q(0.05, -7) = Input
    a: i8[1,3,3,40] q(0.05, -7) = AveragePool(x) {kernel=[3,3], stride=[3,3]}
    y: i8[1,1,1,40] q(0.05, -7) = AveragePool(a) {kernel=[3,3], activation=relu}
    return y
  )");
  expect_moved(before, 1);
}

TEST(UnsignedActivations, BetweenFloats) {
  const auto before = graph_of(R"(
    x: f32[1,20] = Input
    a: i8[1,20] q(0.05, -7) = Quantize(x) {to=i8, halves_to_even=true}
    b: f32[1,20] = Dequantize(a)
    c: f32[1,20] = Add(b, b)
    y: i8[1,20] q(0.1, 5) = Quantize(c) {to=i8}
    return y, b
  )");
  expect_moved(before, 1);
}

TEST(UnsignedActivations, TablesTakeThem) {
  const auto before = with_random(graph_of(R"(
    x: i8[1,300] q(0.05, -7) = Input
    t: i8[256] q(0.1, 3) = Constant
    u: u8[256] q(0.1, 3) = Constant
    a: i8[1,300] q(0.1, 3) = Lookup(x, t)
    b: u8[1,300] q(0.1, 3) = Lookup(a, u)
    c: i8[1,300] q(0.1, 3) = Lookup(b, t)
    y: f32[1,300] = Dequantize(c)
    return y
  )"),
                                  {"t", "u"});
  expect_moved(before, 0);
}

TEST(UnsignedActivations, WhatOnlyMovesElements) {
  const auto before = graph_of(R"(
    x: i8[1,4,4,4] q(0.05, -7) = Input
    p: i64[8] = Constant [0,1,1,0,0,1,1,0]
    o: i64[1] = Constant [1]
    n: i64[1] = Constant [5]
    s: i64[2] = Constant [12,12]
    r: i64[2] = Constant [1,-1]
    a: i8[1,6,6,4] q(0.05, -7) = Pad(x, p)
    b: i8[1,4,6,4] q(0.05, -7) = Slice(a, o, n, o)
    c: i8[1,4,3,4] q(0.05, -7), d: i8[1,4,3,4] q(0.05, -7) = Split(b) {axis=2, parts=2}
    e: i8[1,4,3,4] q(0.05, -7) = Maximum(c, d)
    f: i8[1,8,6,1] q(0.05, -7) = DepthToSpace(e) {block=2}
    g: i8[1,12,12,1] q(0.05, -7) = Resize(f, s) {coordinates=asymmetric}
    h: i8[1,144] q(0.05, -7) = Reshape(g, r)
    y: i8[144,1] q(0.05, -7) = Transpose(h)
    return y
  )");
  expect_moved(before, 1);
}

}  // namespace
}  // namespace slipway::passes
