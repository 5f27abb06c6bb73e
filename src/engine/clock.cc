#include "engine/clock.h"

#include <ctime>

namespace slipway::engine {

std::uint64_t nanoseconds() {
  std::timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace slipway::engine
