#include "ops/cases.h"
#include "ops/normalize/normalize.h"
#include "ops/normalize/softmax.h"

namespace slipway::ops {

Cases normalize_cases() {
  const TensorType i8{DType::i8, {2, 7}, per_tensor(0.1F, 3)};
  const TensorType i16{DType::i16, {2, 7}, per_tensor(0.001F, 0)};
  return {
      {.name = "softmax of equals",
       .op = Softmax{},
       .inputs = {f32({1, 4}, {3, 3, 3, 3})},
       .outputs = {f32({1, 4}, {0.25F, 0.25F, 0.25F, 0.25F})}},
      {.name = "softmax of bytes",
       .op = Softmax{.beta = 0.5F},
       .inputs = {random_tensor(i8)},
       .types = {{DType::i8, {2, 7}, per_tensor(0x1p-8F, -128)}}},
      {.name = "softmax of bytes, wide",
       .op = Softmax{.wide = true},
       .inputs = {random_tensor(i8)},
       .types = {{DType::i16, {2, 7}, per_tensor(0x1p-15F, 0)}}},
      {.name = "softmax of 16 bits",
       .op = Softmax{},
       .inputs = {random_tensor(i16)},
       .types = {{DType::i16, {2, 7}, per_tensor(0x1p-15F, 0)}}},
      {.name = "softmax of nothing", .op = Softmax{}, .inputs = {f32({2, 0}, {})}},
      {.name = "log softmax of equals",
       .op = LogSoftmax{},
       .inputs = {f32({2}, {1, 1})},
       .outputs = {f32({2}, {-0.693147181F, -0.693147181F})}},
      {.name = "log softmax of bytes",
       .op = LogSoftmax{},
       .inputs = {random_tensor(i8)},
       .types = {{DType::i8, {2, 7}, per_tensor(0x1p-4F, 127)}}},
      {.name = "unit length",
       .op = L2Normalization{},
       .inputs = {f32({1, 2}, {3, 4})},
       .outputs = {f32({1, 2}, {0.6F, 0.8F})}},
      {.name = "unit length of bytes",
       .op = L2Normalization{},
       .inputs = {random_tensor(i8)},
       .types = {{DType::i8, {2, 7}, per_tensor(0x1p-7F, 0)}}},
      {.name = "neighbours",
       .op = LocalResponseNormalization{.radius = 1, .beta = 1.0F},
       .inputs = {f32({1, 3}, {1, 2, 3})},
       .outputs = {f32({1, 3}, {1.0F / 6, 2.0F / 15, 3.0F / 14})}},
      {.name = "a beta of 0",
       .op = Softmax{.beta = 0},
       .inputs = {f32({1}, {1})},
       .refuses = "a beta of 0"},
      {.name = "softmax of a scalar",
       .op = Softmax{},
       .inputs = {f32({}, {1})},
       .refuses = "no last dimension"},
  };
}

}  // namespace slipway::ops
