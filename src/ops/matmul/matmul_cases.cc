#include "ops/cases.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/fully_connected.h"

namespace slipway::ops {

Cases matmul_cases() {
  const TensorType w_i8{DType::i8, {3, 2}, Quantization{{0.01F, 0.02F}, {0, 0}, 1}};
  const TensorType x_i8{DType::i8, {2, 3}, per_tensor(0.05F, 7)};
  return {
      {.name = "dense, signed bytes",
       .op = FullyConnected{.activation = Activation::relu},
       .inputs = {random_tensor(x_i8), random_tensor(w_i8, 2)},
       .types = {{DType::i8, {2, 2}, per_tensor(0.1F, -5)}},
       .constants = {1}},
      {.name = "matrices",
       .op = BatchMatMul{},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), f32({2, 2, 1}, {1, 0, 0, 1})},
       .outputs = {f32({2, 2, 1}, {1, 3, 2, 4})}},
      {.name = "matrices, both transposed",
       .op = BatchMatMul{.transpose_a = true, .transpose_b = true},
       .inputs = {random_f32({3, 2}), random_f32({4, 3}, 2)}},
      {.name = "matrices of signed bytes",
       .op = BatchMatMul{},
       .inputs = {random_tensor(x_i8), random_tensor({DType::i8, {3, 4}, per_tensor(0.03F, 1)}, 2)},
       .types = {{DType::i8, {2, 4}, per_tensor(0.2F, 3)}}},
      {.name = "matrices that do not fit",
       .op = BatchMatMul{},
       .inputs = {random_f32({2, 3}), random_f32({2, 3}, 2)},
       .refuses = "do not fit together"},
  };
}

}  // namespace slipway::ops
