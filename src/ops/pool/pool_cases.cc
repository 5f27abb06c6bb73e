#include "ops/case.h"
#include "ops/pool/pool.h"

namespace slipway::ops {

Cases pool_cases() {
  const TensorType x_i8{DType::i8, {1, 5, 5, 3}, per_tensor(0.1F, -4)};
  const TensorType y_i8{DType::i8, {1, 3, 3, 3}, per_tensor(0.1F, -4)};
  return {
      {.name = "largest of four",
       .op = MaxPool{.kernel = {2, 2}, .stride = {2, 2}},
       .inputs = {f32({1, 2, 4, 1}, {1, 5, -3, -2, 4, 2, -9, -1})},
       .outputs = {f32({1, 1, 2, 1}, {5, -1})}},
      {.name = "padding never wins",
       .op = MaxPool{.kernel = {3, 3}, .padding = Padding::same_upper},
       .inputs = {f32({1, 1, 2, 1}, {-5, -7})},
       .outputs = {f32({1, 1, 2, 1}, {-5, -5})}},
      {.name = "means leave padding out",
       .op = AveragePool{.kernel = {1, 3}, .padding = Padding::same_upper},
       .inputs = {f32({1, 1, 3, 1}, {3, 6, 12})},
       .outputs = {f32({1, 1, 3, 1}, {4.5F, 7, 9})}},
      {.name = "means count padding where asked to",
       .op =
           AveragePool{
               .kernel = {1, 3}, .pad_begin = {0, 1}, .pad_end = {0, 1}, .count_padding = true},
       .inputs = {f32({1, 1, 3, 1}, {3, 6, 12})},
       .outputs = {f32({1, 1, 3, 1}, {3, 7, 6})}},
      {.name = "integers round half away from zero",
       .op = AveragePool{.kernel = {3, 3}, .stride = {2, 2}, .padding = Padding::same_upper},
       .inputs = {random_tensor(x_i8)},
       .types = {y_i8}},
      {.name = "one spatial dimension, rounded up",
       .op = MaxPool{.kernel = {2}, .stride = {2}, .round_up = true},
       .inputs = {random_f32({1, 5, 2})}},
      {.name = "root of the mean of squares",
       .op = LpPool{.kernel = {1, 2}, .stride = {1, 2}, .mean = true},
       .inputs = {f32({1, 1, 2, 1}, {1, 7})},
       .outputs = {f32({1, 1, 1, 1}, {5})}},
      {.name = "sum of cubes, with padding",
       .op = LpPool{.kernel = {2}, .stride = {2}, .pad_begin = {1}, .pad_end = {1}, .p = 3},
       .inputs = {f32({1, 2, 1}, {-2, 3})},
       .outputs = {f32({1, 2, 1}, {2, 3})}},
      {.name = "places of the largest, the first of equals",
       .op = MaxPool{.kernel = {2, 2}, .places = true},
       .inputs = {f32({1, 2, 3, 1}, {1, 5, 5, 2, 0, 7})},
       .outputs = {f32({1, 1, 2, 1}, {5, 7}), i64({1, 1, 2, 1}, {1, 5})}},
      {.name = "places counted down the columns",
       .op = MaxPool{.kernel = {2, 2}, .places = true, .column_major = true},
       .inputs = {f32({1, 2, 3, 1}, {1, 5, 5, 2, 0, 7})},
       .outputs = {f32({1, 1, 2, 1}, {5, 7}), i64({1, 1, 2, 1}, {2, 5})}},
      {.name = "largest of plain whole numbers",
       .op = MaxPool{.kernel = {2}, .stride = {2}},
       .inputs = {i32({1, 4, 1}, {-9, -7, 3, 2})},
       .outputs = {i32({1, 2, 1}, {-7, 3})}},
      {.name = "means of halves",
       .op = AveragePool{.kernel = {3}, .dilation = {2}, .round_up = true},
       .inputs = {random_tensor({DType::f16, {1, 9, 3}, {}})}},
      {.name = "plain bytes with an activation",
       .op = MaxPool{.kernel = {2}, .stride = {2}, .activation = Activation::relu6},
       .inputs = {Tensor::of<std::int8_t>({1, 6, 1}, {-9, -7, 3, 2, 100, 1})},
       .outputs = {Tensor::of<std::int8_t>({1, 3, 1}, {0, 3, 6})}},
      {.name = "a mean of roots whose dilation is 1",
       .op = LpPool{.kernel = {2, 2}, .dilation = {1, 1}, .mean = true},
       .inputs = {random_f32({1, 3, 3, 1})}},
      {.name = "a norm of order 0",
       .op = LpPool{.kernel = {2, 2}, .p = 0},
       .inputs = {random_f32({1, 3, 3, 1})},
       .refuses = "order 0"},
      {.name = "a window larger than its input",
       .op = MaxPool{.kernel = {4, 4}, .padding = Padding::valid},
       .inputs = {random_f32({1, 3, 3, 1})},
       .refuses = "does not fit"},
  };
}

}  // namespace slipway::ops
