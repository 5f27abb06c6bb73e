#pragma once
// Files as memory.

#include <cstddef>

namespace slipway::engine {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20U;

[[nodiscard]] inline std::size_t aligned(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

/// Maps a file so that its beginning lies at a multiple of a huge page, as its pages then may.
/// `at_once` asks for all pages now, which costs less than a fault for each. As mmap(), it gives
/// MAP_FAILED and errno.
[[nodiscard]] void* map_aligned(int file, std::size_t bytes, bool at_once);

}  // namespace slipway::engine
