#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(ExpandNormalizations, GroupsAreADimensionOfTheirOwn) {
  const auto before = graph_of(R"(
    x: f32[2,3,2,4] = Input
    s: f32[4] = Constant [1,2,3,4]
    b: f32[4] = Constant [5,6,7,8]
    y: f32[2,3,2,4] = GroupNormalization(x, s, b) {groups=2}
    z: f32[2,3,2,4] = GroupNormalization(y, s, b)
    return z
  )");
  const auto after = passed(expand_normalizations, before);
  EXPECT_EQ(ops_of(after),
            "Reshape ReduceMean Sub Square ReduceMean Add Rsqrt Mul Reshape Mul Add "
            "ReduceMean Sub Square ReduceMean Add Rsqrt Mul Mul Add");
  expect_near_outputs(before, after, 1e-5);
}

TEST(ExpandNormalizations, NeighboursAreABand) {
  const auto before = graph_of(R"(
    x: f32[2,2,5] = Input
    y: f32[2,2,5] = LocalResponseNormalization(x) {radius=1, bias=2, alpha=0.25, beta=0.75}
    z: f32[2,2,5] = LocalResponseNormalization(x) {radius=1, bias=2, beta=0.6, even=true}
    return y, z
  )");
  const auto after = passed(expand_normalizations, before);
  EXPECT_EQ(ops_of(after),
            "Square FullyConnected Rsqrt Sqrt Mul Mul Square FullyConnected Pow Mul");
  expect_near_outputs(before, after, 1e-5);
}

TEST(ExpandNormalizations, StatisticsAreOutputsToo) {
  const auto before = graph_of(R"(
    x: f32[2,6] = Input
    s: f32[6] = Constant [1,2,3,4,5,6]
    y: f32[2,6], m: f32[2,1], i: f32[2,1] = LayerNormalization(x, s) {statistics=true}
    return y, m, i
  )");
  const auto after = passed(expand_normalizations, before);
  EXPECT_EQ(ops_of(after), "ReduceMean Sub Square ReduceMean Add Rsqrt Mul Mul");
  expect_near_outputs(before, after, 1e-5);
}

TEST(ExpandNormalizations, OtherNumbersStay) {
  const auto before = graph_of(R"(
    x: i8[1,8] q(0.5, 3) = Input
    y: i8[1,8] q(0.0078125, 0) = L2Normalization(x)
    return y
  )");
  EXPECT_EQ(passed(expand_normalizations, before), before);
}

}  // namespace
}  // namespace slipway::passes
