#pragma once
// The door to time of what goes into deployments, which know nothing of base/.

#include <cstdint>

namespace slipway::engine {

/// Never runs backwards; its zero means nothing.
[[nodiscard]] std::uint64_t nanoseconds();

}  // namespace slipway::engine
