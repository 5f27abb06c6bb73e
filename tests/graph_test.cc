// Graphs as a whole: text and back, the verifier, the rewriter, the interpreter's limits, and
// chains that are far longer than any network.

#include <cstdlib>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "ir/rewrite.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/elementwise/binary.h"
#include "ops/list.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "ops/shape/squeeze.h"

namespace slipway {
namespace {

TensorType floats(Shape shape) { return {DType::f32, std::move(shape), {}}; }

/// x -> Add(x, x) -> Mul(., x), with the Mul as the output.
Graph small_graph() {
  Graph graph;
  const auto x = graph.add_input("x", floats({2}));
  const auto sum = graph.add(ops::Add{}, {x, x}, "sum");
  const auto product = graph.add(ops::Mul{}, {*sum, x}, "product");
  graph.set_outputs({*product});
  return graph;
}

void expect_survives(const Graph& graph) {
  std::vector<Tensor> blobs;
  const auto text = to_text(graph, &blobs);
  const auto parsed = parse_graph(text, all_ops(), blobs);
  ASSERT_TRUE(parsed) << parsed.error().message << "\n" << text.substr(0, 2000);
  EXPECT_EQ(to_text(*parsed), to_text(graph));
  EXPECT_TRUE(*parsed == graph);
}

class ModelText : public testing::TestWithParam<const char*> {};

TEST_P(ModelText, ReadsBackAsItWas) {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  const std::string path =
      fmt::format("{}/models/tflite/{}.tflite", given == nullptr ? "../shared" : given, GetParam());
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  if (files.kind(path) == Files::Kind::absent) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  const auto graph = read_model(files, path);
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_TRUE(verify(*graph));
  expect_survives(*graph);
}

INSTANTIATE_TEST_SUITE_P(Tflite, ModelText,
                         testing::Values("coco_ssd_mobilenet_v1_quant", "deeplabv3_257_float",
                                         "kws_int8", "ultraface_RFB-320", "vww_96_int8"));

// ---- The verifier -----------------------------------------------------------------------------

void expect_broken(const Graph& graph, std::string_view words) {
  const auto valid = verify(graph);
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().code, Code::invalid_input);
  EXPECT_NE(valid.error().message.find(words), std::string::npos) << valid.error().message;
}

TEST(Verify, AcceptsAGoodGraph) { EXPECT_TRUE(verify(small_graph())); }

TEST(Verify, FindsAUserBeforeItsInput) {
  auto graph = small_graph();
  graph.set_input({1}, 0, {2});
  expect_broken(graph, "does not stand before");
}

TEST(Verify, FindsASlotThatIsNotThere) {
  auto graph = small_graph();
  graph.set_input({1}, 0, {0, 1});
  expect_broken(graph, "does not stand before");
}

TEST(Verify, FindsTwoOfOneName) {
  auto graph = small_graph();
  graph.set_output({2}, {"sum", floats({2})});
  expect_broken(graph, "two values are named 'sum'");
}

TEST(Verify, FindsATypeThatTheOpDoesNotGive) {
  auto graph = small_graph();
  graph.set_output({2}, {"product", floats({3})});
  expect_broken(graph, "its op gives f32[2]");
}

TEST(Verify, FindsAScaleThatDoesNotFit) {
  auto graph = small_graph();
  auto type = floats({2});
  type.quant = Quantization{{1, 2, 3}, {0, 0, 0}, 0};
  graph.set_output({2}, {"product", type});
  expect_broken(graph, "3 scales along axis 0");
}

TEST(Verify, FindsOutputsThatAreNotThere) {
  auto graph = small_graph();
  graph.set_outputs({{7}});
  expect_broken(graph, "does not stand before");
  graph.set_outputs({});
  expect_broken(graph, "no output");
}

TEST(Verify, FindsAnInputTheOpDoesNotTake) {
  auto graph = small_graph();
  graph.replace_op({1}, ops::Unpack{.axis = 0, .count = 2});
  EXPECT_FALSE(verify(graph));
}

// ---- The rewriter -----------------------------------------------------------------------------

TEST(Rewriter, LeavesAnUntouchedGraphAsItWas) {
  auto graph = small_graph();
  ASSERT_TRUE(Rewriter(graph).finish());
  EXPECT_TRUE(graph == small_graph());
}

TEST(Rewriter, DropsWhatNoOutputNeedsButKeepsInputs) {
  auto graph = small_graph();
  graph.add_input("unused", floats({1}));
  Rewriter rewriter(graph);
  rewriter.replace_uses({1}, {0});
  ASSERT_TRUE(rewriter.finish());
  ASSERT_TRUE(verify(graph));
  EXPECT_EQ(graph.nodes().size(), 3U);
  EXPECT_EQ(graph.inputs().size(), 2U);
  EXPECT_EQ(to_text(graph).find("sum"), std::string::npos);
}

TEST(Rewriter, PutsANewNodeBeforeItsUsers) {
  auto graph = small_graph();
  Rewriter rewriter(graph);
  const auto reversed = rewriter.add(ops::Reverse{{0}}, {{1}}, "reversed");
  ASSERT_TRUE(reversed);
  rewriter.replace_uses({1}, *reversed);
  ASSERT_TRUE(rewriter.finish());
  ASSERT_TRUE(verify(graph));
  EXPECT_EQ(graph.nodes()[2].outputs[0].name, "reversed");
}

TEST(Rewriter, RefusesACycle) {
  auto graph = small_graph();
  graph.set_input({1}, 0, {2});
  EXPECT_FALSE(Rewriter(graph).finish());
}

// ---- The interpreter --------------------------------------------------------------------------

TEST(Interpret, RefusesMoreMemoryThanAllowed) {
  const auto text = "x: f32[1024,1024] = Input\ny: f32[1024,1024] = Add(x, x)\nreturn y";
  const auto graph = parse_graph(text, all_ops());
  ASSERT_TRUE(graph);
  const Tensor inputs[] = {std::move(TensorBuilder(floats({1024, 1024}))).build()};
  const auto small = interpret(*graph, inputs, {.max_bytes = 6 << 20});
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code, Code::unsupported);
  EXPECT_TRUE(interpret(*graph, inputs, {.max_bytes = 9 << 20}));
}

