// Whole models against what independent peers computed from the same input.

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "tensor/files.h"

namespace slipway {
namespace {

/// The folder with real models and pictures, or "" where there is none.
std::string test_data() {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  return given == nullptr ? "../shared" : given;
}

class StoredReference : public testing::TestWithParam<const char*> {};

// Integer models must agree in every bit, float ones within 1e-4 of the output's range: sums are
// taken in another order.
TEST_P(StoredReference, IsReproduced) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const std::string model = fmt::format("{}/models/tflite/{}.tflite", test_data(), GetParam());
  const std::string folder = fmt::format("{}/reference/tflite/{}", test_data(), GetParam());
  if (files.kind(model) == Files::Kind::absent) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";

  auto graph = read_model(files, model);
  ASSERT_TRUE(graph) << graph.error().message << " / "
                     << (graph.error().trail.empty() ? "" : graph.error().trail[0]);
  const auto input = from_npy(*files.read(folder + "/input.npy"));
  ASSERT_TRUE(input);
  const Tensor inputs[] = {*input};
  const auto outputs = interpret(*graph, inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;

  for (std::size_t i = 0; i < outputs->size(); ++i) {
    const auto expected = from_npy(*files.read(fmt::format("{}/output_{}.npy", folder, i)));
    ASSERT_TRUE(expected);
    const auto& is = (*outputs)[i];
    ASSERT_EQ(is.dtype(), expected->dtype());
    ASSERT_EQ(is.shape(), expected->shape());
    const auto a = to_doubles(is);
    const auto b = to_doubles(*expected);
    double range = 0;
    for (const double x : b) range = std::max(range, std::abs(x));
    const double tolerance = is_float(is.dtype()) ? 1e-4 * range : 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
      ASSERT_NEAR(a[k], b[k], tolerance) << "output " << i << ", element " << k;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tflite, StoredReference,
                         testing::Values("coco_ssd_mobilenet_v1_quant", "deeplabv3_257_float",
                                         "kws_float", "kws_int8", "mobilenet_v1_0.25_224_float",
                                         "mobilenet_v1_0.25_224_quant",
                                         "mobilenet_v2_1.0_224_quant", "resnet8_cifar10_float",
                                         "resnet8_cifar10_int8", "ultraface_RFB-320",
                                         "vww_96_int8"));

}  // namespace
}  // namespace slipway
