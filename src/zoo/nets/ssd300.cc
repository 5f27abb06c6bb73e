#include <array>
#include <cmath>

#include "ops/detect/detection_output.h"
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

/// Boxes around the places of every map, as corners in parts of the picture: around each place two
/// squares, then twice and three times as wide as high, and the other way round. The second half
/// are the variances.
Tensor priors(Net& net, std::span<const ValueId> maps) {
  constexpr std::array kScales = {0.2F, 0.35F, 0.5F, 0.65F, 0.8F, 0.95F, 1.0F};
  constexpr std::array kVariances = {0.1F, 0.1F, 0.2F, 0.2F};
  std::vector<float> out;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const float side = kScales[i];
    const float between = std::sqrt(side * kScales[i + 1]);
    const float two = std::sqrt(2.0F);
    const float three = std::sqrt(3.0F);
    const std::array<std::array<float, 2>, kPriors> sizes = {{{side, side},
                                                              {between, between},
                                                              {side * two, side / two},
                                                              {side / two, side * two},
                                                              {side * three, side / three},
                                                              {side / three, side * three}}};
    const std::int64_t rows = net.height(maps[i]);
    const std::int64_t columns = net.width(maps[i]);
    for (std::int64_t place = 0; place < rows * columns; ++place) {
      const float x = (static_cast<float>(place % columns) + 0.5F) / static_cast<float>(columns);
      const float y = (static_cast<float>(place / columns) + 0.5F) / static_cast<float>(rows);
      for (const auto& [w, h] : sizes)
        out.insert(out.end(), {x - w / 2, y - h / 2, x + w / 2, y + h / 2});
    }
  }
  const std::size_t count = out.size();
  for (std::size_t i = 0; i < count; ++i) out.push_back(kVariances[i % 4]);
  return Tensor::of<float>({1, 2, static_cast<std::int64_t>(count)}, out);
}

/// One row for each thing seen: picture, class, score, corners.
ValueId post_process(Net& net, ValueId boxes, ValueId scores, Tensor prior_boxes,
                     std::int64_t batch) {
  const ops::DetectionOutput op{.top_k = 400,
                                .keep_top_k = 200,
                                .code_type = ops::BoxCode::center_size,
                                .nms_threshold = 0.45F,
                                .confidence_threshold = 0.01F};
  const auto shape = net.constant("flat.shape", Tensor::of<std::int64_t>({2}, {batch, -1}));
  const auto flat_boxes = net.op(ops::Reshape{}, {boxes, shape}, "boxes.flat");
  const auto flat_scores = net.op(ops::Reshape{}, {scores, shape}, "scores.flat");
  const auto known = net.constant("priors", std::move(prior_boxes));
  return net.op(op, {flat_boxes, flat_scores, known}, "detections");
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
  if (spec.raw_heads) {
    net.output("boxes", boxes);
    net.output("scores", scores);
    return net.finish(std::move(recipe));
  }
  recipe.task = Task::detect;
  recipe.boxes = BoxFormat::detection_output;
  net.output("detections", post_process(net, boxes, scores, priors(net, maps), spec.batch));
  return net.finish(std::move(recipe));
}

}  // namespace slipway::zoo
