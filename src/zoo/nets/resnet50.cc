#include "ops/elementwise/binary.h"
#include "ops/pool/pool.h"
#include "zoo/nets/net.h"
#include "zoo/nets/nets.h"

namespace slipway::zoo {
namespace {

constexpr std::int64_t kExpansion = 4;

/// 1x1, 3x3 (which has the stride: that is what "v1.5" says), 1x1, and the way around them.
ValueId bottleneck(Net& net, const std::string& name, ValueId x, std::int64_t width,
                   std::int64_t stride) {
  const std::int64_t out = width * kExpansion;
  const bool same = stride == 1 && net.channels(x) == out;
  auto y = net.conv(name + ".conv1", x, {.out = width, .activation = Activation::relu});
  y = net.conv(name + ".conv2", y,
               {.out = width, .kernel = 3, .stride = stride, .activation = Activation::relu});
  // A small gain, so that sixteen sums in a row do not grow.
  y = net.conv(name + ".conv3", y, {.out = out, .gain = 0.3F});
  const auto around = same ? x : net.conv(name + ".shortcut", x, {.out = out, .stride = stride});
  return net.op(ops::Add{.activation = Activation::relu}, {y, around}, name);
}

}  // namespace

/// ResNet-50 v1.5.
///
/// Source  He et al. 2016, "Deep residual learning for image recognition"; the stride stands in the
///         3x3 convolution as in torchvision
Result<Graph> make_resnet50(const NetSpec& spec) {
  struct Stage {
    std::int64_t width;
    int blocks;
    std::int64_t stride;
  };

  static constexpr Stage kStages[] = {{64, 3, 1}, {128, 4, 2}, {256, 6, 2}, {512, 3, 2}};
  Net net("resnet50", spec);
  auto x = net.input();
  x = net.conv("stem", x, {.out = 64, .kernel = 7, .stride = 2, .activation = Activation::relu});
  const ops::MaxPool pool{
      .kernel = {3, 3}, .stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}};
  x = net.op(pool, {x}, "stem.pool");
  int number = 1;
  for (const auto& stage : kStages) {
    for (int i = 0; i < stage.blocks; ++i) {
      x = bottleneck(net, fmt::format("layer{}.{}", number, i), x, stage.width,
                     i == 0 ? stage.stride : 1);
    }
    ++number;
  }
  net.output("logits", net.classifier(x, spec.classes));
  return net.finish(imagenet_recipe());
}

}  // namespace slipway::zoo
