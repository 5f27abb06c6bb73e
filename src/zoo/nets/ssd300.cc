#include "ops/elementwise/unary.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"
#include "zoo/nets/inverted_residual.h"
#include "zoo/nets/nets.h"

namespace slipway::zoo {
namespace {

constexpr std::int64_t kPriors = 6;  // per place of a map

/// Half the size with half the channels in between.
ValueId extra(Net& net, const std::string& name, ValueId x, std::int64_t out) {
  constexpr auto kActivation = Activation::relu6;
  x = net.conv(name + ".reduce", x, {.out = out / 2, .activation = kActivation});
  x = net.conv(
      name + ".depthwise", x,
      {.out = out / 2, .kernel = 3, .stride = 2, .depthwise = true, .activation = kActivation});
  return net.conv(name + ".expand", x, {.out = out, .activation = kActivation});
}

/// A head on every map, one behind the other: [N, priors, per_prior].
ValueId heads(Net& net, const std::string& name, std::span<const ValueId> maps,
              std::int64_t per_prior, std::int64_t batch) {
  std::vector<ValueId> rows;
  const auto shape =
      net.constant(name + ".shape", Tensor::of<std::int64_t>({3}, {batch, -1, per_prior}));
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const auto head_name = fmt::format("{}{}", name, i + 1);
    const auto y = net.head(head_name, maps[i], kPriors * per_prior);
    rows.push_back(net.op(ops::Reshape{}, {y, shape}, head_name + ".rows"));
  }
  return net.op(ops::Concat{.axis = 1}, rows, name);
}

}  // namespace

/// A detector with the features of a MobileNetV2 half as wide and six maps.
///
/// Source  Liu et al. 2016, "SSD: Single shot multibox detector"
Result<Graph> make_ssd300(const NetSpec& spec) {
  Net net("ssd300", spec);
  const auto features = mobilenet_v2_features(net, net.input(), 2);
  std::vector<ValueId> maps = {features.sixteenth, features.last};
  for (const std::int64_t out : {128, 128, 64, 64})
    maps.push_back(extra(net, fmt::format("extra{}", maps.size() - 1), maps.back(), out));
  const auto boxes = heads(net, "boxes", maps, 4, spec.batch);
  const auto classes = heads(net, "classes", maps, spec.classes, spec.batch);
  const auto scores = net.op(ops::Sigmoid{}, {classes}, "scores");

  Recipe recipe;
  recipe.fit = Fit::stretch;
  recipe.resize = ResizeMethod::bilinear;
  recipe.mean = {127.5F};
  recipe.std = {127.5F};
  if (spec.classes == 3) recipe.labels = {"background", "vehicle", "plate"};
  net.output("boxes", boxes);
  net.output("scores", scores);
  return net.finish(std::move(recipe));
}

}  // namespace slipway::zoo
