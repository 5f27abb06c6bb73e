// ONNX models against what independent peers computed: stored outputs, and ONNX Runtime live.

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "oracle/oracle.h"
#include "tensor/files.h"

namespace slipway {
namespace {

const char* const kModels[] = {
    "FastestDet", "mnist",           "mobilenet_v1_0.25_224", "mobilenet_v1_0.25_224_qdq",
    "samplenet",  "resnet8_cifar10", "squeezenet_v1.1",       "ultraface_RFB-320"};

std::string words_of(const Error& error) {
  std::string words = error.message;
  for (const auto& line : error.trail) words += " / " + line;
  return words;
}

/// Floats within 1e-4 of the range: sums are taken in another order. Integers within one step on
/// 99.9 % of the elements: the peer rounds floats to integers between its layers as we do, but may
/// sum them in another order.
void expect_near(const Tensor& is, const Tensor& should) {
  const auto difference = oracle::apart(is, should);
  ASSERT_TRUE(difference.comparable) << is.type().text() << " instead of " << should.type().text();
  if (is_float(is.dtype())) {
    EXPECT_LE(difference.range_share, 1e-4);
  } else {
    EXPECT_GE(difference.within_one, 0.999);
  }
}

class OnnxModel : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    path_ = fmt::format("{}/models/onnx/{}.onnx", oracle::test_data(), GetParam());
    if (files_.kind(path_) == Files::Kind::absent)
      GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
    auto graph = read_model(files_, path_);
    ASSERT_TRUE(graph) << words_of(graph.error());
    graph_ = std::move(graph).value();
  }

  SystemEntropy entropy_;
  SystemFiles files_{entropy_};
  std::string path_;
  Graph graph_;
};

TEST_P(OnnxModel, ReproducesTheStoredOutputs) {
  const auto folder = fmt::format("{}/reference/onnx/{}", oracle::test_data(), GetParam());
  const auto input = from_npy(*files_.read(folder + "/input.npy"));
  ASSERT_TRUE(input);
  const Tensor inputs[] = {*input};
  const auto outputs = interpret(graph_, inputs);
  ASSERT_TRUE(outputs) << words_of(outputs.error());
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    const auto bytes = files_.read(fmt::format("{}/output_{}.bin", folder, i));
    ASSERT_TRUE(bytes);
    const auto should = Tensor::make((*outputs)[i].type(), *bytes);
    ASSERT_TRUE(should) << should.error().message;
    expect_near((*outputs)[i], *should);
  }
}

TEST_P(OnnxModel, AgreesWithOnnxRuntime) {
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: ./dev peers makes them";
  constexpr std::uint64_t kInputs = 3;  // ./dev bench onnx_models takes 20
  std::vector<oracle::Question> questions;
  for (std::uint64_t seed = 0; seed < kInputs; ++seed) {
    questions.push_back({GetParam(), seed == 0 ? *files_.read(path_) : Bytes(),
                         oracle::random_inputs(graph_, seed + 1)});
  }
  const auto answers = oracle::ask(oracle::kOnnxRuntime, questions);
  for (std::size_t k = 0; k < questions.size(); ++k) {
    ASSERT_EQ(answers[k].error, "");
    const auto outputs = interpret(graph_, questions[k].inputs);
    ASSERT_TRUE(outputs) << words_of(outputs.error());
    ASSERT_EQ(outputs->size(), answers[k].outputs.size());
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      SCOPED_TRACE(fmt::format("input {}, output {}", k, i));
      expect_near((*outputs)[i], answers[k].outputs[i]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, OnnxModel, testing::ValuesIn(kModels), [](const auto& test) {
  std::string name = test.param;
  for (auto& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});

}  // namespace
}  // namespace slipway
