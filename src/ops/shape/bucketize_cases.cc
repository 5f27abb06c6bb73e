#include <limits>

#include "ops/case.h"
#include "ops/shape/bucketize.h"

namespace slipway::ops {

Cases bucketize_cases() {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto x = f32({2, 3}, {-1, 0, 0.5F, 10, kInfinity, -kInfinity});
  const auto boundaries = f32({3}, {0, 1, 10});
  return {
      {.name = "open: what is at a boundary falls below it",
       .op = Bucketize{},
       .inputs = {x, boundaries},
       .outputs = {i32({2, 3}, {0, 0, 1, 2, 3, 0})},
       .constants = {1}},
      {.name = "closed: what is at a boundary falls above it",
       .op = Bucketize{.closed = true},
       .inputs = {x, boundaries},
       .outputs = {i32({2, 3}, {0, 1, 1, 3, 3, 0})},
       .constants = {1}},
      {.name = "not-a-number falls behind the last boundary",
       .op = Bucketize{.closed = true},
       .inputs = {f32({1}, {kNan}), boundaries},
       .outputs = {i32({1}, {3})}},
      {.name = "whole numbers among boundaries of another type",
       .op = Bucketize{.closed = true, .to = DType::i64},
       .inputs = {i32({4}, {-3, 2, 3, 100}), f32({2}, {2, 2.5F})},
       .outputs = {i64({4}, {0, 1, 2, 2})}},
      {.name = "no boundaries",
       .op = Bucketize{},
       .inputs = {f32({2}, {1, 2}), f32({0}, {})},
       .outputs = {i32({2}, {0, 0})}},
      {.name = "boundaries out of order",
       .op = Bucketize{},
       .inputs = {x, f32({2}, {1, 0})},
       .constants = {1},
       .refuses = "boundary 1 is 0, behind 1"},
      {.name = "boundaries of two dimensions",
       .op = Bucketize{},
       .inputs = {x, f32({1, 2}, {0, 1})},
       .refuses = "the boundaries"},
  };
}

}  // namespace slipway::ops
