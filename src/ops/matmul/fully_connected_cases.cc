#include "ops/case.h"
#include "ops/matmul/fully_connected.h"

namespace slipway::ops {

Cases fully_connected_cases() {
  const TensorType x_i8{DType::i8, {3, 8}, per_tensor(0.02F, 3)};
  const TensorType w_i8{DType::i8, {8, 4}, per_tensor(0.01F, 0)};
  const TensorType y_i8{DType::i8, {3, 4}, per_tensor(0.06F, -1)};
  return {
      {.name = "by hand",
       .op = FullyConnected{.activation = Activation::relu},
       .inputs = {f32({1, 2}, {1, 2}), f32({2, 2}, {3, -4, 5, 1}), f32({2}, {0.5F, 0})},
       .outputs = {f32({1, 2}, {13.5F, 0})},
       .constants = {1, 2}},
      {.name = "over the last of three dimensions",
       .op = FullyConnected{},
       .inputs = {random_f32({2, 3, 5}), random_f32({5, 4}, 2)},
       .constants = {1}},
      {.name = "signed bytes, rounded once",
       .op = FullyConnected{.rounding = Rounding::real},
       .inputs = {random_tensor(x_i8), random_tensor(w_i8, 2),
                  random_tensor({DType::i32, {4}, {}}, 3)},
       .types = {y_i8},
       .constants = {1, 2}},
      {.name = "floats over signed bytes",
       .op = FullyConnected{.dynamic_range = DynamicRange::asymmetric},
       .inputs = {random_f32({3, 8}), random_tensor(w_i8, 2), random_f32({4}, 3)},
       .constants = {1, 2},
       .tolerance = 0},
      {.name = "floats over signed bytes, by their largest magnitude",
       .op = FullyConnected{.activation = Activation::relu},
       .inputs = {random_f32({3, 2, 8}), random_tensor(w_i8, 2)},
       .constants = {1},
       .tolerance = 0},
      {.name = "lengths that do not fit",
       .op = FullyConnected{},
       .inputs = {random_f32({2, 5}), random_f32({4, 4}, 2)},
       .constants = {1},
       .refuses = "do not fit together"},
  };
}

}  // namespace slipway::ops
