#include "zoo/nets/inverted_residual.h"
#include "zoo/nets/nets.h"

namespace slipway::zoo {

/// Source  Sandler et al. 2018, "MobileNetV2: Inverted residuals and linear bottlenecks"
Result<Graph> make_mobilenet_v2(const NetSpec& spec) {
  Net net("mobilenet_v2", spec);
  auto x = mobilenet_v2_features(net, net.input(), 4).last;
  x = net.conv("features", x, {.out = 1280, .activation = Activation::relu6});
  net.output("logits", net.classifier(x, spec.classes));
  return net.finish(imagenet_recipe());
}

}  // namespace slipway::zoo
