#pragma once
// Pictures that are doubled before a convolution, which may read them as they were.

#include <vector>

#include "device/cpu/lowering.h"
#include "engine/picture_steps.h"

namespace slipway::cpu {

/// Of what a 3x3 convolution of floats reads, as one value or joined along its channels: what
/// nearest neighbours make of pictures of half the size, for it alone, if Winograd's filtering
/// could read those.
///
/// Needs the claims of later nodes to be known.
[[nodiscard]] std::vector<ValueId> doubled_inputs(const Lowering& lowering, ValueId conv,
                                                  const engine::Sliding& window);

}  // namespace slipway::cpu
