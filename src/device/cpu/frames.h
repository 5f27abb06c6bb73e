#pragma once
// Pictures that are computed within the borders that their reader needs.

#include <map>

#include "device/cpu/homes.h"

namespace slipway::cpu {

/// Values whose room has borders, or, where a convolution takes parts of a value one by one, the
/// value that joins them; and the elements of such a room.
using Frames = std::map<ValueId, std::int64_t>;

/// What a dense convolution reads alone (but for pools, in rooms that are not too large), and needs
/// borders around, is computed within them by who writes_framed(): a copy less. Adds the homes of
/// such values.
///
/// Needs claims, and all other homes, to be known.
[[nodiscard]] Frames find_frames(const Lowering& lowering, std::map<ValueId, Home>& homes);

}  // namespace slipway::cpu
