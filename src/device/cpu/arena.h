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
/// The largest first, each where its middle is that of a larger one, if that is free while it is in
/// use, else at the lowest offset that is. Two threads, who have the same half of each value, then
/// write where they wrote before, and not into lines of the other core's cache; more threads nearly
/// so. Where that takes more room than without middles ("greedy by size" of Pisarchyk and Lee,
/// Efficient memory management for deep neural net inference, 2020), or than in the order of the
/// parts, it is whichever of these takes least.
[[nodiscard]] Arena lay_out(const std::vector<ArenaPart>& parts);

}  // namespace slipway::cpu
