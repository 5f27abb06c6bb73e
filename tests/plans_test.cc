// Whole models as plans, against what the interpreter computes from the same input.

#include <cmath>
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "base/file.h"
#include "compile/compiler.h"
#include "compile/floats.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "ops/testing.h"

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

TEST(Plans, GroupsOfBytesJoinASum) {
  const auto graph = graph_of(R"(
    x: u8[1,3,4,4] q(0.02, 120) = Input
    w: i8[1,1,2,4] q(0.01, 0) = Constant [11,-20,33,-44,55,-66,77,-88]
    p: u8[1,3,4,4] q(0.03, 110) = Conv(x, w) {group=2}
    y: u8[1,3,4,4] q(0.04, 100) = Add(p, x)
    return y
  )");
  const auto inputs = inputs_for(graph, 1);
  const auto should = interpret(graph, inputs);
  ASSERT_TRUE(should) << should.error().message;
  for (const auto isa : {kernels::Isa::portable, kernels::Isa::avx2, kernels::Isa::vnni512}) {
    if (!kernels::runs_here(isa)) continue;
    const auto planned = compile::plan(graph, {.isa = isa});
    ASSERT_TRUE(planned) << planned.error().message;
    EXPECT_NE(planned->plan.notes.back().words.find(", added"), std::string::npos);
    EXPECT_EQ(compile::outputs_of(planned->graph, planned->plan, inputs)[0], (*should)[0]);
  }
}

/// Ops that no kernel takes as they are, or not in these numbers: passes make others of them.
TEST(Plans, TakeOpsThatPassesRewrite) {
  const std::map<std::string_view, int> least = {{"Conv", 13},
                                                 {"ConvTranspose", 4},
                                                 {"FullyConnected", 4},
                                                 {"GroupNormalization", 2},
                                                 {"L2Normalization", 1},
                                                 {"LayerNormalization", 2},
                                                 {"LocalResponseNormalization", 1}};
  std::map<std::string_view, int> taken;
  std::string refusals;
  for (const auto& list : all_cases()) {
    for (const auto& test : list.make()) {
      const auto op = least.find(test.op.name());
      if (op == least.end() || !test.refuses.empty()) continue;
      SCOPED_TRACE(fmt::format("{}: {}", test.op.name(), test.name));
      const auto graph = to_graph(test);
      ASSERT_TRUE(graph);
      const auto planned = compile::plan(*graph, {.isa = kernels::Isa::portable});
      if (!planned) {
        refusals += fmt::format("{}: {}: {}\n", op->first, test.name, planned.error().message);
        continue;
      }
      ++taken[op->first];
      const auto should = expected_outputs(test, *graph);
      ASSERT_TRUE(should);
      const auto is = compile::outputs_of(planned->graph, planned->plan, run_time_inputs(test));
      for (std::size_t i = 0; i < is.size(); ++i)
        EXPECT_EQ(difference(is[i], (*should)[i], test.tolerance * 10), "");
    }
  }
  for (const auto& [op, count] : least) EXPECT_GE(taken[op], count) << op << "\n" << refusals;
}

}  // namespace
}  // namespace slipway
