#pragma once
// How far numbers are from those that they should be.

#include <string>

#include "tensor/tensor.h"

namespace slipway::cli {

/// How far two tensors are apart. Quantized ones are compared as the real numbers they stand for.
struct Difference {
  std::string name;
  double max_abs = 0;
  double mean_abs = 0;
  double correct = 1;   // the part of the elements that are equal, or within a tolerance
  double psnr_db = 0;   // 10 log10(range of a ^ 2 / mean squared difference); infinite where equal
  std::string problem;  // not empty: why they cannot be compared
};

[[nodiscard]] Difference difference(const std::string& name, const Tensor& a, const Tensor& b,
                                    double tolerance = 0);

}  // namespace slipway::cli
