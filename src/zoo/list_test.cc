#include "zoo/list.h"

#include <cmath>

#include <gmock/gmock.h>

#include "base/random.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "vision/detect.h"

namespace slipway::zoo {
namespace {

/// FNV-1a, 64 bits.
class Hash {
 public:
  void add(BytesView bytes) {
    for (const std::byte byte : bytes)
      value_ = (value_ ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001B3ULL;
  }

  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

Result<Graph> made(std::string_view name, const NetOptions& options = {}) {
  const auto* model = find_model(name);
  SLIPWAY_CHECK(model != nullptr);
  return make(*model, options);
}

Graph net(std::string_view name, const NetOptions& options = {}) {
  auto graph = made(name, options);
  EXPECT_TRUE(graph) << name << ": " << graph.error().message;
  return graph ? *std::move(graph) : Graph();
}

std::uint64_t hash_of_weights(const Graph& graph) {
  Hash hash;
  for (const auto& node : graph.nodes()) {
    if (const auto* constant = node.op.as<Constant>()) hash.add(constant->value.bytes());
  }
  return hash.value();
}

std::int64_t parameters(const Graph& graph) {
  std::int64_t count = 0;
  for (const auto& node : graph.nodes()) {
    if (const auto* constant = node.op.as<Constant>();
        constant != nullptr && (is_float(constant->value.dtype()) || constant->value.type().quant))
      count += constant->value.elements();
  }
  return count;
}

std::vector<const Model*> networks() {
  std::vector<const Model*> out;
  for (const auto& model : models()) {
    if (model.is_made()) out.push_back(&model);
  }
  return out;
}

Tensor noise(const TensorType& type, std::uint64_t seed) {
  TensorBuilder builder(type);
  Random random(seed);
  for (auto& x : builder.values<float>()) x = random.real(-2, 2);
  return std::move(builder).build();
}

double deviation(const Tensor& tensor) {
  double sum = 0;
  double squares = 0;
  const auto values = tensor.values<float>();
  for (const double x : values) {
    sum += x;
    squares += x * x;
  }
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / n - sum / n * (sum / n));
}

TEST(Zoo, ListsItsModelsInOrderAndAsTheyAre) {
  std::string before;
  for (const auto& model : models()) {
    EXPECT_LT(before, model.name);
    before = model.name;
    const auto graph = read(model);
    ASSERT_TRUE(graph) << model.name << ": " << graph.error().message;
    EXPECT_EQ(graph->type(graph->inputs()[0]).text(), model.input) << model.name;
    EXPECT_EQ(cost_of(*graph).macs, model.macs) << model.name;
    EXPECT_EQ(parameters(*graph), model.parameters) << model.name;
    EXPECT_TRUE(graph->recipe) << model.name;
  }
}

// What others count for the same networks: 8.178, 0.6015, 0.770, 0.325 and 5.379 billion
// operations, two to a multiply-accumulate.
TEST(Zoo, CostsWhatThePapersSay) {
  EXPECT_EQ(find_model("resnet50")->macs, 4'089'184'256);
  EXPECT_EQ(find_model("mobilenet_v2")->macs, 300'774'272);
  EXPECT_EQ(find_model("fbnetc_100")->macs, 384'960'160);
  EXPECT_EQ(find_model("ssd300")->macs, 162'572'336);
  EXPECT_EQ(find_model("unet256")->macs, 2'689'597'440);
}

TEST(Zoo, MakesValidNetworks) {
  for (const auto* model : networks()) {
    const auto graph = net(model->name);
    const auto verified = verify(graph);
    EXPECT_TRUE(verified) << model->name << ": " << verified.error().message;
    EXPECT_TRUE(check(*graph.recipe)) << model->name;
  }
}

TEST(Zoo, MakesTheSameBytesEverywhere) {
  EXPECT_EQ(hash_of_weights(net("fbnetc_100")), 0x42DFC9CB83C46A36ULL);
  EXPECT_EQ(hash_of_weights(net("hgnet")), 0x1556BB466F452825ULL);
  EXPECT_EQ(hash_of_weights(net("mobilenet_v2")), 0x1C3DD5F61F328270ULL);
  EXPECT_EQ(hash_of_weights(net("resnet50")), 0x14A2B3E39D920AADULL);
  EXPECT_EQ(hash_of_weights(net("ssd300")), 0x7CBB516B1C8D9EF6ULL);
  EXPECT_EQ(hash_of_weights(net("unet256")), 0x5D872F5C3B4CF27FULL);
}

TEST(Zoo, MakesTheSameTextEverywhere) {
  const auto graph = net("unet256", {.size = 32, .classes = 2});
  std::vector<Tensor> blobs;
  Hash hash;
  hash.add(as_bytes(to_text(graph, &blobs)));
  for (const auto& blob : blobs) hash.add(blob.bytes());
  EXPECT_EQ(hash.value(), 0x0722FF69A6BB94D4ULL) << to_text(graph);
}

TEST(Zoo, OtherSeedsGiveOtherWeightsOfTheSameNetwork) {
  const auto one = net("mobilenet_v2", {.seed = 1});
  const auto two = net("mobilenet_v2", {.seed = 2});
  EXPECT_NE(hash_of_weights(one), hash_of_weights(two));
  EXPECT_EQ(cost_of(one).macs, cost_of(two).macs);
}

// Weights without training could easily blow signals up or let them die on sixty layers.
TEST(Zoo, KeepsSignalsAlive) {
  for (const auto* model : networks()) {
    for (const std::uint64_t seed : {1, 2, 77}) {
      const auto graph = net(model->name, {.seed = seed, .size = 64});
      const Tensor inputs[] = {noise(graph.type(graph.inputs()[0]), seed)};
      double largest = 0;
      const auto outputs = interpret(graph, inputs, {.observe = [&](ValueId, const Tensor& value) {
                                       if (value.dtype() == DType::f32)
                                         largest = std::max(largest, deviation(value));
                                     }});
      ASSERT_TRUE(outputs) << model->name << ": " << outputs.error().message;
      EXPECT_LT(largest, 100) << model->name;
      for (const auto& output : *outputs) {
        EXPECT_GT(deviation(output), 0.01) << model->name << " seed " << seed;
        for (const float x : output.values<float>()) ASSERT_TRUE(std::isfinite(x)) << model->name;
      }
    }
  }
}

TEST(Zoo, TakesSizeClassesBatchAndLayout) {
  const auto graph = net("mobilenet_v2", {.size = 96, .classes = 10, .batch = 3});
  EXPECT_EQ(graph.type(graph.inputs()[0]).text(), "f32[3,3,96,96]");
  EXPECT_EQ(graph.type(graph.outputs()[0]).text(), "f32[3,10]");
  EXPECT_EQ(graph.recipe->layout, Layout::nchw);
  const auto last = net("unet256", {.size = 64, .layout = Layout::nhwc});
  EXPECT_EQ(last.type(last.inputs()[0]).text(), "f32[1,64,64,3]");
  EXPECT_EQ(last.type(last.outputs()[0]).text(), "f32[1,64,64,18]");
  EXPECT_EQ(last.recipe->layout, Layout::nhwc);
  const auto first = net("unet256", {.size = 64});
  EXPECT_EQ(first.type(first.outputs()[0]).text(), "f32[1,18,64,64]");
}

// The layout changes where the channels stand, nothing else.
TEST(Zoo, ComputesTheSameInBothLayouts) {
  const auto nchw = net("unet256", {.size = 32});
  const auto nhwc = net("unet256", {.size = 32, .layout = Layout::nhwc});
  const Tensor x = noise(nhwc.type(nhwc.inputs()[0]), 5);
  TensorBuilder turned(nchw.type(nchw.inputs()[0]));
  for (std::size_t i = 0; i < 32 * 32; ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      turned.values<float>()[c * 32 * 32 + i] = x.values<float>()[i * 3 + c];
  }
  const Tensor last[] = {x};
  const Tensor first[] = {std::move(turned).build()};
  const auto y = interpret(nhwc, last);
  const auto z = interpret(nchw, first);
  ASSERT_TRUE(y && z);
  for (std::size_t i = 0; i < 32 * 32; ++i) {
    for (std::size_t c = 0; c < 18; ++c) {
      ASSERT_EQ((*y)[0].values<float>()[i * 18 + c], (*z)[0].values<float>()[c * 32 * 32 + i]);
    }
  }
}

TEST(Zoo, RefusesWhatANetworkDoesNotHave) {
  const auto refusal = [](std::string_view name, const NetOptions& options) {
    const auto graph = made(name, options);
    return graph ? std::string() : graph.error().message;
  };
  EXPECT_EQ(refusal("unet256", {.size = 100}),
            "a size of 100; multiples of 8 from 32 to 4096 are possible");
  EXPECT_EQ(refusal("resnet50", {.size = 16}),
            "a size of 16; numbers from 32 to 4096 are possible");
  EXPECT_EQ(refusal("resnet50", {.size = 5000}),
            "a size of 5000; numbers from 32 to 4096 are possible");
  EXPECT_EQ(refusal("resnet50", {.classes = 1}), "1 classes; 2 to 100000 are possible");
  EXPECT_EQ(refusal("resnet50", {.batch = 0}), "a batch of 0; 1 to 4096 are possible");
  EXPECT_EQ(refusal("resnet50", {.raw_heads = true}),
            "this network has no post-processing to leave out");
  EXPECT_EQ(refusal("unet256", {.arch = "{}"}),
            "this network has one architecture, it takes no file with one");
  EXPECT_EQ(refusal("signs", {}), "signs is a trained model, it is as it is");
}

TEST(Zoo, KnowsWhereTheDetectorLooks) {
  const auto graph = net("ssd300");
  const Tensor* priors = nullptr;
  for (const auto& node : graph.nodes()) {
    if (node.outputs[0].name == "priors") priors = &node.op.as<Constant>()->value;
  }
  ASSERT_NE(priors, nullptr);
  EXPECT_EQ(priors->shape().text(), "[1,2,12000]");  // 6 of (19^2 + 10^2 + 5^2 + 3^2 + 2^2 + 1)
  const auto values = priors->values<float>();
  const float middle = 0.5F / 19;
  EXPECT_FLOAT_EQ(values[0], middle - 0.1F);
  EXPECT_FLOAT_EQ(values[3], middle + 0.1F);
  EXPECT_FLOAT_EQ(values[24], 3 * middle - 0.1F);  // one column further
  EXPECT_FLOAT_EQ(values[25], middle - 0.1F);
  EXPECT_FLOAT_EQ((values[8] + values[10]) / 2, middle);
  EXPECT_FLOAT_EQ(values[10] - values[8], 2 * (values[11] - values[9]));
  EXPECT_FLOAT_EQ(values[12000 - 24], 0.5F - 0.475F);  // the whole picture
  EXPECT_FLOAT_EQ(values[12000], 0.1F);
  EXPECT_FLOAT_EQ(values[23999], 0.2F);
}

TEST(Zoo, DetectsBoxesOfItsClasses) {
  const auto graph = net("ssd300", {.size = 64});
  const Tensor inputs[] = {noise(graph.type(graph.inputs()[0]), 3)};
  const auto outputs = interpret(graph, inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  const auto placement =
      place({.width = 64, .height = 64}, {.width = 64, .height = 64}, *graph.recipe);
  const auto boxes = detect(*outputs, *graph.recipe, placement);
  ASSERT_TRUE(boxes) << boxes.error().message;
  EXPECT_FALSE(boxes->empty());
  for (const auto& box : *boxes) EXPECT_THAT(box.label, testing::AnyOf("vehicle", "plate"));
}

TEST(Zoo, LeavesPostProcessingOut) {
  const auto graph = net("ssd300", {.raw_heads = true});
  ASSERT_EQ(graph.outputs().size(), 2U);
  EXPECT_EQ(graph.type(graph.outputs()[0]).text(), "f32[1,3000,4]");
  EXPECT_EQ(graph.type(graph.outputs()[1]).text(), "f32[1,3000,3]");
  EXPECT_EQ(graph.recipe->task, Task::none);
  EXPECT_EQ(cost_of(graph).macs, find_model("ssd300")->macs);
  EXPECT_EQ(parameters(graph), find_model("ssd300")->parameters - 24'000);  // the priors
}

// The smallest size must not be too small for any network.
TEST(Zoo, MakesTheSmallestSize) {
  for (const auto* model : networks()) {
    const std::int64_t size = model->name == "hgnet" ? 64 : 32;
    EXPECT_TRUE(made(model->name, {.size = size})) << model->name;
  }
}

TEST(Zoo, MakesTheLargestSize) {
  for (const auto* model : networks()) {
    const auto graph = made(model->name, {.size = 4096, .classes = 2, .batch = 16});
    EXPECT_TRUE(graph) << model->name << ": " << graph.error().message;
  }
}

}  // namespace
}  // namespace slipway::zoo
