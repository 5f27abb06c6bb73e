#pragma once
// What tests of products of rounded floats share.

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/gemm_f32.h"
#include "kernels/testing.h"

namespace slipway::kernels {

/// A product with its operands. Arrays are as long as the rows need; behind each lies what is not a
/// number.
struct ProductCase {
  GemmF32Shape shape;
  int m = 1;
  int a_stride = 1;
  int c_stride = 1;
  std::vector<std::vector<float>> segments;
  std::vector<float> weights;
  std::vector<float> bias;
  std::vector<float> residual;  // may be empty; strides are those of c
  float low = -std::numeric_limits<float>::infinity();
};

[[nodiscard]] inline ProductCase random_product(Random& random, GemmF32Shape shape, int m) {
  ProductCase one;
  one.shape = shape;
  one.m = m;
  one.a_stride = between(random, 1, shape.segment_floats + 9);
  one.c_stride = shape.n + between(random, 0, 5);
  for (int s = 0; s < shape.segments; ++s) {
    one.segments.push_back(random_floats(random, (m - 1) * one.a_stride + shape.segment_floats));
    one.segments.back().push_back(std::nanf(""));
  }
  one.weights = random_floats(random, shape.segments * shape.segment_floats * shape.n);
  one.bias = random_floats(random, shape.n);
  if (between(random, 0, 1) != 0) one.residual = random_floats(random, m * one.c_stride);
  if (between(random, 0, 1) != 0) one.low = 0;
  return one;
}

}  // namespace slipway::kernels
