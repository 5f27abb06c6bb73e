#include "measure/accuracy.h"

#include <cmath>

namespace slipway::measure {
namespace {

constexpr std::size_t kFew = 5;

double percents(std::int64_t part, std::int64_t all) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

std::optional<std::size_t> rank_of(std::span<const float> scores, std::size_t truth) {
  std::size_t rank = 0;
  const float own = scores[truth];
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) return std::nullopt;
    if (scores[i] > own || (scores[i] == own && i < truth)) ++rank;
  }
  return rank;
}

void Right::add(std::size_t rank) {
  ++pictures;
  first += rank == 0 ? 1 : 0;
  among_five += rank < kFew ? 1 : 0;
}

double Right::top1() const { return percents(first, pictures); }

double Right::top5() const { return percents(among_five, pictures); }

}  // namespace slipway::measure
