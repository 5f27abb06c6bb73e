#include "measure/confusion.h"

#include <numeric>

#include "base/check.h"

namespace slipway::measure {
namespace {

double ratio(std::int64_t part, std::int64_t all) {
  return static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

void Confusion::add(std::span<const int> truth, std::span<const int> found) {
  SLIPWAY_CHECK(truth.size() == found.size());
  const auto classes = static_cast<int>(classes_);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == kIgnored || found[i] == kIgnored) continue;
    SLIPWAY_CHECK(truth[i] >= 0 && truth[i] < classes && found[i] >= 0 && found[i] < classes);
    ++counts_[static_cast<std::size_t>(truth[i]) * classes_ + static_cast<std::size_t>(found[i])];
  }
}

void Confusion::add(const Confusion& other) {
  SLIPWAY_CHECK(other.classes_ == classes_);
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::int64_t Confusion::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::int64_t Confusion::is(std::size_t index) const {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < classes_; ++j) sum += at(index, j);
  return sum;
}

std::int64_t Confusion::found(std::size_t index) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < classes_; ++i) sum += at(i, index);
  return sum;
}

std::optional<double> Confusion::iou(std::size_t index) const {
  const auto either = is(index) + found(index) - at(index, index);
  if (either == 0) return std::nullopt;
  return ratio(at(index, index), either);
}

std::optional<double> Confusion::f1(std::size_t index) const {
  const auto both = is(index) + found(index);
  if (both == 0) return std::nullopt;
  return ratio(2 * at(index, index), both);
}

double Confusion::mean_iou() const {
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < classes_; ++i) {
    if (const auto value = iou(i)) {
      sum += *value;
      ++count;
    }
  }
  return sum / count;
}

double Confusion::weighted_f1() const {
  double sum = 0;
  for (std::size_t i = 0; i < classes_; ++i) sum += f1(i).value_or(0) * static_cast<double>(is(i));
  return sum / static_cast<double>(total());
}

double Confusion::right() const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < classes_; ++i) sum += at(i, i);
  return ratio(sum, total());
}

}  // namespace slipway::measure
