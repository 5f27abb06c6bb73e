#pragma once
// 'inspect A B': two models beside each other.

#include "cli/model_arg.h"

namespace slipway::cli {

/// Prints what differs. Returns 0 where nothing does, else 1.
Result<int> inspect_diff(World& world, const LoadedModel& a, const LoadedModel& b);

}  // namespace slipway::cli
