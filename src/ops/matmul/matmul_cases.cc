#include "ops/cases.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/einsum.h"
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
      {.name = "an equation: a matrix product",
       .op = Einsum{.equation = "ij, jk -> ik"},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), f32({2, 1}, {10, 1})},
       .outputs = {f32({2, 1}, {12, 34})}},
      {.name = "an equation: the diagonals of a stack",
       .op = Einsum{.equation = "...ii->...i"},
       .inputs = {f32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})},
       .outputs = {f32({2, 2}, {1, 4, 5, 8})}},
      {.name = "an equation without an arrow: a transpose",
       .op = Einsum{.equation = "ba"},
       .inputs = {f32({2, 2}, {1, 2, 3, 4})},
       .outputs = {f32({2, 2}, {1, 3, 2, 4})}},
      {.name = "an equation: stacks broadcast",
       .op = Einsum{.equation = "...i,...i->..."},
       .inputs = {f32({1, 2}, {1, 2}), f32({2, 2}, {1, 1, 3, 4})},
       .outputs = {f32({2}, {3, 11})}},
      {.name = "an equation: whole numbers, everything",
       .op = Einsum{.equation = "i,j->"},
       .inputs = {i32({2}, {1, 2}), i32({2}, {3, 4})},
       .outputs = {i32({}, {21})}},
      {.name = "an equation that does not fit",
       .op = Einsum{.equation = "ij,jk->ik"},
       .inputs = {random_f32({2, 3}), random_f32({2, 3}, 2)},
       .refuses = "one index has 3 and 2 values"},
      {.name = "an equation with a stranger",
       .op = Einsum{.equation = "i->j"},
       .inputs = {random_f32({2})},
       .refuses = "the output of"},
      {.name = "determinants",
       .op = Det{},
       .inputs = {f32({2, 2, 2}, {0, 2, 3, 4, 1, 2, 2, 4})},
       .outputs = {f32({2}, {-6, 0})}},
      {.name = "no square", .op = Det{}, .inputs = {random_f32({2, 3})}, .refuses = "no square"},
      {.name = "matrices that do not fit",
       .op = BatchMatMul{},
       .inputs = {random_f32({2, 3}), random_f32({2, 3}, 2)},
       .refuses = "do not fit together"},
  };
}

}  // namespace slipway::ops
