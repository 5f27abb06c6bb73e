#include "ops/case.h"
#include "ops/resize/grid_sample.h"
#include "ops/resize/resize.h"

namespace slipway::ops {
namespace {

/// What goes dimension by dimension. A line of numbers, because they are easy to check by hand.
Cases general_cases() {
  const auto line = f32({4}, {1, 2, 3, 4});
  const Resize linear{.method = Interpolation::linear, .axes = {0}};
  const auto with = [&](auto change) {
    Resize op = linear;
    change(op);
    return op;
  };
  return {
      {.name = "linear by a scale, known late",
       .op = linear,
       .inputs = {line, {}, f32({1}, {0.5F})},
       .outputs = {f32({2}, {1.5F, 3.5F})}},
      {.name = "the corners of a length that is no whole number",
       .op = with([](Resize& op) { op.coordinates = Coordinates::align_corners; }),
       .inputs = {line, {}, f32({1}, {0.6F})},
       .outputs = {f32({2}, {1, 3.142857F})},
       .constants = {2}},
      {.name = "the middles of a length that is no whole number",
       .op = with([](Resize& op) { op.coordinates = Coordinates::half_pixel_symmetric; }),
       .inputs = {line, {}, f32({1}, {0.6F})},
       .outputs = {f32({2}, {1.6666667F, 3.3333333F})}},
      {.name = "shrunk without jagged edges",
       .op = with([](Resize& op) { op.antialias = true; }),
       .inputs = {line, i64({1}, {2})},
       .outputs = {f32({2}, {1.625F, 3.375F})}},
      {.name = "cubic",
       .op = with([](Resize& op) { op.method = Interpolation::cubic; }),
       .inputs = {line, {}, f32({1}, {2})},
       .outputs = {f32({8}, {0.8945313F, 1.1914063F, 1.6679688F, 2.296875F, 2.703125F, 3.3320313F,
                             3.8085938F, 4.1054688F})}},
      {.name = "cubic, what is outside does not count",
       .op = with([](Resize& op) {
         op.method = Interpolation::cubic;
         op.exclude_outside = true;
         op.cubic_a = -0.5F;
       }),
       .inputs = {line, i32({1}, {2})}},
      {.name = "a region that reaches outside",
       .op = with([](Resize& op) {
         op.coordinates = Coordinates::tf_crop_and_resize;
         op.extrapolation_value = 9;
       }),
       .inputs = {line, i64({1}, {3}), {}, f32({2}, {0, 2})},
       .outputs = {f32({3}, {1, 4, 9})}},
      {.name = "nearest in a region, with a value of another type",
       .op = Resize{.coordinates = Coordinates::tf_crop_and_resize,
                    .axes = {0},
                    .extrapolation_value = 300},
       .inputs = {Tensor::of<std::uint8_t>({2}, {1, 2}), i64({1}, {2}), {}, f32({2}, {-1, 1})},
       .outputs = {Tensor::of<std::uint8_t>({2}, {255, 2})}},
      {.name = "no larger than a size",
       .op = Resize{.axes = {0, 1}, .aspect = AspectPolicy::not_larger},
       .inputs = {f32({2, 1}, {1, 2}), i64({2}, {6, 2})},
       .outputs = {f32({4, 2}, {1, 1, 1, 1, 2, 2, 2, 2})},
       .constants = {1}},
      {.name = "nearest, ceil because it shrinks",
       .op =
           Resize{.coordinates = Coordinates::asymmetric, .nearest = Nearest::simple, .axes = {0}},
       .inputs = {line, i64({1}, {3})},
       .outputs = {f32({3}, {1, 3, 4})}},
      {.name = "a scale that contradicts the size",
       .op = linear,
       .inputs = {line, i64({1}, {8}), f32({1}, {0.5F})},
       .constants = {1, 2},
       .refuses = "are not 8"},
  };
}

Cases grid_cases() {
  const auto square = f32({1, 2, 2, 1}, {1, 2, 3, 4});
  const auto grid = f32({1, 1, 3, 2}, {0, 0, -1, -1, 3, 1});
  const auto line = f32({1, 4, 1}, {1, 2, 3, 4});
  return {
      {.name = "places between elements, zeros outside",
       .op = GridSample{},
       .inputs = {square, grid},
       .outputs = {f32({1, 1, 3, 1}, {2.5F, 0.25F, 0})}},
      {.name = "places between corners, the border outside",
       .op = GridSample{.padding = GridPadding::border, .align_corners = true},
       .inputs = {square, grid},
       .outputs = {f32({1, 1, 3, 1}, {2.5F, 1, 4})}},
      {.name = "nearest in a mirror",
       .op = GridSample{.method = Interpolation::nearest, .padding = GridPadding::reflection},
       .inputs = {line, f32({1, 3, 1}, {-1.2F, 1.9F, 5})},
       .outputs = {f32({1, 3, 1}, {1, 3, 4})}},
      {.name = "cubic along a line of halves",
       .op = GridSample{.method = Interpolation::cubic},
       .inputs = {random_tensor({DType::f16, {2, 5, 3}, {}}),
                  random_tensor({DType::f32, {2, 4, 1}, {}}, 2)}},
      {.name = "a grid for other pictures",
       .op = GridSample{},
       .inputs = {square, f32({1, 1, 1, 3}, {0, 0, 0})},
       .refuses = "a grid [1,1,1,3] over"},
  };
}

}  // namespace

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
       .constants = {1}},
      {.name = "linear between bools",
       .op = Resize{.method = Interpolation::linear},
       .inputs = {random_tensor({DType::boolean, {1, 2, 2, 1}, {}}), size},
       .refuses = "of bools"},
  };
  for (const auto& more : {general_cases(), grid_cases()})
    cases.insert(cases.end(), more.begin(), more.end());
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