TEST(Interpret, RefusesDataThatContradictsTheGraph) {
  const auto text = "n: i32[1] = Input\nv: f32[] = Input\ny: f32[2] = Fill(n, v)\nreturn y";
  const auto graph = parse_graph(text, all_ops());
  ASSERT_TRUE(graph) << graph.error().message;
  const Tensor value = Tensor::of<float>({}, {1});
  const Tensor good[] = {Tensor::of<std::int32_t>({1}, {2}), value};
  EXPECT_TRUE(interpret(*graph, good));
  const Tensor bad[] = {Tensor::of<std::int32_t>({1}, {3}), value};
  const auto refused = interpret(*graph, bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_input);
}

// ---- A hundred thousand nodes, all asking for one name ------------------------------------------

TEST(LongChain, IsHandledInTimeThatGrowsWithItsLength) {
  constexpr int kNodes = 100'000;
  Graph graph;
  auto at = graph.add_input("x", floats({1, 2}));
  const auto shape = graph.add_constant("shape", Tensor::of<std::int32_t>({2}, {2, 1}));
  for (int i = 0; i < kNodes; ++i) {
    auto next = i % 2 == 0 ? graph.add(ops::Reshape{}, {at, shape}, "y")
                           : graph.add(ops::Sub{}, {at, at}, "y");
    ASSERT_TRUE(next);
    at = *next;
  }
  graph.set_outputs({at});
  ASSERT_TRUE(verify(graph));
  expect_survives(graph);
  const Tensor inputs[] = {Tensor::of<float>({1, 2}, {1, 2})};
  ASSERT_TRUE(interpret(graph, inputs));
  ASSERT_TRUE(Rewriter(graph).finish());
  EXPECT_EQ(graph.nodes().size(), std::size_t{kNodes} + 2);
}

// ---- Random graphs ----------------------------------------------------------------------------

/// A node on random earlier values of a [2, 3] world.
Result<ValueId> random_node(Graph& graph, Random& random, const std::vector<ValueId>& values) {
  const auto any = [&] {
    return values[static_cast<std::size_t>(
        random.integer(0, static_cast<std::int64_t>(values.size()) - 1))];
  };
  const std::string names[] = {"y", "a b", "", "q\"uote", "ümlaut", "1"};
  const auto name = names[random.integer(0, 5)];
  switch (random.integer(0, 4)) {
    case 0:
      return graph.add(ops::Add{.activation = Activation::relu6}, {any(), any()}, name);
    case 1:
      return graph.add(ops::Reverse{{random.integer(-2, 1)}}, {any()}, name);
    case 2: {
      const auto parts = SLIPWAY_TRY(graph.add_all(ops::Split{0, 2}, {any()}, name));
      return graph.add(ops::Concat{0}, {parts[1], parts[0]}, name);
    }
    case 3: {
      TensorBuilder numbers(floats({2, 3}));
      for (auto& x : numbers.values<float>()) x = random.real(-1e9F, 1e9F);
      return graph.add_constant(name, std::move(numbers).build());
    }
    default: {
      const auto more = SLIPWAY_TRY(graph.add(ops::Unsqueeze{{0}}, {any()}, name));
      return graph.add(ops::Squeeze{{0}}, {more}, name);
    }
  }
}

RC_GTEST_PROP(GraphText, ReadsBackAsItWas, (std::uint64_t seed)) {
  Random random(seed);
  Graph graph;
  graph.name = "g \"1\"";
  graph.metadata["key"] = "line\nbreak";
  graph.metadata["{a key, in \"quotes\""] = "{}";
  std::vector<ValueId> values = {graph.add_input("x", floats({2, 3}))};
  for (auto left = random.integer(0, 12); left > 0; --left) {
    const auto added = random_node(graph, random, values);
    RC_ASSERT(static_cast<bool>(added));
    values.push_back(*added);
  }
  graph.set_outputs({values.back(), values.front()});
  std::vector<Tensor> blobs;
  const auto text = to_text(graph, &blobs);
  const auto parsed = parse_graph(text, all_ops(), blobs);
  if (!parsed) RC_FAIL(parsed.error().message + "\n" + text);
  RC_ASSERT(*parsed == graph);
  RC_ASSERT(to_text(*parsed) == to_text(graph));
}

}  // namespace
}  // namespace slipway
