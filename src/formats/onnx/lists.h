#pragma once
// Attributes that have become inputs: small constants that the file does not have.

#include <vector>

#include "tensor/tensor.h"

namespace slipway::formats {

/// i64 [n].
[[nodiscard]] inline Tensor list_of(const std::vector<std::int64_t>& numbers) {
  return Tensor::of<std::int64_t>({static_cast<std::int64_t>(numbers.size())}, numbers);
}

/// f32 [n].
[[nodiscard]] inline Tensor reals_of(const std::vector<float>& numbers) {
  return Tensor::of<float>({static_cast<std::int64_t>(numbers.size())}, numbers);
}

}  // namespace slipway::formats
