#pragma once
// The highest rate of queries at which a system still answers in time.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"

namespace slipway::measure {

/// One rate that was tried.
struct Probe {
  double rate = 0;  // queries a second
  bool is_kept = false;
  bool is_whole = false;  // as long as what is reported; the others are short
  std::int64_t queries = 0;
  std::int64_t over = 0;  // of them, over the bound
};

struct HighestRate {
  std::optional<double> rate;  // nothing where none was kept, or it was stopped
  std::vector<Probe> probes;   // in the order of trying
};

/// Doubles `start` while it is kept, or halves it until it is, or until it is under `least`; goes
/// between the two until they are within 2 %; and tries the lower one at whole length, going down
/// by 3 % where that is not kept. `probe` returns nothing where it was stopped. Needs start > 0 and
/// least > 0.
///
/// Errors  those of `probe`
Result<HighestRate> find_highest_rate(
    double start, double least,
    const std::function<Result<std::optional<Probe>>(double rate, bool is_whole)>& probe);

}  // namespace slipway::measure
