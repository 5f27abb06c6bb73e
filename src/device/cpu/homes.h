#pragma once
// Values that are computed where they are needed: as parts of a value that joins them.

#include <map>

#include "ir/graph.h"

namespace slipway::cpu {

class Lowering;

/// Where a value lies in the room of another one.
struct Home {
  ValueId room;             // whose room it is: a value without a home, or, within borders, its own
  std::int64_t offset = 0;  // elements from the first of the room
  std::int64_t stride = 0;  // elements from one pixel to the next
  std::int64_t row = 0;     // and so on, as Pixels have them
  std::int64_t picture = 0;
};

/// Rooms where pixels may lie apart. Larger ones leave the caches between their first part and the
/// last, and parts of them cost more than copies: no line is fetched ahead where a few are written,
/// or read, of many. Measured on Zen 4: U-Net, 256x256, of floats lost 5 % without this bound;
/// networks with small rooms win 1 to 3 %.
inline constexpr std::int64_t kMostApartBytes = std::int64_t{2} << 20U;

/// The values that Concat need not copy. One that is joined to others is computed in their common
/// room, if who makes it writes apart, and all who read it, the Concat and others, read apart;
/// where its pixels have no gaps there, any rule does. What is joined twice has its home in the
/// later of the values, and is copied to the other.
///
/// Needs claims to be known.
[[nodiscard]] std::map<ValueId, Home> find_homes(const Lowering& lowering);

/// Whether a node gives the bytes of its first input another shape or scale.
[[nodiscard]] bool renames(const Node& node);

}  // namespace slipway::cpu
