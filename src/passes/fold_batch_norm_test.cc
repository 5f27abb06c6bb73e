#include "passes/testing.h"

namespace slipway::passes {
namespace {

constexpr double kRounded = 1e-6;  // of the range: some roundings of f32

TEST(FoldBatchNorm, JoinsTheConvolutionBefore) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    w: f32[1,1,2,2] = Constant [1,-2,3,-4]
    b: f32[2] = Constant [0.5,-0.5]
    s: f32[2] = Constant [2,0.3]
    t: f32[2] = Constant [-1,1]
    m: f32[2] = Constant [0.1,0.2]
    v: f32[2] = Constant [3,0.7]
    a: f32[1,3,3,2] = Conv(x, w, b) {pad_begin=[1,1], pad_end=[1,1], stride=[2,2]}
    y: f32[1,3,3,2] = BatchNormalization(a, s, t, m, v) {epsilon=0.001}
    return y
  )");
  const auto after = passed(fold_batch_norm, before);
  EXPECT_EQ(ops_of(after), "Conv");
  EXPECT_EQ(after.value(after.outputs()[0]).name, "y");
  expect_near_outputs(before, after, kRounded);
}

TEST(FoldBatchNorm, SumsAndProductsJoinInTheirOrder) {
  const auto before = graph_of(R"(
    x: f32[1,3,3,4] = Input
    w: f32[1,1,1,4] = Constant [1,-2,3,-4]
    s: f32[1,1,1,4] = Constant [2,0.3,-1,4]
    t: f32[4] = Constant [-1,1,2,3]
    h: f32[] = Constant [0.5]
    a: f32[1,3,3,4] = Conv(x, w) {group=4}
    b: f32[1,3,3,4] = Mul(a, s)
    c: f32[1,3,3,4] = Sub(t, b)
    d: f32[1,3,3,4] = Div(c, h)
    y: f32[1,3,3,4] = Add(d, t) {activation=relu}
    return y
  )");
  const auto after = passed(fold_batch_norm, before);
  EXPECT_EQ(ops_of(after), "Conv");
  expect_near_outputs(before, after, kRounded);
}

TEST(FoldBatchNorm, JoinsDenseAndTransposedLayers) {
  const auto before = graph_of(R"(
    x: f32[1,2,2,4] = Input
    w: f32[1,2,4,1] = Constant [1,-2,3,-4,5,6,7,8]
    v: f32[2,3] = Constant [1,2,3,4,5,6]
    s: f32[2] = Constant [2,0.3]
    t: f32[3] = Constant [-1,1,2]
    a: f32[1,2,3,2] = ConvTranspose(x, w) {group=2}
    b: f32[1,2,3,2] = Mul(a, s)
    c: f32[1,2,3,3] = FullyConnected(b, v)
    y: f32[1,2,3,3] = Mul(c, t)
    return y
  )");
  const auto after = passed(fold_batch_norm, before);
  EXPECT_EQ(ops_of(after), "ConvTranspose FullyConnected");
  expect_near_outputs(before, after, kRounded);
}

TEST(FoldBatchNorm, JoinsTheConvolutionBehindWhereNothingIsPadded) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,4] = Input
    w: f32[1,1,2,4] = Constant [1,-2,3,-4,5,6,7,-8]
    s: f32[4] = Constant [2,0.3,-1,4]
    t: f32[4] = Constant [-1,1,2,3]
    a: f32[1,4,4,4] = Add(x, t)
    b: f32[1,4,4,4] = Mul(a, s)
    y: f32[1,4,4,4] = Conv(b, w) {group=2}
    return y
  )");
  const auto after = passed(fold_batch_norm, before);
  EXPECT_EQ(ops_of(after), "Conv");
  expect_near_outputs(before, after, kRounded);
}

TEST(FoldBatchNorm, SumsStayBeforeConvolutionsThatArePadded) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    w: f32[1,1,2,2] = Constant [1,-2,3,-4]
    s: f32[2] = Constant [2,0.3]
    t: f32[2] = Constant [-1,1]
    a: f32[1,4,4,2] = Sub(x, t)
    b: f32[1,4,4,2] = Div(a, s)
    y: f32[1,6,6,2] = Conv(b, w) {pad_begin=[1,1], pad_end=[1,1]}
    return y
  )");
  const auto after = passed(fold_batch_norm, before);
  EXPECT_EQ(ops_of(after), "Sub Conv");
  expect_near_outputs(before, after, kRounded);
}

TEST(FoldBatchNorm, AloneIsAProductAndASum) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    s: f32[2] = Constant [2,0.3]
    t: f32[2] = Constant [-1,1]
    m: f32[2] = Constant [0.1,0.2]
    v: f32[2] = Constant [3,0.7]
    a: f32[1,4,4,2] = BatchNormalization(x, s, t, m, v)
    y: f32[1,4,4,2] = Relu(a)
    return y
  )");
  const auto after = passed(fold_batch_norm, before);
  EXPECT_EQ(ops_of(after), "Mul Add Relu");
  expect_near_outputs(before, after, kRounded);
}

TEST(FoldBatchNorm, StaysWhereTheSumIsUsedElsewhere) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    w: f32[1,1,2,2] = Constant [1,-2,3,-4]
    s: f32[2] = Constant [2,0.3]
    a: f32[1,4,4,2] = Conv(x, w)
    y: f32[1,4,4,2] = Mul(a, s)
    return y, a
  )");
  EXPECT_TRUE(passed(fold_batch_norm, before) == before);
}

TEST(FoldBatchNorm, WeightsOnAGridStayOnIt) {
  const auto before = graph_of(R"(
    x: f32[1,4,4,2] = Input
    i: i8[1,1,2,2] q(0.5, 0) = Constant [1,-2,3,-4]
    w: f32[1,1,2,2] = Dequantize(i)
    s: f32[2] = Constant [2,0.3]
    a: f32[1,4,4,2] = Conv(x, w)
    y: f32[1,4,4,2] = Mul(a, s)
    return y
  )");
  EXPECT_TRUE(passed(fold_batch_norm, before) == before);
}

}  // namespace
}  // namespace slipway::passes
