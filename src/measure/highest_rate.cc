#include "measure/highest_rate.h"

#include <cmath>

#include "base/check.h"

namespace slipway::measure {
namespace {

constexpr int kSteps = 40;  // of doubling: a trillion times
constexpr double kNear = 1.02;
constexpr double kStep = 1.03;
constexpr int kWhole = 8;  // tries at whole length, in one direction

class Search {
 public:
  explicit Search(
      const std::function<Result<std::optional<Probe>>(double rate, bool is_whole)>& probe)
      : probe_(probe) {}

  Result<HighestRate> from(double start, double least) {
    double low = start;
    double high = start;
    bool kept = SLIPWAY_TRY(feels(start));
    if (kept) {
      for (int i = 0; kept && i < kSteps; ++i) {
        low = high;
        high *= 2;
        kept = SLIPWAY_TRY(feels(high));
      }
      if (kept) return std::move(out_);  // there is no end to it: a clock that stands still
    } else {
      while (!kept && low >= least && !is_stopped_) {
        high = low;
        low /= 2;
        kept = SLIPWAY_TRY(feels(low));
      }
      if (!kept) return std::move(out_);
    }
    while (high / low > kNear && !is_stopped_) {
      const double middle = std::sqrt(low * high);
      (SLIPWAY_TRY(feels(middle)) ? low : high) = middle;
    }
    SLIPWAY_TRY(settle(low));
    if (is_stopped_) out_.rate.reset();
    return std::move(out_);
  }

 private:
  /// Looks at whole length for the rate that is kept below one that is not.
  Result<void> settle(double rate) {
    bool goes_up = false;
    for (int i = 0; i < kWhole && !is_stopped_; ++i) {
      const bool is_kept = SLIPWAY_TRY(tries(rate, true));
      if (is_kept) out_.rate = rate;
      if (i == 0) goes_up = is_kept;
      if (is_kept != goes_up) break;
      rate = goes_up ? rate * kStep : rate / kStep;
    }
    return {};
  }

  /// Short tries: the second says whether it was the rate.
  Result<bool> feels(double rate) {
    return SLIPWAY_TRY(tries(rate, false)) || SLIPWAY_TRY(tries(rate, false));
  }

  Result<bool> tries(double rate, bool is_whole) {
    if (is_stopped_) return false;
    auto is = SLIPWAY_TRY(probe_(rate, is_whole));
    is_stopped_ = !is;
    if (!is) return false;
    is->rate = rate;
    is->is_whole = is_whole;
    out_.probes.push_back(*is);
    return is->is_kept;
  }

  const std::function<Result<std::optional<Probe>>(double rate, bool is_whole)>& probe_;
  bool is_stopped_ = false;
  HighestRate out_;
};

}  // namespace

Result<HighestRate> find_highest_rate(
    double start, double least,
    const std::function<Result<std::optional<Probe>>(double rate, bool is_whole)>& probe) {
  SLIPWAY_CHECK(start > 0 && least > 0);
  return Search(probe).from(start, least);
}

}  // namespace slipway::measure
