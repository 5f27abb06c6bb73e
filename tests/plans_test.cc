// Whole models as plans, against what the interpreter computes from the same input.

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/file.h"
#include "compile/compiler.h"
#include "compile/floats.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "ops/case.h"

namespace slipway {
namespace {

/// The folder with real models and pictures.
std::string test_data() {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  return given == nullptr ? "../shared" : given;
}

// Floats are quantized on the fly for weights of bytes, and the sums are integers: only the softmax
// at the end is not the same arithmetic.
TEST(Plans, RealModelsWithWeightsOfBytesAndFloats) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const std::string path = test_data() + "/models/tflite/kws_float.tflite";
  if (files.kind(path) == Files::Kind::absent) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  const auto graph = read_model(files, path);
  ASSERT_TRUE(graph) << graph.error().message;
  for (const auto isa : {kernels::Isa::portable, kernels::Isa::avx2, kernels::Isa::bf16_512}) {
    if (!kernels::runs_here(isa)) continue;
    SCOPED_TRACE(kernels::name_of(isa));
    const auto planned = compile::plan(*graph, {.isa = isa});
    ASSERT_TRUE(planned) << planned.error().message;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const std::vector<Tensor> inputs = {random_tensor(graph->type(graph->inputs()[0]), seed)};
      const auto should = interpret(*graph, inputs);
      ASSERT_TRUE(should) << should.error().message;
      const auto is = compile::outputs_of(planned->graph, planned->plan, inputs);
      EXPECT_EQ(difference(is[0], (*should)[0], 1e-6), "");
    }
  }
}

}  // namespace
}  // namespace slipway
