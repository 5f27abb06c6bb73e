#include "vision/classify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "vision/labels.h"

namespace slipway {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Answer> likeliest(std::vector<double> scores, const Recipe& recipe, std::size_t k) {
  if (recipe.scores == Scores::logits) softmax(scores);
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](int a, int b) {
    const double x = scores[static_cast<std::size_t>(a)];
    const double y = scores[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  };
  k = std::min(k, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                    before);
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < k; ++i) {
    const int index = order[i];
    answers.push_back({index, label_of(recipe, index), scores[static_cast<std::size_t>(index)]});
  }
  return answers;
}

}  // namespace

void softmax(std::vector<double>& values) {
  if (values.empty()) return;
  double most = *std::max_element(values.begin(), values.end());
  double sum = 0;
  if (most == -kInfinity) std::fill(values.begin(), values.end(), most = 0);
  for (double& value : values) {
    value = std::exp(value - most);
    sum += value;
  }
  for (double& value : values) value /= sum;
}

Result<std::vector<std::vector<Answer>>> classify_batch(const Tensor& output, const Recipe& recipe,
                                                        std::size_t k, std::size_t batch) {
  const auto scores = to_doubles(dequantized(output));
  if (batch == 0 || scores.empty() || scores.size() % batch != 0) {
    return fail(Code::invalid_input, "an output {} holds no scores of {} pictures",
                output.shape().text(), batch);
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i]) && scores[i] != -kInfinity) {
      return fail(Code::invalid_input, "score {} of the output is {}", i, scores[i]);
    }
  }
  const std::size_t classes = scores.size() / batch;
  std::vector<std::vector<Answer>> answers;
  for (auto from = scores.begin(); from != scores.end();
       from += static_cast<std::ptrdiff_t>(classes)) {
    answers.push_back(likeliest({from, from + static_cast<std::ptrdiff_t>(classes)}, recipe, k));
  }
  return answers;
}

Result<std::vector<Answer>> classify(const Tensor& output, const Recipe& recipe, std::size_t k) {
  auto answers = SLIPWAY_TRY(classify_batch(output, recipe, k, 1));
  return std::move(answers.front());
}

}  // namespace slipway
