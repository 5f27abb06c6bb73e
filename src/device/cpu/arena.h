#pragma once
// Where the values of a plan lie in its arena, all of them known.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace slipway::cpu {

/// Bytes that are in use from a step on, up to before another one.
struct ArenaPart {
  std::uint64_t place = 0;  // until it is known where it lies
  std::uint64_t bytes = 0;
  std::size_t first_step = 0;
  std::size_t behind = SIZE_MAX;
};

struct Arena {
  std::vector<std::uint64_t> offsets;  // of the parts, in their order
  std::uint64_t bytes = 0;
};

/// Lays out parts such that none in use at the same time overlap.
///
/// The largest first, each at the lowest offset that is free while it is in use ("greedy by size"
/// of Pisarchyk and Lee, Efficient memory management for deep neural net inference, 2020); or,
/// where that takes less, in the order of their steps. Values of one size then take turns at the
/// same offsets, so that a thread, which has the same rows of each, writes where it wrote before,
/// and not into lines of another core's cache.
[[nodiscard]] Arena lay_out(const std::vector<ArenaPart>& parts);

}  // namespace slipway::cpu
