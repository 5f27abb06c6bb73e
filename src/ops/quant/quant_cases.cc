#include <limits>

#include "ops/case.h"
#include "ops/quant/quantize.h"

namespace slipway::ops {
namespace {

Tensor bytes(const std::vector<std::uint8_t>& values, float scale, std::int32_t zero) {
  auto tensor = Tensor::of({static_cast<std::int64_t>(values.size())}, values);
  TensorType type = tensor.type();
  type.quant = per_tensor(scale, zero);
  return *tensor.as(type);
}

}  // namespace

Cases quant_cases() {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  const TensorType i16{DType::i16, {9}, per_tensor(0.001F, 0)};
  return {
      {.name = "halves to even",
       .op = Quantize{.halves_to_even = true},
       .inputs = {f32({4}, {0.5F, 1.5F, -0.5F, 300})},
       .outputs = {bytes({10, 12, 10, 255}, 1, 10)},
       .types = {{DType::u8, {4}, per_tensor(1, 10)}}},
      {.name = "scales that are inputs, one per row",
       .op = Quantize{.to = DType::i8, .axis = 0, .halves_to_even = true},
       .inputs = {f32({2, 2}, {1, 2, 3, 100}), f32({2}, {0.5F, 0.25F}),
                  Tensor::of<std::int8_t>({2}, {0, -1})},
       .outputs = {Tensor::of<std::int8_t>({2, 2}, {2, 4, 11, 127})}},
      {.name = "numbers of 4 bits, one scale per block of two",
       .op = Quantize{.to = DType::i8, .axis = 1, .block = 2, .bits = 4},
       .inputs = {f32({1, 3}, {1, -20, 6}), f32({1, 2}, {1, 2})},
       .outputs = {Tensor::of<std::int8_t>({1, 3}, {1, -8, 3})}},
      {.name = "steps of scales that are inputs",
       .op = Dequantize{.axis = 1},
       .inputs = {i32({1, 2}, {3, -4}), f32({2}, {0.5F, 2})},
       .outputs = {f32({1, 2}, {1.5F, -8})}},
      {.name = "a range that is found",
       .op = DynamicQuantize{},
       .inputs = {f32({3}, {-1, 0.5F, 1.55F})},
       .outputs = {Tensor::of<std::uint8_t>({3}, {0, 150, 255}), f32({}, {0.01F}),
                   Tensor::of<std::uint8_t>({}, {100})}},
      {.name = "a scale is given to numbers",
       .op = Reinterpret{},
       .inputs = {Tensor::of<std::uint8_t>({2}, {1, 200})},
       .outputs = {bytes({1, 200}, 0.5F, 3)},
       .types = {{DType::u8, {2}, per_tensor(0.5F, 3)}}},
      {.name = "scales along an axis that is not there",
       .op = Dequantize{.axis = 2},
       .inputs = {i32({1, 2}, {3, -4}), f32({2}, {0.5F, 2})},
       .refuses = "along axis 2"},
      {.name = "halves away from zero, saturated",
       .op = Quantize{.to = DType::u8},
       .inputs = {f32({4}, {0.25F, -0.25F, 1e9F, -1e9F})},
       .outputs = {bytes({11, 9, 255, 0}, 0.5F, 10)},
       .types = {{DType::u8, {4}, per_tensor(0.5F, 10)}}},
      {.name = "to another scale",
       .op = Quantize{.to = DType::i8},
       .inputs = {random_tensor(i16)},
       .types = {{DType::i8, {9}, per_tensor(0.1F, 4)}}},
      {.name = "back to reals",
       .op = Dequantize{},
       .inputs = {bytes({0, 10, 12}, 0.5F, 10)},
       .outputs = {f32({3}, {-5, 0, 1})}},
      {.name = "floats to whole numbers",
       .op = Cast{.to = DType::i32},
       .inputs = {f32({5}, {1.9F, -1.9F, 1e20F, -1e20F, kNaN})},
       .outputs = {i32({5}, {1, -1, 2147483647, -2147483647 - 1, 2147483647})}},
      {.name = "whole numbers keep their lower bits",
       .op = Cast{.to = DType::i32},
       .inputs = {i64({2}, {(std::int64_t{1} << 32U) + 5, -1})},
       .outputs = {i32({2}, {5, -1})}},
      {.name = "anything to bool",
       .op = Cast{.to = DType::boolean},
       .inputs = {f32({3}, {0, 0.1F, -2})}},
      {.name = "to half precision", .op = Cast{.to = DType::f16}, .inputs = {f32({2}, {1, 1e6F})}},
      {.name = "steps of a quarter",
       .op = FakeQuant{.min = 0, .max = 0.75F, .bits = 2},
       .inputs = {f32({4}, {-1, 0.3F, 0.4F, 2})},
       .outputs = {f32({4}, {0, 0.25F, 0.5F, 0.75F})}},
      {.name = "a range without 0",
       .op = FakeQuant{.min = 1, .max = 2},
       .inputs = {f32({1}, {1})},
       .refuses = "a range of 1 to 2"},
      {.name = "quantized to floats",
       .op = Quantize{.to = DType::f32},
       .inputs = {f32({1}, {1})},
       .refuses = "the output must be"},
  };
}

}  // namespace slipway::ops
