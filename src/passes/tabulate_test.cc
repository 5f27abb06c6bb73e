#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(Tabulate, FloatsBetweenBytesAreATable) {
  const auto before = graph_of(R"(
    x: u8[1,16,16] q(0.05, 120) = Input
    k: f32[] = Constant [3]
    a: f32[1,16,16] = Dequantize(x)
    b: f32[1,16,16] = HardSigmoid(a)
    c: f32[1,16,16] = Mul(a, b)
    d: f32[1,16,16] = Add(k, c)
    y: i8[1,16,16] q(0.1, -7) = Quantize(d) {to=i8, halves_to_even=true}
    return y
  )");
  const auto after = passed(tabulate, before);
  EXPECT_EQ(ops_of(after), "Lookup");
  expect_same_outputs(before, after);
}

TEST(Tabulate, OperationsOnBytesAreTables) {
  const auto before = graph_of(R"(
    x: i8[16,16] q(0.05, 12) = Input
    a: i8[16,16] q(0.00390625, -128) = Sigmoid(x)
    b: i8[16,16] q(0.05, 12) = LeakyRelu(x) {slope=0.1}
    c: u8[16,16] q(0.1, 3) = Quantize(b)
    return a, b, c
  )");
  const auto after = passed(tabulate, before);
  EXPECT_EQ(ops_of(after), "Lookup Lookup Lookup");
  expect_same_outputs(before, after);
}

TEST(Tabulate, SumsOfTwoValuesStay) {
  const auto before = graph_of(R"(
    x: u8[4] q(0.05, 120) = Input
    z: u8[4] q(0.05, 120) = Input
    a: f32[4] = Dequantize(x)
    b: f32[4] = Dequantize(z)
    c: f32[4] = Add(a, b)
    y: u8[4] q(0.1, 7) = Quantize(c)
    return y
  )");
  EXPECT_TRUE(passed(tabulate, before) == before);
}

TEST(Tabulate, SignedAndUnsignedBytesOfOneScaleStay) {
  const auto before = graph_of(R"(
    x: i8[4] q(0.05, -8) = Input
    y: u8[4] q(0.05, 120) = Quantize(x)
    return y
  )");
  EXPECT_TRUE(passed(tabulate, before) == before);
}

}  // namespace
}  // namespace slipway::passes
