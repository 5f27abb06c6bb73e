#include "base/clock.h"

namespace slipway {

Clock::Time SystemClock::now() const { return std::chrono::steady_clock::now(); }

}  // namespace slipway
