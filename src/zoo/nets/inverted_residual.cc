#include "zoo/nets/inverted_residual.h"

#include <algorithm>

#include "ops/elementwise/binary.h"

namespace slipway::zoo {

ValueId inverted_residual(Net& net, const std::string& name, ValueId x,
                          const InvertedResidual& block) {
  const std::int64_t in = net.channels(x);
  const std::int64_t middle = in * block.expansion;
  auto y = x;
  if (block.expands)
    y = net.conv(name + ".expand", y, {.out = middle, .activation = block.activation});
  y = net.conv(name + ".depthwise", y,
               {.out = middle,
                .kernel = block.kernel,
                .stride = block.stride,
                .depthwise = true,
                .activation = block.activation});
  y = net.conv(name + ".project", y, {.out = block.out, .gain = 0.5F});
  const bool same = block.stride == 1 && in == block.out;
  return same ? net.op(ops::Add{}, {x, y}, name) : y;
}

std::int64_t scaled_channels(std::int64_t channels, std::int64_t quarters) {
  const std::int64_t nearest = std::max<std::int64_t>(8, (channels * quarters + 16) / 32 * 8);
  return 10 * 4 * nearest < 9 * channels * quarters ? nearest + 8 : nearest;
}

MobileNetV2Features mobilenet_v2_features(Net& net, ValueId x, std::int64_t quarters) {
  struct Stage {
    std::int64_t expansion;
    std::int64_t out;
    int blocks;
    std::int64_t stride;
  };

  static constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                      {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  constexpr int kSixteenth = 13;  // blocks before the resolution is halved for the last time
  MobileNetV2Features features;
  x = net.conv("stem", x,
               {.out = scaled_channels(32, quarters),
                .kernel = 3,
                .stride = 2,
                .activation = Activation::relu6});
  int number = 0;
  for (const auto& stage : kStages) {
    for (int i = 0; i < stage.blocks; ++i) {
      x = inverted_residual(net, fmt::format("block{}", ++number), x,
                            {.out = scaled_channels(stage.out, quarters),
                             .stride = i == 0 ? stage.stride : 1,
                             .expansion = stage.expansion,
                             .expands = stage.expansion != 1,
                             .activation = Activation::relu6});
      if (number == kSixteenth) features.sixteenth = x;
    }
  }
  features.last = x;
  return features;
}

}  // namespace slipway::zoo
