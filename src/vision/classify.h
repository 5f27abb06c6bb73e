#pragma once
// From a classifier's output to an answer.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/recipe.h"
#include "tensor/tensor.h"

namespace slipway {

/// One class that a picture may show.
struct Answer {
  int class_index = 0;
  std::string label;
  double probability = 0;

  bool operator==(const Answer&) const = default;
};

/// The `k` likeliest classes of each picture of a batch, likeliest first; of equal ones the lowest
/// index first. Integer outputs are dequantized before anything else. Probabilities are computed in
/// f64: a softmax of logits, or the output as it is.
///
/// Shapes  output [batch, classes] with any dimensions of 1 between, or [classes] and batch 1
/// Errors  invalid_input: elements that do not divide by `batch`, or a value that is not a number
Result<std::vector<std::vector<Answer>>> classify_batch(const Tensor& output, const Recipe& recipe,
                                                        std::size_t k, std::size_t batch);

/// The same for an output of one picture.
Result<std::vector<Answer>> classify(const Tensor& output, const Recipe& recipe, std::size_t k);

/// exp(x) / sum of exp, safe from overflow; in place.
void softmax(std::vector<double>& values);

}  // namespace slipway
