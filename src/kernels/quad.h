#pragma once
// Four weights of a channel that meet four bytes in one dot product; what packing shares.

#include <cstdint>

namespace slipway::kernels {

struct Quad {
  std::int16_t weight[4];
};

/// What of a quad of weights one step can take. The rest stays in the quad.
struct Taken {
  std::int8_t weight[4];
};

[[nodiscard]] inline Taken take(Quad& quad, bool saturates) {
  Taken taken{};
  const auto within = [](int x, int low, int high) { return x < low ? low : x > high ? high : x; };
  for (int pair = 0; pair < 4; pair += 2) {
    // 255 times 128 fits in 16 bits, so that is what weights of one sign may come to.
    int above = saturates ? 128 : 255;
    int below = saturates ? -128 : -255;
    for (int i = pair; i < pair + 2; ++i) {
      const int weight =
          within(quad.weight[i], below < -128 ? -128 : below, above < 127 ? above : 127);
      (weight < 0 ? below : above) -= weight;
      taken.weight[i] = static_cast<std::int8_t>(weight);
      quad.weight[i] = static_cast<std::int16_t>(quad.weight[i] - weight);
    }
  }
  return taken;
}

}  // namespace slipway::kernels
