#include "zoo/nets/net.h"

#include <cmath>

#include "ops/conv/conv.h"
#include "ops/matmul/fully_connected.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"

namespace slipway::zoo {

Net::Net(std::string name, const NetSpec& spec) : spec_(spec), random_(spec.seed) {
  graph_.name = std::move(name);
}

void Net::fail_with(Error error) {
  if (state_) state_ = std::move(error);
}

ValueId Net::input() {
  const bool nchw = spec_.layout == Layout::nchw;
  const auto n = spec_.batch;
  const auto p = spec_.size;
  const std::vector<std::int64_t> dims =
      nchw ? std::vector<std::int64_t>{n, 3, p, p} : std::vector<std::int64_t>{n, p, p, 3};
  auto shape = Shape::make(dims);
  if (!shape) {
    fail_with(std::move(shape).error());
    return kNoValue;
  }
  const auto x = graph_.add_input("input", {.dtype = DType::f32, .shape = *std::move(shape)});
  return nchw ? op(ops::Transpose{.perm = {0, 2, 3, 1}}, {x}, "input_nhwc") : x;
}

ValueId Net::op(AnyOp op, std::vector<ValueId> inputs, const std::string& name) {
  if (!state_) return kNoValue;
  auto added = graph_.add(std::move(op), std::move(inputs), name);
  if (added) return *added;
  fail_with(std::move(added).error());
  return kNoValue;
}

ValueId Net::constant(const std::string& name, Tensor value) {
  return state_ ? graph_.add_constant(name, std::move(value)) : kNoValue;
}

std::int64_t Net::dim(ValueId x, std::size_t axis) const {
  return state_ ? graph_.type(x).shape[axis] : 1;
}

std::optional<TensorBuilder> Net::weights(std::vector<std::int64_t> dims) {
  if (!state_) return std::nullopt;
  auto shape = Shape::make(dims);
  if (!shape) {
    fail_with(std::move(shape).error());
    return std::nullopt;
  }
  if (shape->elements() > weights_left_) {
    fail_with(fail(Code::unsupported, "more than {} million weights",
                   (std::int64_t{1} << 29U) / 1'000'000));
    return std::nullopt;
  }
  weights_left_ -= shape->elements();
  return TensorBuilder({.dtype = DType::f32, .shape = *std::move(shape)});
}

float Net::normal() {
  // Four uniform numbers of 16 bits; their sum has the variance 4 * (65536^2 - 1) / 12.
  constexpr std::int64_t kMean = 4 * 65535 / 2;
  constexpr float kScale = 2.6428998e-5F;
  std::uint64_t bits = random_.next();
  std::int64_t sum = -kMean;
  for (int i = 0; i < 4; ++i, bits >>= 16U) sum += static_cast<std::int64_t>(bits & 0xFFFFU);
  return static_cast<float>(sum) * kScale;
}

ValueId Net::add_conv(const std::string& name, ValueId x, const ConvLayer& layer, bool normalised) {
  const std::int64_t in = channels(x);
  const std::int64_t per_group = layer.depthwise ? 1 : in;
  const std::int64_t taps = layer.kernel * layer.kernel;
  auto w = weights({layer.kernel, layer.kernel, per_group, layer.out});
  auto b = weights({layer.out});
  if (!w || !b) return kNoValue;
  const auto fan = static_cast<float>(taps * (layer.depthwise ? 1 : layer.out));
  const float spread = std::sqrt(2.0F / fan);
  const auto bias = b->values<float>();
  std::vector<float> scale(bias.size(), spread);
  if (normalised) {
    const float inverse_deviation = 1.0F / std::sqrt(1.0F + 1e-5F);  // variance 1, and epsilon
    for (auto& s : scale) {
      const float gain = layer.gain == 0 ? random_.real(0.7F, 1.1F) : layer.gain;
      s = spread * (gain * inverse_deviation);
    }
    for (auto& value : bias) value = random_.real(-0.1F, 0.1F);
  } else {
    const float bound = 1.0F / std::sqrt(static_cast<float>(taps * per_group));
    for (auto& value : bias) value = random_.real(-bound, bound);
  }
  const auto values = w->values<float>();
  for (std::size_t i = 0; i < values.size();) {
    for (const float s : scale) values[i++] = normal() * s;
  }
  ops::Conv conv{.group = layer.depthwise ? in : 1, .activation = layer.activation};
  if (layer.stride != 1) conv.stride = {layer.stride, layer.stride};
  if (layer.kernel != 1) {
    conv.pad_begin = {layer.kernel / 2, layer.kernel / 2};
    conv.pad_end = conv.pad_begin;
  }
  const auto weight = constant(name + ".weight", std::move(*w).build());
  const auto offset = constant(name + ".bias", std::move(*b).build());
  return op(std::move(conv), {x, weight, offset}, name);
}

ValueId Net::conv(const std::string& name, ValueId x, const ConvLayer& layer) {
  return add_conv(name, x, layer, true);
}

ValueId Net::head(const std::string& name, ValueId x, std::int64_t out) {
  return add_conv(name, x, {.out = out}, false);
}

ValueId Net::classifier(ValueId x, std::int64_t classes) {
  const std::int64_t in = channels(x);
  x = op(ops::ReduceMean{.axes = {1, 2}}, {x}, "pool");
  auto w = weights({in, classes});
  auto b = weights({classes});
  if (!w || !b) return kNoValue;
  const float bound = 1.0F / std::sqrt(static_cast<float>(in));
  for (auto& value : w->values<float>()) value = random_.real(-bound, bound);
  for (auto& value : b->values<float>()) value = random_.real(-bound, bound);
  const auto weight = constant("fc.weight", std::move(*w).build());
  const auto offset = constant("fc.bias", std::move(*b).build());
  return op(ops::FullyConnected{}, {x, weight, offset}, "fc");
}

void Net::output(const std::string& name, ValueId x) {
  if (!state_) return;
  graph_.set_name(x, name);
  outputs_.push_back(x);
}

void Net::picture_output(const std::string& name, ValueId x) {
  if (spec_.layout == Layout::nchw) x = op(ops::Transpose{.perm = {0, 3, 1, 2}}, {x}, name);
  output(name, x);
}

Result<Graph> Net::finish(Recipe recipe) {
  SLIPWAY_TRY(std::move(state_));
  recipe.layout = spec_.layout;
  graph_.recipe = std::move(recipe);
  graph_.metadata["weights"] = fmt::format("random, seed {}: nothing was learned", spec_.seed);
  graph_.set_outputs(std::move(outputs_));
  return std::move(graph_);
}

Recipe imagenet_recipe() {
  Recipe recipe;
  recipe.mean = {123.675F, 116.28F, 103.53F};
  recipe.std = {58.395F, 57.12F, 57.375F};
  recipe.task = Task::classify;
  recipe.scores = Scores::logits;
  return recipe;
}

Recipe face_recipe(std::int64_t classes) {
  Recipe recipe;
  recipe.fit = Fit::stretch;
  recipe.std = {255};
  recipe.task = Task::segment;
  recipe.scores = Scores::logits;
  const std::vector<std::string> labels = {
      "background", "skin",      "nose",     "right eye", "left eye", "right brow",
      "left brow",  "right ear", "left ear", "mouth",     "top lip",  "bottom lip",
      "neck",       "hair",      "beard",    "clothing",  "glasses",  "headwear"};
  if (classes == static_cast<std::int64_t>(labels.size())) recipe.labels = labels;
  return recipe;
}

}  // namespace slipway::zoo
