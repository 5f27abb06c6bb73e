#include "tensor/tensor.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(Tensor, HoldsWhatItWasMadeOf) {
  const auto tensor = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(tensor.type().text(), "f32[2,2]");
  EXPECT_EQ(tensor.elements(), 4);
  EXPECT_EQ(tensor.values<float>()[3], 4);
  EXPECT_EQ(Tensor::make(tensor.type(), tensor.bytes()).value(), tensor);
  EXPECT_EQ(Tensor().elements(), 0);
}

TEST(Tensor, RefusesBytesThatDoNotFit) {
  const auto short_of = Tensor::make({.shape = {2}}, as_bytes("1234567"));
  EXPECT_EQ(short_of.error().message, "f32[2] needs 8 bytes, not 7");
  EXPECT_FALSE(Tensor::make({.shape = {Shape::kUnknown}}, as_bytes("1234")));
  const Quantization wrong{.scale = {1, 2}, .zero_point = {0, 0}, .axis = 0};
  EXPECT_FALSE(Tensor::make({.dtype = DType::u8, .shape = {3}, .quant = wrong}, as_bytes("123")));
}

TEST(Tensor, CopiesShareTheirBytes) {
  const auto tensor = Tensor::of<std::int32_t>({6}, {1, 2, 3, 4, 5, 6});
  const auto other = tensor.as(tensor.type().with_shape({2, 3})).value();
  EXPECT_EQ(other.bytes().data(), tensor.bytes().data());
  EXPECT_EQ(other.shape(), (Shape{2, 3}));
  EXPECT_NE(other, tensor);
  EXPECT_FALSE(tensor.as({.shape = {7}}));
}

TEST(Tensor, BytesOfABoolAreZeroOrOne) {
  const TensorType type{.dtype = DType::boolean, .shape = {3}};
  const auto tensor = Tensor::make(type, as_bytes(std::string_view("\x00\x02\xff", 3))).value();
  EXPECT_EQ(to_doubles(tensor), (std::vector<double>{0, 1, 1}));
  const auto bytes = Tensor::of<std::uint8_t>({3}, {0, 1, 200});
  EXPECT_EQ(to_doubles(bytes.as(type).value()), (std::vector<double>{0, 1, 1}));
}

TEST(Tensor, ElementsAreAlignedForVectors) {
  const auto tensor = Tensor::of<double>({3}, {1, 2, 3});
  EXPECT_EQ(std::bit_cast<std::uintptr_t>(tensor.bytes().data()) % 16, 0U);
}

TEST(Tensor, ElementsOfEveryTypeReadAsRealNumbers) {
  for (const DType dtype : kAllDTypes) {
    visit(dtype, [&]<class T>(T) {
      const std::vector<T> values = {T(0.0F), T(1.0F)};
      EXPECT_EQ(to_doubles(Tensor::of<T>({2}, values)), (std::vector<double>{0, 1}));
    });
  }
}

TEST(Tensor, IntegersAreReadWhereIntegersAreNeeded) {
  EXPECT_EQ(to_integers(Tensor::of<std::int8_t>({2}, {-128, 127})).value(),
            (std::vector<std::int64_t>{-128, 127}));
  EXPECT_EQ(to_integers(Tensor::of<float>({1}, {1})).error().message,
            "integers are needed, not f32");
  EXPECT_EQ(to_integers(Tensor::of<std::uint64_t>({1}, {INT64_MAX})).value()[0], INT64_MAX);
  EXPECT_FALSE(to_integers(Tensor::of<std::uint64_t>({1}, {UINT64_MAX})));
}

Tensor quantized(const Tensor& tensor, Quantization quant) {
  return tensor.as({tensor.dtype(), tensor.shape(), std::move(quant)}).value();
}

TEST(Dequantized, AppliesScaleAndZeroPoint) {
  const auto x = quantized(Tensor::of<std::uint8_t>({3}, {0, 128, 255}), per_tensor(0.5F, 128));
  EXPECT_EQ(dequantized(x), Tensor::of<float>({3}, {-64, 0, 63.5F}));
}

TEST(Dequantized, AppliesOnePairPerSliceOfTheAxis) {
  const auto x = Tensor::of<std::int8_t>({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto along = [&](int axis) {
    return to_doubles(
        dequantized(quantized(x, {.scale = {1, 10}, .zero_point = {0, 1}, .axis = axis})));
  };
  EXPECT_EQ(along(0), (std::vector<double>{1, 2, 3, 4, 40, 50, 60, 70}));
  EXPECT_EQ(along(1), (std::vector<double>{1, 2, 20, 30, 5, 6, 60, 70}));
  EXPECT_EQ(along(2), (std::vector<double>{1, 10, 3, 30, 5, 50, 7, 70}));
}

TEST(Dequantized, ConvertsWhatIsNotQuantized) {
  const auto halves = Tensor::of<Half>({2}, {Half(0.5F), Half(-2)});
  EXPECT_EQ(dequantized(halves), Tensor::of<float>({2}, {0.5F, -2}));
  const auto far = quantized(Tensor::of<std::int32_t>({1}, {INT32_MIN}), per_tensor(1, INT32_MAX));
  EXPECT_EQ(dequantized(far), Tensor::of<float>({1}, {-0x1p32F}));
}

}  // namespace
}  // namespace slipway
