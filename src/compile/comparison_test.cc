#include "compile/comparison.h"

#include <fmt/core.h>

#include "compile/probe.h"
#include "compile/testing.h"
#include "ir/interpret.h"
#include "ops/testing.h"
#include "passes/pipeline.h"
#include "quant/partners.h"

namespace slipway::compile {
namespace {

Graph net() {
  return with_random(graph_of(R"(
    x: f32[1,12,12,3] = Input
    w1: f32[3,3,3,8] = Constant
    b1: f32[8] = Constant
    c1: f32[1,12,12,8] = Conv(x, w1, b1) {padding=same_upper, activation=relu}
    w2: f32[3,3,1,8] = Constant
    c2: f32[1,12,12,8] = Conv(c1, w2) {padding=same_upper, group=8, activation=relu}
    w3: f32[1,1,8,8] = Constant
    c3: f32[1,12,12,8] = Conv(c2, w3)
    a: f32[1,12,12,8] = Add(c3, c1) {activation=relu}
    m: f32[1,8] = ReduceMean(a) {axes=[1,2]}
    w4: f32[8,7] = Constant
    d: f32[1,7] = FullyConnected(m, w4)
    y: f32[1,7] = Softmax(d)
    return y
  )"),
                     {"w1", "b1", "w2", "w3", "w4"});
}

Graph quantized(const Graph& graph, QuantizeOptions options = {}) {
  auto out = quantize(graph, pictures(graph, 8), options);
  EXPECT_TRUE(out) << out.error().message;
  return out->graph;
}

Comparison compared(const Graph& a, const Graph& b, const Pictures& given,
                    const ComparisonOptions& options = {}) {
  auto out = compare_networks(a, b, given, options);
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

std::vector<std::string> names_of(const Comparison& found) {
  std::vector<std::string> out;
  for (const auto& layer : found.layers) out.push_back(layer.name);
  return out;
}

TEST(Comparison, FindsEveryLayerInWhatQuantizingMade) {
  const auto graph = net();
  const auto found = compared(graph, quantized(graph, {.equalize = false}), pictures(graph, 6));
  EXPECT_EQ(names_of(found), (std::vector<std::string>{"c1", "c2", "c3", "a", "m", "d", "y"}));
  EXPECT_TRUE(found.only_a.empty());
  EXPECT_TRUE(found.only_b.empty());
  for (const auto& layer : found.layers) {
    EXPECT_GT(layer.values.quality().sqnr_db(), 20) << layer.name;
    EXPECT_LT(layer.values.quality().sqnr_db(), 100) << layer.name;
    EXPECT_EQ(layer.values.quality().pictures(), 6) << layer.name;
    EXPECT_TRUE(layer.values.scales().empty()) << layer.name;
    // The last layer multiplies bytes and gives floats.
    const bool is_last = layer.name == "d" || layer.name == "y";
    EXPECT_EQ(layer.type.dtype, is_last ? DType::f32 : DType::u8) << layer.name;
  }
  EXPECT_TRUE(found.layers[0].weights);
  EXPECT_TRUE(found.layers[0].other_weights);
  ASSERT_TRUE(found.agreement);
  EXPECT_EQ(found.agreement->classes, 7U);
  EXPECT_GE(found.agreement->among, found.agreement->first);
}

TEST(Comparison, OfANetworkWithItselfFindsNothing) {
  const auto graph = net();
  const auto found = compared(graph, graph, pictures(graph, 3));
  EXPECT_EQ(found.layers.size(), 7U);
  for (const auto& layer : found.layers)
    EXPECT_EQ(layer.values.quality().largest_error(), 0) << layer.name;
  EXPECT_EQ(found.outputs[0].values.equal(), 1);
  EXPECT_EQ(found.agreement->first, 3);
}

TEST(Comparison, TakesEqualizedChannelsForWhatTheyStandFor) {
  // One channel is a thousand times smaller than its neighbours: equalizing brings it to their
  // size.
  auto graph = with_random(graph_of(R"(
    x: f32[1,8,8,4] = Input
    w1: f32[1,1,4,4] = Constant
    c1: f32[1,8,8,4] = Conv(x, w1) {activation=relu}
    w2: f32[1,1,4,4] = Constant
    c2: f32[1,8,8,4] = Conv(c1, w2)
    w3: f32[1,1,4,4] = Constant
    c3: f32[1,8,8,4] = Conv(c2, w3)
    return c3
  )"),
                           {"w1", "w2", "w3"});
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    const auto name = graph.value({n, 0}).name;
    if (name != "w1" && name != "w2") continue;
    const auto& old = *graph.known({n, 0});
    TensorBuilder builder(old.type());
    const auto to = builder.values<float>();
    for (std::size_t i = 0; i < to.size(); ++i) {
      const bool small = name == "w1" ? i % 4 == 0 : i / 4 == 0;
      to[i] = old.values<float>()[i] * (small ? (name == "w1" ? 1e-3F : 1e3F) : 1);
    }
    const auto made = std::move(builder).build();
    graph.replace_op({n, 0}, Constant{made});
    graph.set_output({n, 0}, {name, made.type(), made});
  }
  const auto found = compared(graph, quantized(graph), pictures(graph, 8));
  ASSERT_EQ(found.layers.size(), 3U);
  EXPECT_FALSE(found.layers[0].values.scales().empty());
  EXPECT_GT(found.layers[0].values.quality().sqnr_db(), 25);
  // An output is what it is.
  EXPECT_TRUE(found.outputs[0].values.scales().empty());
  EXPECT_TRUE(found.layers[2].values.scales().empty());
}

TEST(Comparison, IntegersInsideAreThoseOfTheInterpreter) {
  const auto graph = net();
  auto made = quantized(graph);
  ASSERT_TRUE(passes::run_pipeline(made));
  std::vector<ValueId> values;
  for (std::int32_t n = 0; n < std::ssize(made.nodes()); ++n)
    if (made.type({n, 0}).quant && !made.known({n, 0})) values.push_back({n, 0});
  ASSERT_GE(values.size(), 6U);
  auto probe = Probe::make(made, values, {});
  ASSERT_TRUE(probe) << probe.error().message;
  ASSERT_FALSE(probe->why_slow()) << *probe->why_slow();
  auto slow = Probe::make(made, values, {.interpret = true});
  ASSERT_TRUE(slow);
  const auto inputs = inputs_for(graph, 7);
  const auto is = probe->run(inputs);
  const auto should = slow->run(inputs);
  ASSERT_TRUE(is);
  ASSERT_TRUE(should);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_TRUE((*is)[i] == (*should)[i]) << made.value(values[i]).name;
}

TEST(Comparison, LeavesBrokenPicturesOutAndNamesTheWorst) {
  const auto graph = net();
  auto given = pictures(graph, 6, {0, 3});
  std::vector<std::size_t> lost;
  given.lost = [&](std::size_t i, const Error&) { lost.push_back(i); };
  std::vector<std::size_t> seen;
  ComparisonOptions options;
  options.seen = [&](std::size_t i, const Tensor&, const Tensor&) -> Result<void> {
    seen.push_back(i);
    return {};
  };
  const auto found = compared(graph, quantized(graph), given, options);
  EXPECT_EQ(lost, (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2, 4, 5}));
  EXPECT_EQ(found.used, seen);
  EXPECT_EQ(found.lost.at(3), "picture 3 is broken");
  EXPECT_EQ(found.outputs[0].values.quality().pictures(), 4);
}

TEST(Comparison, RefusesWhatCannotBeCompared) {
  const auto graph = net();
  const auto all_broken = compare_networks(graph, graph, pictures(graph, 2, {0, 1}), {});
  ASSERT_FALSE(all_broken);
  EXPECT_EQ(all_broken.error().message, "picture 0 is broken");

  const auto other = with_random(graph_of(R"(
    x: f32[1,12,12,3] = Input
    w: f32[3,3,3,8] = Constant
    c: f32[1,12,12,8] = Conv(x, w) {padding=same_upper}
    return c
  )"),
                                 {"w"});
  const auto outputs = compare_networks(graph, other, pictures(graph, 2), {});
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().message,
            "output 0 is 'y' [1,7] in the first network and 'c' [1,12,12,8] in the second one");
}

