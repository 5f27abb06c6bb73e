#include "quant/rounding.h"

#include <algorithm>
#include <cmath>

namespace slipway::quant {
namespace {

constexpr float kMost = 127;

float nearest_to(float step) { return std::clamp(std::nearbyint(step), -kMost, kMost); }

}  // namespace

Covariance::Covariance(const Rows& rows) : width_(rows.width), values_(width_ * width_) {
  constexpr double kRidge = 0.01;  // of the mean variance: what so few rows cannot know
  const auto count = rows.count();
  std::vector<std::int16_t> columns(rows.values.size());  // [width][row]
  std::vector<double> means(width_, 0);
  for (std::size_t k = 0; k < width_; ++k) {
    std::int64_t sum = 0;
    for (std::size_t n = 0; n < count; ++n) {
      columns[k * count + n] = rows.values[n * width_ + k];
      sum += columns[k * count + n];
    }
    means[k] = static_cast<double>(sum) / static_cast<double>(count);
  }
  double variance = 0;
  for (std::size_t i = 0; i < width_; ++i) {
    const auto* a = columns.data() + i * count;
    for (std::size_t j = 0; j <= i; ++j) {
      const auto* b = columns.data() + j * count;
      constexpr std::size_t kPart = 4096;  // products of bytes whose sum fits 32 bits
      std::int64_t whole = 0;
      for (std::size_t n = 0; n < count; n += kPart) {
        std::int32_t sum = 0;
        for (std::size_t m = n; m < std::min(n + kPart, count); ++m) sum += a[m] * b[m];
        whole += sum;
      }
      const double both = static_cast<double>(whole) / static_cast<double>(count);
      const double value = both - means[i] * means[j];
      values_[i * width_ + j] = values_[j * width_ + i] = static_cast<float>(value);
      if (i == j) variance += value;
    }
  }
  const auto ridge = static_cast<float>(kRidge * variance / static_cast<double>(width_));
  for (std::size_t i = 0; i < width_; ++i) values_[i * width_ + i] += ridge;
}

std::vector<std::int8_t> round_together(std::span<const float> steps,
                                        const Covariance& covariance) {
  constexpr int kMostSweeps = 30;
  const auto width = steps.size();
  std::vector<float> rounded(width);
  std::vector<float> moved(width);
  std::vector<float> pull(width, 0);  // covariance * moved
  const auto move = [&](std::size_t k, float by) {
    const auto row = covariance.row(k);
    for (std::size_t i = 0; i < width; ++i) pull[i] += by * row[i];
  };
  for (std::size_t k = 0; k < width; ++k) {
    rounded[k] = nearest_to(steps[k]);
    moved[k] = rounded[k] - steps[k];
    move(k, moved[k]);
  }
  bool changed = true;
  for (int sweep = 0; sweep < kMostSweeps && changed; ++sweep) {
    changed = false;
    for (std::size_t k = 0; k < width; ++k) {
      // One of two integers: where it is now, and the one on the other side of the weight.
      const float to = other_side(steps[k], rounded[k]);
      const float by = to - rounded[k];
      const float gain = by * (2 * pull[k] + by * covariance.row(k)[k]);
      if (by == 0 || !(gain < 0)) continue;
      rounded[k] = to;
      move(k, by);
      changed = true;
    }
  }
  std::vector<std::int8_t> out;
  for (const float number : rounded) out.push_back(static_cast<std::int8_t>(number));
  return out;
}

double rounding_error(std::span<const float> steps, std::span<const std::int8_t> rounded,
                      const Rows& rows) {
  double sum = 0;
  double squares = 0;
  std::vector<float> moved(steps.size());
  for (std::size_t k = 0; k < steps.size(); ++k)
    moved[k] = static_cast<float>(rounded[k]) - steps[k];
  for (std::size_t n = 0; n < rows.count(); ++n) {
    double error = 0;
    for (std::size_t k = 0; k < steps.size(); ++k)
      error += static_cast<double>(moved[k] * static_cast<float>(rows.values[n * rows.width + k]));
    sum += error;
    squares += error * error;
  }
  const auto count = static_cast<double>(rows.count());
  return rows.count() == 0 ? 0 : squares / count - sum / count * (sum / count);
}

}  // namespace slipway::quant
