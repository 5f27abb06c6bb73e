#pragma once
// How far two tensors that should be the same lie from each other.

#include "tensor/tensor.h"

namespace slipway::cpu {

/// The largest difference of two tensors of floats, as a part of the largest number of `should`; 1
/// where one has a number and the other none, or another infinity. Other types are the same (0) or
/// not (1).
[[nodiscard]] double range_share(const Tensor& is, const Tensor& should);

/// The mean of the squares of the differences, as a part of the square of the largest number of
/// `should`; of other types than floats, and where a number is none, as range_share() says it.
[[nodiscard]] double mean_square_share(const Tensor& is, const Tensor& should);

}  // namespace slipway::cpu
