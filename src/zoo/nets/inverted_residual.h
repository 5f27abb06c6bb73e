#pragma once
// The block that MobileNetV2, FBNet and our detector are made of.

#include "zoo/nets/net.h"

namespace slipway::zoo {

struct InvertedResidual {
  std::int64_t out = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t expansion = 6;
  bool expands = true;  // whether the first 1x1 convolution is there
  Activation activation = Activation::relu;
};

/// 1x1 to more channels, depthwise, 1x1 to fewer; plus the input where shapes agree.
ValueId inverted_residual(Net& net, const std::string& name, ValueId x,
                          const InvertedResidual& block);

/// The value of a whole network's features, and of the 14 first of its 18 layers, at a sixteenth of
/// the input.
struct MobileNetV2Features {
  ValueId sixteenth;
  ValueId last;
};

/// The layers of MobileNetV2 before its last convolution, `quarters` / 4 as wide.
MobileNetV2Features mobilenet_v2_features(Net& net, ValueId x, std::int64_t quarters);

/// Channels times quarters / 4, to the nearest multiple of 8 that is not more than a tenth less.
[[nodiscard]] std::int64_t scaled_channels(std::int64_t channels, std::int64_t quarters);

}  // namespace slipway::zoo
