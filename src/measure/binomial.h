#pragma once
// How many of n independent things happen, each with the same chance.

#include <cstdint>

namespace slipway::measure {

/// The smallest k with P(B <= k) > `probability`, B binomial of `n` and `p`. Needs 0 < p < 1 and a
/// probability over 1e-30 and under 1.
[[nodiscard]] std::int64_t binomial_quantile(std::int64_t n, double p, double probability);

}  // namespace slipway::measure
