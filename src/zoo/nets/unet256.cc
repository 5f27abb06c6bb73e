#include "ops/pool/pool.h"
#include "ops/resize/resize.h"
#include "ops/shape/concat.h"
#include "zoo/nets/net.h"
#include "zoo/nets/nets.h"

namespace slipway::zoo {
namespace {

ValueId two_convs(Net& net, const std::string& name, ValueId x, std::int64_t out) {
  const ConvLayer layer{.out = out, .kernel = 3, .activation = Activation::relu};
  x = net.conv(name + ".conv1", x, layer);
  return net.conv(name + ".conv2", x, layer);
}

}  // namespace

/// A U-Net with four levels of 16, 32, 64 and 128 channels that keeps its size.
///
/// Source  Ronneberger et al. 2015, "U-Net: Convolutional networks for biomedical image
///         segmentation"
Result<Graph> make_unet256(const NetSpec& spec) {
  constexpr std::int64_t kChannels[] = {16, 32, 64, 128};
  constexpr int kDeepest = 3;
  Net net("unet256", spec);
  auto x = net.input();
  std::vector<ValueId> skips;
  for (int level = 0; level <= kDeepest; ++level) {
    const auto name = fmt::format("down{}", level + 1);
    if (level > 0) {
      x = net.op(ops::MaxPool{.kernel = {2, 2}, .stride = {2, 2}}, {x}, name + ".pool");
    }
    x = two_convs(net, name, x, kChannels[level]);
    skips.push_back(x);
  }
  for (int level = kDeepest - 1; level >= 0; --level) {
    const auto name = fmt::format("up{}", level + 1);
    const auto skip = skips[static_cast<std::size_t>(level)];
    const auto size = net.constant(
        name + ".size", Tensor::of<std::int64_t>({2}, {net.height(skip), net.width(skip)}));
    const ops::Resize twice{.coordinates = Coordinates::asymmetric, .nearest = Nearest::floor};
    x = net.op(twice, {x, size}, name + ".resize");
    x = net.op(ops::Concat{.axis = 3}, {x, skip}, name + ".concat");
    x = two_convs(net, name, x, kChannels[level]);
  }
  net.picture_output("logits", net.head("head", x, spec.classes));
  return net.finish(face_recipe(spec.classes));
}

}  // namespace slipway::zoo
