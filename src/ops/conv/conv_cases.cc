#include "ops/case.h"
#include "ops/conv/conv.h"

namespace slipway::ops {

Cases conv_cases() {
  const TensorType x_u8{DType::u8, {1, 5, 5, 3}, per_tensor(0.02F, 120)};
  const TensorType w_u8{DType::u8, {3, 3, 3, 4}, per_tensor(0.005F, 130)};
  const TensorType y_u8{DType::u8, {1, 3, 3, 4}, per_tensor(0.05F, 100)};
  const TensorType x_i8{DType::i8, {2, 6, 5, 4}, per_tensor(0.02F, -3)};
  const TensorType w_i8{
      DType::i8, {3, 3, 1, 4}, Quantization{{0.01F, 0.02F, 0.005F, 0.03F}, {0, 0, 0, 0}, 3}};
  const TensorType y_i8{DType::i8, {2, 3, 3, 4}, per_tensor(0.04F, 5)};
  return {
      {.name = "one by one, by hand",
       .op = Conv{},
       .inputs = {f32({1, 1, 2, 2}, {1, 2, 3, 4}), f32({1, 1, 2, 1}, {10, 1}), f32({1}, {0.5F})},
       .outputs = {f32({1, 1, 2, 1}, {12.5F, 34.5F})},
       .constants = {1, 2}},
      {.name = "three by three, padded, with relu",
       .op = Conv{.stride = {2, 2}, .padding = Padding::same_upper, .activation = Activation::relu},
       .inputs = {random_f32({1, 7, 6, 3}), random_f32({3, 3, 3, 5}, 2), random_f32({5}, 3)},
       .constants = {1, 2}},
      {.name = "dilated, in two groups",
       .op = Conv{.dilation = {2, 2}, .pad_begin = {2, 1}, .pad_end = {1, 2}, .group = 2},
       .inputs = {random_f32({2, 6, 6, 4}), random_f32({3, 3, 2, 6}, 2)},
       .constants = {1}},
      {.name = "one spatial dimension",
       .op = Conv{.stride = {2}},
       .inputs = {random_f32({1, 9, 3}), random_f32({3, 3, 2}, 2)},
       .constants = {1}},
      {.name = "three spatial dimensions",
       .op = Conv{},
       .inputs = {random_f32({1, 3, 4, 5, 2}), random_f32({2, 2, 2, 2, 3}, 2)},
       .constants = {1}},
      {.name = "unsigned bytes",
       .op = Conv{.activation = Activation::relu6},
       .inputs = {random_tensor(x_u8), random_tensor(w_u8, 2),
                  random_tensor({DType::i32, {4}, {}}, 3)},
       .types = {y_u8},
       .constants = {1, 2}},
      {.name = "depthwise, signed bytes, a scale per channel",
       .op = Conv{.stride = {2, 2}, .padding = Padding::same_upper, .group = 4},
       .inputs = {random_tensor(x_i8), random_tensor(w_i8, 2),
                  random_tensor({DType::i32, {4}, {}}, 3)},
       .types = {y_i8},
       .constants = {1, 2}},
      {.name = "halves are summed in floats",
       .op = Conv{},
       .inputs = {random_tensor({DType::f16, {1, 4, 4, 3}, {}}),
                  random_tensor({DType::f16, {3, 3, 3, 2}, {}}, 2)},
       .constants = {1}},
      {.name = "plain bytes less their zero points",
       .op = Conv{.pad_begin = {1}, .pad_end = {0}},
       .inputs = {Tensor::of<std::uint8_t>({1, 2, 1}, {7, 200}),
                  Tensor::of<std::int8_t>({2, 1, 2}, {1, -2, 3, 4}), std::nullopt,
                  Tensor::of<std::uint8_t>({}, {5}), Tensor::of<std::int8_t>({2}, {1, 0})},
       .outputs = {i32({1, 2, 2}, {4, 8, 390, 776})},
       .constants = {1}},
      {.name = "signed bytes, scaled in float, halves to even",
       .op = Conv{.rounding = Rounding::real_even},
       .inputs = {random_tensor(x_i8), random_tensor({DType::i8, {3, 3, 4, 4}, w_i8.quant}, 2)},
       .types = {{DType::i8, {2, 4, 3, 4}, per_tensor(0.3F, 5)}},
       .constants = {1}},
      {.name = "plain bytes with a bias",
       .op = Conv{},
       .inputs = {Tensor::of<std::uint8_t>({1, 2, 1}, {7, 200}),
                  Tensor::of<std::int8_t>({1, 1, 1}, {1}), i32({1}, {3})},
       .constants = {1},
       .refuses = "with a bias"},
      {.name = "channels that do not fit",
       .op = Conv{},
       .inputs = {random_f32({1, 4, 4, 3}), random_f32({1, 1, 2, 4}, 2)},
       .constants = {1},
       .refuses = "do not fit the filter"},
      {.name = "a stride of 0",
       .op = Conv{.stride = {0, 1}},
       .inputs = {random_f32({1, 4, 4, 3}), random_f32({1, 1, 3, 4}, 2)},
       .constants = {1},
       .refuses = "stride is 0"},
  };
}

}  // namespace slipway::ops
