#include "passes/testing.h"

namespace slipway::passes {
namespace {

constexpr double kRounded = 1e-6;  // of the range: some roundings of f32

TEST(MatchActivations, Clamps) {
  const auto before = graph_of(R"(
    x: f32[1,6] = Input
    z: f32[] = Constant [0]
    s: f32[] = Constant [6]
    o: f32[1] = Constant [1]
    m: f32[] = Constant [-1]
    a: f32[1,6] = Maximum(z, x)
    b: f32[1,6] = Minimum(s, a)
    c: f32[1,6] = Minimum(a, o)
    d: f32[1,6] = Maximum(x, m)
    e: f32[1,6] = Minimum(d, o)
    return a, b, c, e
  )");
  const auto after = passed(match_activations, before);
  EXPECT_EQ(ops_of(after), "Relu Relu6 Relu0To1 ReluN1To1");
  expect_same_outputs(before, after);
}

TEST(MatchActivations, AMaximumWithTheLeastNumberIsNothing) {
  const auto before = graph_of(R"(
    x: f32[1,6] = Input
    l: f32[] = Constant [-3.40282347e38]
    m: f32[] = Constant [-3e38]
    a: f32[1,6] = Maximum(x, l)
    b: f32[1,6] = Neg(a)
    c: f32[1,6] = Maximum(b, m)
    return c
  )");
  const auto after = passed(match_activations, before);
  EXPECT_EQ(ops_of(after), "Neg Maximum");
  expect_same_outputs(before, after);
}

TEST(MatchActivations, HardSwishInThreeSpellings) {
  const auto before = graph_of(R"(
    x: f32[1,6] = Input
    t: f32[] = Constant [3]
    s: f32[] = Constant [6]
    r: f32[] = Constant [0.16666667]
    a: f32[1,6] = Add(x, t)
    b: f32[1,6] = Relu6(a)
    c: f32[1,6] = Div(b, s)
    d: f32[1,6] = Mul(x, c)
    e: f32[1,6] = Mul(b, x)
    f: f32[1,6] = Div(e, s)
    g: f32[1,6] = Mul(r, e)
    return d, f, g, c
  )");
  const auto after = passed(match_activations, before);
  EXPECT_EQ(ops_of(after), "HardSigmoid HardSwish HardSwish HardSwish");
  expect_near_outputs(before, after, kRounded);
}

TEST(MatchActivations, SwishMishAndGelu) {
  const auto before = graph_of(R"(
    x: f32[1,6] = Input
    k: f32[] = Constant [1.702]
    h: f32[] = Constant [0.5]
    q: f32[] = Constant [1.4142135]
    o: f32[] = Constant [1]
    a: f32[1,6] = Sigmoid(x)
    b: f32[1,6] = Mul(a, x)
    c: f32[1,6] = Mul(x, k)
    d: f32[1,6] = Sigmoid(c)
    e: f32[1,6] = Mul(x, d)
    f: f32[1,6] = Softplus(x)
    g: f32[1,6] = Tanh(f)
    i: f32[1,6] = Mul(x, g)
    j: f32[1,6] = Div(x, q)
    l: f32[1,6] = Erf(j)
    m: f32[1,6] = Add(l, o)
    n: f32[1,6] = Mul(x, m)
    p: f32[1,6] = Mul(n, h)
    return b, e, i, p
  )");
  const auto after = passed(match_activations, before);
  EXPECT_EQ(ops_of(after), "Swish Swish Mish Gelu");
  expect_near_outputs(before, after, kRounded);
}

TEST(MatchActivations, OtherNumbersStay) {
  const auto before = graph_of(R"(
    x: f32[1,6] = Input
    z: f32[1,6] = Input
    t: f32[] = Constant [2]
    s: f32[] = Constant [6]
    a: f32[1,6] = Add(x, t)
    b: f32[1,6] = Relu6(a)
    c: f32[1,6] = Div(b, s)
    d: f32[1,6] = Mul(x, c)
    e: f32[1,6] = Sigmoid(z)
    y: f32[1,6] = Mul(x, e)
    return y, d
  )");
  EXPECT_TRUE(passed(match_activations, before) == before);
}

}  // namespace
}  // namespace slipway::passes
