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
  bool grows = false;     // the queue
};

struct HighestRate {
  std::optional<double> rate;  // nothing where none was kept, or it was stopped
  std::vector<Probe> probes;   // in the order of trying
};

/// Doubles `start` while it is kept, or halves it until it is, or until it is under `least`; goes
/// between the two until they are within 2 %. Of these short tries, one that is not kept is made
/// twice: what disturbs it makes it slower, never faster. Then it tries the lower one at whole
/// length, and goes up by 3 % while that is kept, or down until it is: of two neighbours at whole
/// length one is kept and the other is not. `probe` returns nothing where it was stopped. Needs
/// start > 0 and least > 0.
///
/// Errors  those of `probe`
Result<HighestRate> find_highest_rate(
    double start, double least,
    const std::function<Result<std::optional<Probe>>(double rate, bool is_whole)>& probe);

}  // namespace slipway::measure
