#pragma once
// Short words for chance. The arguments of one call may be evaluated in any order, so no call may
// draw two numbers among its arguments: compilers would draw different pictures.

#include "base/random.h"

namespace slipway::draw {

/// Uniform in [low, high], both included.
inline int pick(Random& random, int low, int high) {
  return static_cast<int>(random.integer(low, high));
}

inline bool chance(Random& random, int percent) { return pick(random, 1, 100) <= percent; }

}  // namespace slipway::draw