TEST(Comparison, OutputsThatAreNoFloatsAreCompared) {
  const auto graph_with = [](std::string_view op) {
    return graph_of(fmt::format(R"(
    x: f32[1,6] = Input
    y: i64[1,1] = {}(x) {{axis=1, keep_dims=true}}
    return y
  )",
                                op));
  };
  const auto largest = graph_with("ArgMax");
  const auto found = compared(largest, graph_with("ArgMin"), pictures(largest, 4));
  EXPECT_EQ(found.outputs[0].values.equal(), 0);
  EXPECT_EQ(compared(largest, largest, pictures(largest, 4)).outputs[0].values.equal(), 1);
  EXPECT_FALSE(found.agreement);
}

TEST(Comparison, OutputsOfTwoSizesAreRefused) {
  const auto graph = graph_of(R"(
    x: f32[1,6] = Input
    n: i64[2,?] = NonZero(x)
    return n
  )");
  const auto other = graph_of(R"(
    x: f32[1,6] = Input
    r: f32[1,6] = Relu(x)
    n: i64[2,?] = NonZero(r)
    return n
  )");
  const auto found = compare_networks(graph, other, pictures(graph, 2), {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::unsupported) << found.error().message;
}

TEST(Comparison, StopsBetweenPictures) {
  const auto graph = net();
  int asked = 0;
  ComparisonOptions options;
  options.stop = [&] { return ++asked == 3; };
  const auto found = compare_networks(graph, graph, pictures(graph, 9), options);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::cancelled);
  EXPECT_EQ(asked, 3);
}

