#pragma once
// Faster forms of a requantization, admitted only where they give the same bytes.

#include <cstdint>
#include <vector>

#include "kernels/requantize.h"

namespace slipway::cpu {

/// The sums that a channel can have.
struct SumRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// Scale and offset with which `magic` gives the byte of `multiply` for every sum of the range;
/// false where none were found. `channel` has bias and scale of `multiply`; its offset and, by a
/// few units in the last place, its scale are set.
///
/// A byte is a step function of the sum with at most 255 steps. They are found by bisection, and
/// both forms are compared on both sides of each: between steps both stand still.
bool make_magic(kernels::ChannelScale& channel, const kernels::Requantization& multiply,
                const SumRange& sums);

}  // namespace slipway::cpu
