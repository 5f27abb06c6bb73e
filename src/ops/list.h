#pragma once
// The table of contents of ops/: every op there is, by name.

#include <span>

#include "ir/op.h"

namespace slipway {

[[nodiscard]] std::span<const OpEntry> all_ops();

}  // namespace slipway
