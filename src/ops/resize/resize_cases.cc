#include "ops/cases.h"
#include "ops/resize/resize.h"

namespace slipway::ops {

Cases resize_cases() {
  const auto line = f32({1, 1, 2, 1}, {0, 4});
  const auto size = i32({2}, {1, 4});
  Cases cases = {
      {.name = "linear between the middles",
       .op = Resize{.method = Interpolation::linear},
       .inputs = {line, size},
       .outputs = {f32({1, 1, 4, 1}, {0, 1, 3, 4})},
       .constants = {1}},
      {.name = "linear from the corner",
       .op = Resize{.method = Interpolation::linear, .coordinates = Coordinates::asymmetric},
       .inputs = {line, size},
       .outputs = {f32({1, 1, 4, 1}, {0, 2, 4, 4})},
       .constants = {1}},
      {.name = "nearest, between two",
       .op = Resize{.coordinates = Coordinates::asymmetric, .nearest = Nearest::ceil},
       .inputs = {line, size},
       .outputs = {f32({1, 1, 4, 1}, {0, 4, 4, 4})},
       .constants = {1}},
      {.name = "to nothing",
       .op = Resize{},
       .inputs = {line, i32({2}, {0, 4})},
       .constants = {1},
       .refuses = "cannot be resized"},
      {.name = "linear between doubles",
       .op = Resize{.method = Interpolation::linear},
       .inputs = {random_tensor({DType::f64, {1, 2, 2, 1}, {}}), size},
       .constants = {1},
       .refuses = "must be"},
  };
  for (const auto dtype : {DType::u8, DType::i8, DType::i16}) {
    const TensorType x{dtype, {2, 3, 4, 2}, per_tensor(0.1F, 0)};
    cases.push_back({.name = fmt::format("linear {}", name_of(dtype)),
                     .op = Resize{.method = Interpolation::linear},
                     .inputs = {random_tensor(x), i32({2}, {5, 3})},
                     .constants = {1}});
  }
  return cases;
}

}  // namespace slipway::ops
