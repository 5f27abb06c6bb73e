#include "measure/highest_rate.h"

#include <cmath>

#include "base/check.h"

namespace slipway::measure {
namespace {

constexpr int kSteps = 40;  // of doubling: a trillion times
constexpr double kNear = 1.02;
constexpr double kDown = 0.97;
constexpr int kWhole = 8;  // tries at whole length

class Search {
 public:
  explicit Search(
      const std::function<Result<std::optional<Probe>>(double rate, bool is_whole)>& probe)
      : probe_(probe) {}

  Result<HighestRate> from(double start, double least) {
    double low = start;
    double high = start;
    bool kept = SLIPWAY_TRY(tries(start, false));
    if (kept) {
      for (int i = 0; kept && i < kSteps; ++i) {
        low = high;
        high *= 2;
        kept = SLIPWAY_TRY(tries(high, false));
      }
      if (kept) return std::move(out_);  // there is no end to it: a clock that stands still
    } else {
      while (!kept && low >= least && !is_stopped_) {
        high = low;
        low /= 2;
        kept = SLIPWAY_TRY(tries(low, false));
      }
      if (!kept) return std::move(out_);
    }
    while (high / low > kNear && !is_stopped_) {
      const double middle = std::sqrt(low * high);
      (SLIPWAY_TRY(tries(middle, false)) ? low : high) = middle;
    }
    for (int i = 0; i < kWhole && !is_stopped_; ++i, low *= kDown) {
      if (!SLIPWAY_TRY(tries(low, true))) continue;
      out_.rate = low;
      break;
    }
    return std::move(out_);
  }

 private:
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
