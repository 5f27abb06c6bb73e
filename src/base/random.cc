#include "base/random.h"

#include <random>

namespace slipway {

std::uint64_t SystemEntropy::next() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace slipway
