#include "measure/average_precision.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

namespace slipway::measure {
namespace {

constexpr std::size_t kOverlaps = 10;
constexpr std::size_t kRecalls = 101;
constexpr std::size_t kMostFound = 100;  // of a picture and category
constexpr std::array<std::size_t, 3> kMost = {1, 10, kMostFound};

struct Range {
  double low, high;
};

constexpr double kLargest = 1e5 * 1e5;
constexpr std::array<Range, 4> kAreas = {
    {{0, kLargest}, {0, 32.0 * 32}, {32.0 * 32, 96.0 * 96}, {96.0 * 96, kLargest}}};

/// numpy.linspace: the last is exact.
template <std::size_t N>
std::array<double, N> steps(double first, double last) {
  std::array<double, N> out = {};
  const double step = (last - first) / (N - 1);
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<double>(i) * step + first;
  out[N - 1] = last;
  return out;
}

/// The boxes of one picture and category.
struct Pair {
  std::vector<TrueBox> truth;
  std::vector<FoundBox> found;
  std::vector<double> overlaps;  // [found, truth]

  [[nodiscard]] double overlap(std::size_t d, std::size_t g) const {
    return overlaps[d * truth.size() + g];
  }
};

double overlap_of(const FoundBox& d, const TrueBox& g) {
  const double width = std::min(d.left + d.width, g.left + g.width) - std::max(d.left, g.left);
  if (width <= 0) return 0;
  const double height = std::min(d.top + d.height, g.top + g.height) - std::max(d.top, g.top);
  if (height <= 0) return 0;
  const double shared = width * height;
  const double own = d.width * d.height;
  return shared / (g.crowd ? own : own + g.width * g.height - shared);
}

/// Best first, the hundred best, with what overlaps what.
void prepare(Pair& pair) {
  std::stable_sort(pair.found.begin(), pair.found.end(),
                   [](const FoundBox& a, const FoundBox& b) { return a.score > b.score; });
  if (pair.found.size() > kMostFound) pair.found.resize(kMostFound);
  for (const auto& d : pair.found)
    for (const auto& g : pair.truth) pair.overlaps.push_back(overlap_of(d, g));
}

/// What became of the boxes of one picture and category, at each overlap.
struct Matched {
  std::vector<double> scores;
  std::array<std::vector<bool>, kOverlaps> is_right;
  std::array<std::vector<bool>, kOverlaps> is_ignored;
  std::int64_t wanted = 0;  // true boxes that count
};

/// Which true box each found one takes, or none: `order` has those that count in front.
class Matching {
 public:
  Matching(const Pair& pair, const Range& area) : pair_(pair), area_(area) {
    const auto& truth = pair.truth;
    for (const auto& g : truth)
      ignored_.push_back(g.crowd || g.area < area.low || g.area > area.high);
    order_.resize(truth.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_partition(order_.begin(), order_.end(), [&](auto g) { return !ignored_[g]; });
  }

  [[nodiscard]] Matched run(const std::array<double, kOverlaps>& overlaps) const {
    Matched out;
    out.wanted = std::count(ignored_.begin(), ignored_.end(), false);
    for (const auto& d : pair_.found) out.scores.push_back(d.score);
    for (std::size_t t = 0; t < kOverlaps; ++t) {
      std::vector<bool> taken(pair_.truth.size());
      for (std::size_t d = 0; d < pair_.found.size(); ++d) {
        const auto g = best(d, overlaps[t], taken);
        if (g < pair_.truth.size()) taken[g] = true;
        const bool has = g < pair_.truth.size();
        const double area = pair_.found[d].width * pair_.found[d].height;
        const bool outside = area < area_.low || area > area_.high;
        const bool is_ignored = has ? ignored_[g] : outside;
        out.is_right[t].push_back(has && !is_ignored);
        out.is_ignored[t].push_back(is_ignored);
      }
    }
    return out;
  }

 private:
  /// The true box that found box `d` overlaps most, by `least` at least; truth.size(): none.
  [[nodiscard]] std::size_t best(std::size_t d, double least,
                                 const std::vector<bool>& taken) const {
    constexpr double kAlmost = 1 - 1e-10;
    const auto none = pair_.truth.size();
    double most = std::min(least, kAlmost);
    auto out = none;
    for (const auto g : order_) {
      if (taken[g] && !pair_.truth[g].crowd) continue;
      // What counts is better than what does not, however little it overlaps.
      if (out != none && !ignored_[out] && ignored_[g]) break;
      if (pair_.overlap(d, g) < most) continue;
      most = pair_.overlap(d, g);
      out = g;
    }
    return out;
  }

  const Pair& pair_;
  const Range& area_;
  std::vector<bool> ignored_;
  std::vector<std::size_t> order_;
};

/// Sums for a mean.
struct Mean {
  double sum = 0;
  std::int64_t count = 0;

