#pragma once
// Copies elements from one arrangement to another: what transposes, cuts out, joins and repeats.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

inline constexpr int kMoveRank = 8;

/// For all positions p below `dims`: the element at out + sum(p * to) = that at in + sum(p * from).
/// Strides are in bytes; those of `from` may be 0 or negative. `element` is 1, 2, 4 or 8 bytes.
///
/// Fast where the last dimension is a run in both, and where it is one in `out` and the dimension
/// before it is one in `in`.
struct Move {
  const std::byte* in = nullptr;
  std::byte* out = nullptr;
  int element = 1;
  int rank = 0;
  std::int64_t dims[kMoveRank] = {};
  std::int64_t from[kMoveRank] = {};
  std::int64_t to[kMoveRank] = {};
  /// Whether it will be long until `out` is read: transposes may then pass by the caches.
  bool far = false;
};

struct MoveVariant {
  Isa isa;
  void (*run)(const Move&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const MoveVariant> move_variants();

}  // namespace slipway::kernels
