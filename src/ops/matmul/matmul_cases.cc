#include "ops/cases.h"
#include "ops/conv/conv_transpose.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/fully_connected.h"

namespace slipway::ops {

Cases matmul_cases() {
  const TensorType w_i8{DType::i8, {3, 2}, Quantization{{0.01F, 0.02F}, {0, 0}, 1}};
  const TensorType x_i8{DType::i8, {2, 3}, per_tensor(0.05F, 7)};
  return {
      {.name = "dense, by hand",
       .op = FullyConnected{},
       .inputs = {f32({1, 2}, {1, 2}), f32({2, 2}, {1, 2, 3, 4}), f32({2}, {10, 20})},
       .outputs = {f32({1, 2}, {17, 30})},
       .constants = {1, 2}},
      {.name = "dense, signed bytes",
       .op = FullyConnected{.activation = Activation::relu},
       .inputs = {random_tensor(x_i8), random_tensor(w_i8, 2)},
       .types = {{DType::i8, {2, 2}, per_tensor(0.1F, -5)}},
       .constants = {1}},
      {.name = "dense, floats with bytes for weights",
       .op = FullyConnected{.asymmetric = true},
       .inputs = {random_f32({2, 3}), random_tensor(w_i8, 2), f32({2}, {1, 2})},
       .constants = {1, 2},
       .tolerance = 1e-5},
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
      {.name = "transposed convolution, by hand",
       .op = ConvTranspose{.stride = {2}},
       .inputs = {f32({1, 2, 1}, {1, 2}), f32({3, 1, 1}, {1, 10, 100}), f32({1}, {0.5F})},
       .outputs = {f32({1, 5, 1}, {1.5F, 10.5F, 102.5F, 20.5F, 200.5F})},
       .constants = {1, 2}},
      {.name = "transposed convolution, signed bytes",
       .op = ConvTranspose{.stride = {2, 2}, .pad_begin = {1, 1}, .output = {4, 4}},
       .inputs = {random_tensor({DType::i8, {1, 2, 2, 3}, per_tensor(0.05F, 7)}),
                  random_tensor({DType::i8, {3, 3, 3, 2}, per_tensor(0.01F, 0)}, 2)},
       .types = {{DType::i8, {1, 4, 4, 2}, per_tensor(0.1F, 1)}},
       .constants = {1}},
      {.name = "matrices that do not fit",
       .op = BatchMatMul{},
       .inputs = {random_f32({2, 3}), random_f32({2, 3}, 2)},
       .refuses = "do not fit together"},
      {.name = "pads larger than the output",
       .op = ConvTranspose{.pad_begin = {5}},
       .inputs = {random_f32({1, 2, 1}), random_f32({3, 1, 1}, 2)},
       .constants = {1},
       .refuses = "output of size"},
  };
}

}  // namespace slipway::ops
