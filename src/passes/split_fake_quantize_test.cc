#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(SplitFakeQuantize, IsThereAndBack) {
  const auto before = graph_of(R"(
    x: f32[1,500] = Input
    l: f32[] = Constant [0]
    h: f32[1] = Constant [2.55]
    y: f32[1,500] = FakeQuantize(x, l, h, l, h)
    return y
  )");
  const auto after = passed(split_fake_quantize, before);
  EXPECT_EQ(ops_of(after), "Quantize Dequantize");
  expect_near_outputs(before, after, 1e-6);
}

TEST(SplitFakeQuantize, ZeroMayLieBetween) {
  const auto before = graph_of(R"(
    x: f32[1,500] = Input
    l: f32[] = Constant [-1.28]
    h: f32[] = Constant [1.27]
    y: f32[1,500] = FakeQuantize(x, l, h, l, h)
    return y
  )");
  const auto after = passed(split_fake_quantize, before);
  EXPECT_EQ(ops_of(after), "Quantize Dequantize");
  expect_near_outputs(before, after, 1e-6);
}

TEST(SplitFakeQuantize, StaysWhereZeroIsNoStep) {
  const auto before = graph_of(R"(
    x: f32[1,5] = Input
    l: f32[] = Constant [-1.285]
    h: f32[] = Constant [1.27]
    k: f32[] = Constant [3]
    y: f32[1,5] = FakeQuantize(x, l, h, l, h)
    z: f32[1,5] = FakeQuantize(x, h, k, l, h)
    return y, z
  )");
  EXPECT_TRUE(passed(split_fake_quantize, before) == before);
}

}  // namespace
}  // namespace slipway::passes
