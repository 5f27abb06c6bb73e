#include "tensor/quant.h"

#include <cmath>

#include <gtest/gtest.h>

namespace slipway {
namespace {

std::string problem(const Quantization& quantization, const Shape& shape) {
  const auto checked = check(quantization, DType::i8, shape);
  return checked ? "" : checked.error().message;
}

TEST(Quantization, ReadsAsInTheIr) {
  EXPECT_EQ(per_tensor(0.0078125F, 128).text(), "q(0.0078125, 128)");
  const Quantization per_axis{.scale = {0.5F, 0.25F}, .zero_point = {0, 0}, .axis = 3};
  EXPECT_EQ(per_axis.text(), "q(axis=3, [0.5,0.25], [0,0])");
}

TEST(Quantization, GivesThePairOfASlice) {
  const Quantization per_axis{.scale = {0.5F, 0.25F}, .zero_point = {1, 2}, .axis = 0};
  EXPECT_EQ(per_axis.scale_at(1), 0.25F);
  EXPECT_EQ(per_axis.zero_at(1), 2);
  EXPECT_EQ(per_tensor(0.5F, 7).zero_at(9), 7);
}

TEST(Quantization, IsCheckedAgainstTheShape) {
  EXPECT_EQ(problem(per_tensor(0.5F, 3), {2}), "");
  EXPECT_EQ(problem({.scale = {1, 2}, .zero_point = {0, 0}, .axis = 1}, {3, 2}), "");
  EXPECT_EQ(problem({.scale = {1, 2}, .zero_point = {0, 0}, .axis = 0}, {Shape::kUnknown}), "");
  EXPECT_EQ(problem({}, {2}), "0 scales and 0 zero points");
  EXPECT_EQ(problem({.scale = {1, 2}, .zero_point = {0}}, {2}), "2 scales and 1 zero points");
  EXPECT_EQ(problem({.scale = {1, 2}, .zero_point = {0, 0}}, {2}), "2 scales but no axis");
  EXPECT_EQ(problem({.scale = {1, 2}, .zero_point = {0, 0}, .axis = 0}, {3}),
            "2 scales along axis 0 of [3]");
  EXPECT_EQ(problem({.scale = {1}, .zero_point = {0}, .axis = 1}, {1}),
            "quantized along axis 1 of [1]");
  EXPECT_EQ(problem({.scale = {1}, .zero_point = {0}, .axis = -2}, {1}),
            "quantized along axis -2 of [1]");
  EXPECT_EQ(problem(per_tensor(0.5F, 128), {2}), "a zero point of 128 for i8");
  for (const float scale : {0.0F, -1.0F, HUGE_VALF, NAN}) {
    EXPECT_NE(problem(per_tensor(scale, 0), {2}), "") << scale;
  }
}

}  // namespace
}  // namespace slipway
