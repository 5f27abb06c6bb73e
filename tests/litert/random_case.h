#pragma once
// Random types and numbers for one-operator models, as converters and their extremes make them.

#include "base/random.h"
#include "tensor/tensor.h"

namespace slipway::litert {

/// A type of this shape. 8- and 16-bit integers get a random scale and zero point: mostly those of
/// real networks, sometimes far outside, so that sums saturate.
TensorType random_type(Random& random, DType dtype, Shape shape);

/// Makes an i8 type symmetric: zero points 0, and in half of the cases one scale per slice of
/// `axis`.
void make_symmetric(Random& random, TensorType& type, int axis);

/// The bias type that goes with these activations and weights: scale x times w, i64 with i16.
TensorType bias_type(const TensorType& x, const TensorType& w, std::int64_t outputs);

/// Uniform elements: all values of 8-bit types (weights of i8 without -128), -2..2 for floats,
/// a few thousand steps for i32 and i64.
Tensor random_tensor(Random& random, const TensorType& type);

}  // namespace slipway::litert
