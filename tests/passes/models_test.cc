// Real models before and after the passes, on a random input; and what is left of them.

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "formats/format.h"
#include "ir/interpret.h"
#include "oracle/oracle.h"
#include "passes/pipeline.h"

namespace slipway {
namespace {

struct Sample {
  const char* file;
  double most;             // that outputs may differ, as a share of their range
  std::size_t transposes;  // that are left: at the input, and at outputs that are pictures
};

// Integers are equal in every bit. Floats are summed in another order where BatchNormalization
// joined its convolution. Pairs of quantization become sums of integers: where a float sum lay next
// to the middle of two steps, a step is another one, and probabilities have few of them.
constexpr Sample kSamples[] = {
    {"onnx/FastestDet.onnx", 1e-4, 2},
    {"onnx/mnist.onnx", 1e-4, 1},
    {"onnx/mobilenet_v1_0.25_224_qdq.onnx", 0.2, 0},
    {"onnx/resnet8_cifar10.onnx", 1e-4, 0},
    {"onnx/samplenet.onnx", 1e-4, 1},
    {"onnx/squeezenet_v1.1.onnx", 1e-4, 1},
    {"onnx/ultraface_RFB-320.onnx", 1e-4, 1},
    {"openvino/SampLeNet.xml", 1e-4, 1},
    {"tflite/kws_float.tflite", 1e-4, 0},
    {"tflite/kws_int8.tflite", 0, 0},
    {"tflite/mobilenet_v1_0.25_224_quant.tflite", 0, 0},
    {"tflite/resnet8_cifar10_int8.tflite", 0, 0},
    {"tflite/ultraface_RFB-320.tflite", 1e-4, 0},
    {"tflite/vww_96_int8.tflite", 0, 0},
};

void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.file; }

class PassesOnModels : public testing::TestWithParam<Sample> {};

TEST_P(PassesOnModels, ComputeTheSameWithoutWhatNoKernelTakes) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto path = oracle::test_data() + "/models/" + GetParam().file;
  if (files.kind(path) == Files::Kind::absent) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  const auto before = read_model(files, path);
  ASSERT_TRUE(before) << before.error().message;
  Graph after = *before;
  const auto run = passes::run_pipeline(after);
  ASSERT_TRUE(run) << run.error().message;

  const auto count = [&](std::string_view name) {
    return std::ranges::count_if(after.nodes(),
                                 [&](const Node& node) { return node.op.name() == name; });
  };
  EXPECT_EQ(count("Transpose"), GetParam().transposes);
  for (const char* name : {"BatchNormalization", "Pad", "FakeQuantize", "ShapeOf", "Unsqueeze"})
    EXPECT_EQ(count(name), 0) << name;

  const auto inputs = oracle::random_inputs(*before, 1);
  const auto should = interpret(*before, inputs);
  const auto is = interpret(after, inputs);
  ASSERT_TRUE(should && is);
  for (std::size_t i = 0; i < is->size(); ++i) {
    const auto apart = oracle::apart((*is)[i], (*should)[i]);
    EXPECT_TRUE(apart.comparable);
    EXPECT_LE(apart.range_share, GetParam().most) << "output " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PassesOnModels, testing::ValuesIn(kSamples));

}  // namespace
}  // namespace slipway
