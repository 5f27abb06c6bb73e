#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(FuseActivations, JoinTheOperationBeforeThem) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    w: f32[1,1,2,2] = Constant [1,-2,3,-4]
    v: f32[2,3] = Constant [1,2,3,-4,5,-6]
    a: f32[1,4,4,2] = Conv(x, w)
    b: f32[1,4,4,2] = Relu6(a)
    c: f32[1,4,4,2] = Add(b, x)
    d: f32[1,4,4,2] = Relu(c)
    e: f32[1,4,4,3] = FullyConnected(d, v)
    y: f32[1,4,4,3] = ReluN1To1(e)
    return y
  )");
  const auto after = passed(fuse_activations, before);
  EXPECT_EQ(ops_of(after), "Conv Add FullyConnected");
  EXPECT_EQ(after.value(after.outputs()[0]).name, "y");
  expect_same_outputs(before, after);
}

TEST(FuseActivations, JoinPoolsAndProducts) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    w: f32[1,1,2,2] = Constant [1,-2,3,-4]
    a: f32[1,2,2,2] = MaxPool(x) {kernel=[2,2], stride=[2,2]}
    b: f32[1,2,2,2] = Relu(a)
    c: f32[1,2,2,2] = ConvTranspose(b, w)
    d: f32[1,2,2,2] = Relu6(c)
    e: f32[1,2,2,2] = Sub(d, b)
    f: f32[1,2,2,2] = ReluN1To1(e)
    g: f32[1,1,1,2] = AveragePool(f) {kernel=[2,2]}
    h: f32[1,1,1,2] = Relu(g)
    i: f32[1,2,2,2] = Mul(h, f)
    y: f32[1,2,2,2] = Relu(i)
    return y
  )");
  const auto after = passed(fuse_activations, before);
  EXPECT_EQ(ops_of(after), "MaxPool ConvTranspose Sub AveragePool Mul");
  expect_same_outputs(before, after);
}

TEST(FuseActivations, StayWhereTheSumIsUsedElsewhere) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    w: f32[1,1,2,2] = Constant [1,-2,3,-4]
    a: f32[1,4,4,2] = Conv(x, w)
    y: f32[1,4,4,2] = Relu(a)
    return y, a
  )");
  EXPECT_TRUE(passed(fuse_activations, before) == before);
}

TEST(FuseActivations, OneIsNotReplacedByAnother) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    w: f32[1,1,2,2] = Constant [1,-2,3,-4]
    a: f32[1,4,4,2] = Conv(x, w) {activation=relu_n1_to_1}
    y: f32[1,4,4,2] = Relu(a)
    return y
  )");
  EXPECT_TRUE(passed(fuse_activations, before) == before);
}

}  // namespace
}  // namespace slipway::passes
