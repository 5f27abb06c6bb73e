#include "zoo/nets/inverted_residual.h"
#include "zoo/nets/nets.h"

namespace slipway::zoo {

/// FBNet-C at width 1.0, as far as shapes go: every block begins with a 1x1 convolution, also the
/// first, which does not widen.
///
/// Source  Wu et al. 2019, "FBNet: Hardware-aware efficient ConvNet design via differentiable
///         neural architecture search", figure 4
Result<Graph> make_fbnetc_100(const NetSpec& spec) {
  static constexpr InvertedResidual kBlocks[] = {
      {16, 3, 1, 1},  {24, 3, 2, 6},  {24, 3, 1, 1},  {24, 3, 1, 1},  {32, 5, 2, 6},
      {32, 5, 1, 3},  {32, 5, 1, 6},  {32, 3, 1, 6},  {64, 5, 2, 6},  {64, 5, 1, 3},
      {64, 5, 1, 6},  {64, 5, 1, 6},  {112, 5, 1, 6}, {112, 5, 1, 6}, {112, 5, 1, 6},
      {112, 5, 1, 3}, {184, 5, 2, 6}, {184, 5, 1, 6}, {184, 5, 1, 6}, {184, 5, 1, 6},
      {352, 3, 1, 6},
  };
  Net net("fbnetc_100", spec);
  auto x = net.input();
  x = net.conv("stem", x, {.out = 16, .kernel = 3, .stride = 2, .activation = Activation::relu});
  int number = 0;
  for (const auto& block : kBlocks)
    x = inverted_residual(net, fmt::format("block{}", ++number), x, block);
  x = net.conv("features", x, {.out = 1984, .activation = Activation::relu});
  net.output("logits", net.classifier(x, spec.classes));
  return net.finish(imagenet_recipe());
}

}  // namespace slipway::zoo