  void add(double x) {
    sum += x;
    ++count;
  }

  [[nodiscard]] std::optional<double> value() const {
    if (count == 0) return std::nullopt;
    return sum / static_cast<double>(count);
  }
};

/// The means over categories, for one range of areas.
struct Means {
  std::array<Mean, kOverlaps> precision;       // with the hundred best
  std::array<Mean, kMost.size()> recall = {};  // of all overlaps
};

/// The precision at each recall for one category and overlap, of boxes from the best down.
void add_precision(const std::vector<bool>& right, const std::vector<bool>& ignored,
                   const std::vector<std::size_t>& order, std::int64_t wanted,
                   const std::array<double, kRecalls>& recalls, Mean& out) {
  std::vector<double> recall;
  std::vector<double> precision;
  double rights = 0;
  double wrongs = 0;
  for (const auto i : order) {
    if (!ignored[i]) (right[i] ? rights : wrongs) += 1;
    recall.push_back(rights / static_cast<double>(wanted));
    precision.push_back(rights / (wrongs + rights + std::numeric_limits<double>::epsilon()));
  }
  for (std::size_t i = precision.size(); i-- > 1;)
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  for (const double at : recalls) {
    const auto found = std::lower_bound(recall.begin(), recall.end(), at) - recall.begin();
    out.add(found < std::ssize(recall) ? precision[static_cast<std::size_t>(found)] : 0);
  }
}

/// Adds one category.
void add_category(std::span<const Matched> images, const std::array<double, kRecalls>& recalls,
                  Means& out) {
  std::int64_t wanted = 0;
  for (const auto& image : images) wanted += image.wanted;
  if (wanted == 0) return;
  for (std::size_t m = 0; m < kMost.size(); ++m) {
    std::vector<double> scores;
    for (const auto& image : images)
      scores.insert(scores.end(), image.scores.begin(),
                    image.scores.begin() +
                        static_cast<std::ptrdiff_t>(std::min(image.scores.size(), kMost[m])));
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return scores[a] > scores[b]; });
    for (std::size_t t = 0; t < kOverlaps; ++t) {
      std::vector<bool> right;
      std::vector<bool> ignored;
      for (const auto& image : images) {
        for (std::size_t i = 0; i < std::min(image.scores.size(), kMost[m]); ++i) {
          right.push_back(image.is_right[t][i]);
          ignored.push_back(image.is_ignored[t][i]);
        }
      }
      const auto rights = std::count(right.begin(), right.end(), true);
      out.recall[m].add(static_cast<double>(rights) / static_cast<double>(wanted));
      if (kMost[m] == kMostFound)
        add_precision(right, ignored, order, wanted, recalls, out.precision[t]);
    }
  }
}

Mean all(const std::array<Mean, kOverlaps>& parts) {
  Mean out;
  for (const auto& part : parts) {
    out.sum += part.sum;
    out.count += part.count;
  }
  return out;
}

}  // namespace

AveragePrecision average_precision(std::span<const TrueBox> truth,
                                   std::span<const FoundBox> found) {
  // Categories that nothing is of say nothing.
  std::map<std::int64_t, std::map<std::int64_t, Pair>> categories;
  for (const auto& box : truth) categories[box.category][box.image].truth.push_back(box);
  for (const auto& box : found) {
    const auto category = categories.find(box.category);
    if (category != categories.end()) category->second[box.image].found.push_back(box);
  }
  const auto overlaps = steps<kOverlaps>(0.5, 0.95);
  const auto recalls = steps<kRecalls>(0, 1);
  std::array<Means, kAreas.size()> means;
  for (auto& [category, images] : categories) {
    for (auto& [image, pair] : images) prepare(pair);
    for (std::size_t a = 0; a < kAreas.size(); ++a) {
      std::vector<Matched> matched;
      for (const auto& [image, pair] : images)
        matched.push_back(Matching(pair, kAreas[a]).run(overlaps));
      add_category(matched, recalls, means[a]);
    }
  }
  constexpr std::size_t k75 = 5;
  AveragePrecision out;
  out.ap = all(means[0].precision).value();
  out.ap50 = means[0].precision[0].value();
  out.ap75 = means[0].precision[k75].value();
  out.ap_small = all(means[1].precision).value();
  out.ap_medium = all(means[2].precision).value();
  out.ap_large = all(means[3].precision).value();
  out.ar1 = means[0].recall[0].value();
  out.ar10 = means[0].recall[1].value();
  out.ar100 = means[0].recall[2].value();
  out.ar_small = means[1].recall[2].value();
  out.ar_medium = means[2].recall[2].value();
  out.ar_large = means[3].recall[2].value();
  return out;
}

}  // namespace slipway::measure