TEST(Comparison, CountsLayersThatOneSideHasAlone) {
  const auto graph = net();
  auto other = graph;
  for (std::int32_t n = 0; n < std::ssize(other.nodes()); ++n)
    if (other.value({n, 0}).name == "c3") other.set_name({n, 0}, "another");
  const auto found = compared(graph, other, pictures(graph, 2));
  EXPECT_EQ(found.layers.size(), 6U);
  EXPECT_EQ(found.only_a, (std::vector<std::string>{"c3"}));
  EXPECT_EQ(found.only_b, (std::vector<std::string>{"another"}));
}

TEST(Comparison, InFloatsTheSecondNetworkIsItsOwnReference) {
  const auto graph = net();
  const auto made = quantized(graph);
  const auto floats = for_target(made, Target::interpreter);
  ASSERT_TRUE(floats) << floats.error().message;
  for (const auto& node : floats->nodes()) {
    const bool layer = node.op.name() == "Conv" || node.op.name() == "FullyConnected";
    if (layer) EXPECT_EQ(node.outputs[0].type.dtype, DType::f32) << node.outputs[0].name;
  }
  // Integers and floats round to one step, but where a sum lies next to the middle of two.
  const auto inputs = inputs_for(graph, 3);
  const auto is = interpret(*floats, inputs);
  const auto should = interpret(made, inputs);
  ASSERT_TRUE(is) << is.error().message;
  ASSERT_TRUE(should);
  for (std::size_t i = 0; i < 7; ++i)
    EXPECT_NEAR((*is)[0].values<float>()[i], (*should)[0].values<float>()[i], 0.02);
  const auto found = compared(graph, made, pictures(graph, 3), {.target = Target::interpreter});
  EXPECT_EQ(found.layers.size(), 7U);
}

TEST(Targets, OperatorsOnIntegersComputeInFloatsBetweenTheirSteps) {
  const auto graph = with_random(graph_of(R"(
    x: u8[1,4,4,3] q(0.02, 128) = Input
    w: i8[3,3,3,4] q(0.01, 0) = Constant
    b: i32[4] = Constant [500,-500,0,2000]
    c: u8[1,4,4,4] q(0.05, 100) = Conv(x, w, b) {padding=same_upper, activation=relu}
    return c
  )"),
                                 {"w"});
  std::vector<std::string> kept;
  const auto floats = float_reference(graph, &kept);
  ASSERT_TRUE(floats) << floats.error().message;
  EXPECT_TRUE(kept.empty());
  EXPECT_NE(ops_of(*floats).find("Dequantize Conv Quantize"), std::string::npos) << ops_of(*floats);
  const auto inputs = inputs_for(graph, 3);
  const auto is = interpret(*floats, inputs);
  const auto should = interpret(graph, inputs);
  ASSERT_TRUE(is);
  ASSERT_TRUE(should);
  ASSERT_EQ((*is)[0].type(), (*should)[0].type());
  for (std::size_t i = 0; i < 64; ++i)
    EXPECT_NEAR((*is)[0].values<std::uint8_t>()[i], (*should)[0].values<std::uint8_t>()[i], 1);
}

TEST(Comparison, LikeliestIsTheFirstOfEquals) {
  EXPECT_EQ(likeliest(std::vector{1.0F, 3.0F, 3.0F, 2.0F}, 3), (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(likeliest(std::vector{std::nanf(""), 0.0F}, 5), (std::vector<std::size_t>{1, 0}));
}

}  // namespace
}  // namespace slipway::compile
