#include "ops/case.h"
#include "ops/quant/lookup.h"

namespace slipway::ops {
namespace {

/// 255, 254, …, 0 as bytes of a type.
Tensor backwards(DType dtype, float scale) {
  TensorBuilder builder({dtype, {256}, per_tensor(scale, 3)});
  int entry = 255;
  for (auto& byte : builder.bytes()) byte = static_cast<std::byte>(entry--);
  return std::move(builder).build();
}

}  // namespace

Cases lookup_cases() {
  const auto bytes = Tensor::of<std::uint8_t>({3}, {0, 1, 255});
  const auto numbers = Tensor::of<std::int8_t>({2, 2}, {-128, -1, 0, 127});
  const TensorType y{DType::u8, {3}, per_tensor(0.5F, 3)};
  return {
      {.name = "unsigned bytes count from 0",
       .op = Lookup{},
       .inputs = {bytes, backwards(DType::u8, 0.5F)},
       .outputs = {*Tensor::of<std::uint8_t>({3}, {255, 254, 0}).as(y)},
       .types = {y},
       .constants = {1}},
      {.name = "signed bytes count from -128",
       .op = Lookup{},
       .inputs = {numbers, Tensor::of<std::int8_t>({256}, std::vector<std::int8_t>(256, 7))},
       .outputs = {Tensor::of<std::int8_t>({2, 2}, {7, 7, 7, 7})},
       .constants = {1}},
      {.name = "from signed to unsigned bytes",
       .op = Lookup{},
       .inputs = {numbers, backwards(DType::u8, 0.5F)},
       .outputs = {*Tensor::of<std::uint8_t>({2, 2}, {255, 128, 127, 0})
                        .as({DType::u8, {2, 2}, per_tensor(0.5F, 3)})},
       .types = {{DType::u8, {2, 2}, per_tensor(0.5F, 3)}},
       .constants = {1}},
      {.name = "a table that is too short",
       .op = Lookup{},
       .inputs = {bytes, Tensor::of<std::uint8_t>({2}, {1, 2})},
       .refuses = "a table of 2 entries"},
  };
}

}  // namespace slipway::ops
