// The networks that we make, in ONNX Runtime: it reads what we write, and computes what we compute.

#include <gmock/gmock.h>

#include "formats/format.h"
#include "ir/interpret.h"
#include "oracle/oracle.h"
#include "zoo/list.h"

namespace slipway {
namespace {

const Format& onnx() {
  for (const auto& format : all_formats()) {
    if (format.extension == "onnx") return format;
  }
  SLIPWAY_CHECK(false);
  std::abort();
}

struct Case {
  std::string_view name;
  zoo::NetOptions options;
};

TEST(MadeNetworks, AgreeWithOnnxRuntime) {
  if (!oracle::peers_python()) GTEST_SKIP() << "needs other people's tools: ./dev peers";
  // Small pictures: the reference interpreter takes its time.
  const Case cases[] = {
      {"fbnetc_100", {.size = 96}},
      {"hgnet", {.size = 64}},
      {"mobilenet_v2", {.seed = 9, .size = 96, .batch = 2}},
      {"mobilenet_v2", {.size = 65, .layout = Layout::nhwc}},
      {"resnet50", {.size = 64}},
      {"ssd300", {.size = 96}},
      {"ssd300", {.size = 96, .raw_heads = true}},
      {"unet256", {.size = 64}},
      {"unet256", {.size = 32, .classes = 5, .layout = Layout::nhwc}},
  };
  std::vector<oracle::Question> questions;
  std::vector<std::vector<Tensor>> ours;
  for (const auto& [name, options] : cases) {
    const auto graph = zoo::make(*zoo::find_model(name), options);
    ASSERT_TRUE(graph) << name << ": " << graph.error().message;
    auto bytes = onnx().write(*graph);
    ASSERT_TRUE(bytes) << name << ": " << bytes.error().message;
    auto inputs = oracle::random_inputs(*graph, 5);
    auto outputs = interpret(*graph, inputs);
    ASSERT_TRUE(outputs) << name << ": " << outputs.error().message;
    ours.push_back(*std::move(outputs));
    questions.push_back(
        {.name = std::string(name), .model = *std::move(bytes), .inputs = std::move(inputs)});
  }
  const auto answers = oracle::ask(oracle::kOnnxRuntime, questions);
  ASSERT_EQ(answers.size(), questions.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& name = questions[i].name;
    ASSERT_EQ(answers[i].error, "") << name;
    ASSERT_EQ(answers[i].outputs.size(), ours[i].size()) << name;
    if (ours[i].size() == 1 && ours[i][0].shape().back(0) == 7) {
      EXPECT_EQ(to_doubles(ours[i][0])[0], 0)
          << name << " saw nothing, so that nothing is compared";
    }
    for (std::size_t k = 0; k < ours[i].size(); ++k) {
      const auto apart = oracle::apart(ours[i][k], answers[i].outputs[k]);
      EXPECT_TRUE(apart.comparable) << name;
      EXPECT_LT(apart.range_share, 1e-4) << name << " output " << k;
    }
  }
}

}  // namespace
}  // namespace slipway
