#include "measure/versus.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace slipway::measure {
namespace {

constexpr double kTail = 0.025;  // of the 95 %, on either side
constexpr std::int64_t kExactRounds = 200;

/// The largest k with P(W < k) <= kTail, W the sum of ranks of `n` pairs that point upwards, each
/// with a chance of one half. At least 1 where n is at least kLeastRounds.
std::int64_t signed_rank_quantile(std::int64_t n) {
  const auto most = n * (n + 1) / 2;
  if (n > kExactRounds) {  // a normal by then
    const auto count = static_cast<double>(n);
    const double mean = count * (count + 1) / 4;
    const double deviation = std::sqrt(count * (count + 1) * (2 * count + 1) / 24);
    return static_cast<std::int64_t>(std::floor(mean - 1.959964 * deviation));
  }
  std::vector<double> mass(static_cast<std::size_t>(most) + 1);
  mass[0] = 1;
  for (std::int64_t rank = 1; rank <= n; ++rank) {
    for (auto sum = most; sum >= 0; --sum) {
      auto& at = mass[static_cast<std::size_t>(sum)];
      at = (at + (sum >= rank ? mass[static_cast<std::size_t>(sum - rank)] : 0)) / 2;
    }
  }
  std::int64_t k = 0;
  for (double below = mass[0]; below <= kTail; below += mass[static_cast<std::size_t>(k)]) ++k;
  return k;
}

template <class T>
double middle_of(std::vector<T> values) {
  SLIPWAY_CHECK(!values.empty());
  const auto upper = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, upper);
  const auto high = static_cast<double>(*upper);
  if (values.size() % 2 == 1) return high;
  return (high + static_cast<double>(*std::max_element(values.begin(), upper))) / 2;
}

}  // namespace

Side side_of(std::int64_t turn) {
  const bool is_outer = turn % kTurnsInRound == 0 || turn % kTurnsInRound == kTurnsInRound - 1;
  const bool is_swapped = turn / kTurnsInRound % 2 == 1;
  return is_outer != is_swapped ? Side::a : Side::b;
}

std::optional<Versus> versus(std::span<const double> medians) {
  const auto rounds = std::ssize(medians) / kTurnsInRound;
  if (rounds < kLeastRounds) return std::nullopt;
  std::vector<double> logs(static_cast<std::size_t>(rounds));
  for (std::int64_t turn = 0; turn < rounds * kTurnsInRound; ++turn) {
    const double median = medians[static_cast<std::size_t>(turn)];
    SLIPWAY_CHECK(median > 0);
    const double half = std::log(median) / 2;
    logs[static_cast<std::size_t>(turn / kTurnsInRound)] += side_of(turn) == Side::b ? half : -half;
  }
  std::vector<double> means;  // of each two, and of each with itself
  for (std::size_t i = 0; i < logs.size(); ++i)
    for (std::size_t j = i; j < logs.size(); ++j) means.push_back((logs[i] + logs[j]) / 2);
  std::ranges::sort(means);
  const auto count = means.size();
  const auto k = static_cast<std::size_t>(signed_rank_quantile(rounds));
  const double middle = (means[(count - 1) / 2] + means[count / 2]) / 2;
  return Versus{std::exp(middle), std::exp(means[k - 1]), std::exp(means[count - k]), rounds};
}

Versus versus_of_runs(const Percentile::Estimate& a, const Percentile::Estimate& b) {
  SLIPWAY_CHECK(a.low > 0 && b.low > 0);
  const auto log_of = [](std::int64_t ns) { return std::log(static_cast<double>(ns)); };
  const double middle = log_of(b.value) - log_of(a.value);
  const double down = std::hypot(log_of(b.value) - log_of(b.low), log_of(a.high) - log_of(a.value));
  const double up = std::hypot(log_of(b.high) - log_of(b.value), log_of(a.value) - log_of(a.low));
  return {std::exp(middle), std::exp(middle - down), std::exp(middle + up), 0};
}

double median_of(std::vector<double> values) { return middle_of(std::move(values)); }

double median_of(std::vector<std::int64_t> ns) { return middle_of(std::move(ns)); }

Result<std::vector<double>> take_turns(const Clock& clock, const Infer& a, const Infer& b,
                                       const Turns& turns) {
  std::vector<double> out;
  const auto count = turns.rounds * kTurnsInRound;
  for (std::int64_t turn = 0; turn < count && !turns.stop(); ++turn) {
    if (turn % kTurnsInRound == 0) SLIPWAY_TRY(turns.round(turn / kTurnsInRound));
    const auto& infer = side_of(turn) == Side::a ? a : b;
    for (std::int64_t i = 0; i < turns.warm_up; ++i) SLIPWAY_TRY(infer());
    std::vector<std::int64_t> ns;
    const auto start = clock.now();
    for (auto end = start; std::ssize(ns) < turns.inferences || end - start < turns.at_least;) {
      const auto begin = clock.now();
      SLIPWAY_TRY(infer());
      end = clock.now();
      ns.push_back((end - begin).count());
    }
    out.push_back(median_of(std::move(ns)));
    turns.progress(static_cast<double>(turn + 1) / static_cast<double>(count));
  }
  return out;
}

}  // namespace slipway::measure
