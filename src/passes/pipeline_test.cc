#include "passes/pipeline.h"

#include "passes/testing.h"

namespace slipway::passes {
namespace {

constexpr std::string_view kGraph = R"(
  x: f32[1,4,4,2] = Input
  a: f32[1,2,4,4] = Transpose(x) {perm=[0,3,1,2]}
  b: f32[1,2,4,4] = Relu(a)
  c: f32[1,4,4,2] = Transpose(b) {perm=[0,2,3,1]}
  y: f32[1,4,4,2] = Tanh(c)
  return y
)";

TEST(Pipeline, TellsOfEachPassWhatItDid) {
  Graph graph = graph_of(kGraph);
  FakeClock clock;
  std::vector<std::string_view> names;
  std::vector<std::string_view> changed;
  RunOptions options;
  options.clock = &clock;
  options.observe = [&](const PassRun& run, const Graph&) {
    names.push_back(run.name);
    if (run.changed) changed.push_back(run.name);
    EXPECT_EQ(run.ms, 0);
  };
  ASSERT_TRUE(run_pipeline(graph, options));
  EXPECT_EQ(names.size(), pipeline().size());
  EXPECT_EQ(changed, std::vector<std::string_view>{"sink_transposes"});
  EXPECT_EQ(ops_of(graph), "Relu Tanh");
}

TEST(Pipeline, PassesMayBeLeftOut) {
  Graph graph = graph_of(kGraph);
  ASSERT_TRUE(run_pipeline(graph, {.without = {"sink_transposes"}}));
  EXPECT_EQ(ops_of(graph), "Transpose Relu Transpose Tanh");
}

TEST(Pipeline, KnowsItsPasses) {
  Graph graph = graph_of(kGraph);
  const auto run = run_pipeline(graph, {.without = {"sink_transpose"}});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().message,
            "there is no pass 'sink_transpose'; the nearest is 'sink_transposes'");
}

}  // namespace
}  // namespace slipway::passes
