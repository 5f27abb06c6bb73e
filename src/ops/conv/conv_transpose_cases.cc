#include "ops/case.h"
#include "ops/conv/conv_transpose.h"

namespace slipway::ops {

Cases conv_transpose_cases() {
  const TensorType x_i8{DType::i8, {1, 3, 4, 2}, per_tensor(0.03F, 7)};
  const TensorType w_i8{DType::i8, {3, 3, 2, 3}, Quantization{{0.01F, 0.02F, 0.03F}, {0, 0, 0}, 3}};
  const TensorType y_i8{DType::i8, {1, 6, 8, 3}, per_tensor(0.05F, -9)};
  return {
      {.name = "one input element spreads the filter",
       .op = ConvTranspose{},
       .inputs = {f32({1, 1, 1, 1}, {2}), f32({2, 2, 1, 1}, {1, 2, 3, 4}), f32({1}, {0.5F})},
       .outputs = {f32({1, 2, 2, 1}, {2.5F, 4.5F, 6.5F, 8.5F})},
       .constants = {1, 2}},
      {.name = "stride two, padding as that of a convolution",
       .op =
           ConvTranspose{.stride = {2, 2}, .output_shape = {6, 8}, .padding = Padding::same_upper},
       .inputs = {random_f32({2, 3, 4, 2}), random_f32({3, 3, 2, 5}, 2), random_f32({5}, 3)},
       .constants = {1, 2}},
      {.name = "given pads and an extra row",
       .op =
           ConvTranspose{
               .stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}, .output_pad = {1, 0}},
       .inputs = {random_f32({1, 3, 3, 2}), random_f32({3, 3, 2, 2}, 2)},
       .constants = {1}},
      {.name = "signed bytes, a scale per channel",
       .op =
           ConvTranspose{.stride = {2, 2}, .output_shape = {6, 8}, .padding = Padding::same_upper},
       .inputs = {random_tensor(x_i8), random_tensor(w_i8, 2)},
       .types = {y_i8},
       .constants = {1}},
      {.name = "signed bytes, with output elements that meet the bias alone",
       .op = ConvTranspose{.stride = {3, 3}, .pad_begin = {1, 0}},
       .inputs = {random_tensor(x_i8), random_tensor({DType::i8, {2, 2, 2, 3}, w_i8.quant}, 2),
                  random_tensor({DType::i32, {3}, {}}, 3)},
       .types = {{DType::i8, {1, 7, 11, 3}, per_tensor(0.1F, -9)}},
       .constants = {1, 2}},
      {.name = "two groups",
       .op = ConvTranspose{.group = 2},
       .inputs = {f32({1, 1, 2}, {2, 3}), f32({2, 2, 1}, {1, 10, 2, 20}), f32({2}, {0, 1})},
       .outputs = {f32({1, 2, 2}, {2, 31, 4, 61})},
       .constants = {1, 2}},
      {.name = "channels that do not divide into groups",
       .op = ConvTranspose{.group = 2},
       .inputs = {random_f32({1, 3, 3}), random_f32({2, 3, 1}, 2)},
       .constants = {1},
       .refuses = "do not fit together"},
      {.name = "an output that no such input gives",
       .op =
           ConvTranspose{.stride = {2, 2}, .output_shape = {9, 9}, .padding = Padding::same_upper},
       .inputs = {random_f32({1, 3, 3, 2}), random_f32({3, 3, 2, 2}, 2)},
       .constants = {1},
       .refuses = "does not give an output"},
  };
}

}  // namespace slipway::ops
