// What becomes of a graph: which values are bytes, what is written around them, and that floats are
// left as they were.

#include <algorithm>
#include <cmath>

#include "ir/interpret.h"
#include "ir/verify.h"
#include "ops/case.h"
#include "ops/testing.h"
#include "quant/correct.h"
#include "quant/equalize.h"
#include "quant/histogram.h"
#include "quant/insert.h"
#include "quant/points.h"
#include "quant/range.h"
#include "quant/testing.h"

namespace slipway::quant {
namespace {

constexpr auto kNet = R"(
  x: f32[1,8,8,3] = Input
  w1: f32[3,3,3,4] = Constant
  b1: f32[4] = Constant [0.5,-0.25,1,0.125]
  c1: f32[1,8,8,4] = Conv(x, w1, b1) {padding=same_upper, activation=relu}
  p1: f32[1,4,4,4] = MaxPool(c1) {kernel=[2,2], stride=[2,2]}
  w2: f32[1,1,4,4] = Constant
  c2: f32[1,4,4,4] = Conv(p1, w2) {activation=relu}
  s: f32[1,4,4,4] = Sigmoid(c2)
  m: f32[1,4,4,4] = Mul(c2, s)
  a: f32[1,4,4,4] = Add(m, p1)
  w3: f32[4,5] = Constant
  g: f32[1,1,1,4] = AveragePool(a) {kernel=[4,4], stride=[4,4]}
  f: f32[1,4] = Squeeze(g) {axes=[1,2]}
  d: f32[1,5] = FullyConnected(f, w3)
  y: f32[1,5] = Softmax(d)
  return y
)";

Graph net() { return with_random(graph_of(kNet), {"w1", "w2", "w3"}); }

ValueId named(const Graph& graph, std::string_view name) {
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n)
    if (graph.value({n, 0}).name == name) return {n, 0};
  ADD_FAILURE() << "no value '" << name << "'";
  return {0, 0};
}

Points points_of(const Graph& graph, const std::set<std::string>& keep_float = {}) {
  auto points = find_points(graph, keep_float);
  EXPECT_TRUE(points) << points.error().message;
  return *std::move(points);
}

/// Ranges as one input has them.
Scheme scheme_of(const Graph& graph, const Points& points, const Tensor& input) {
  std::map<ValueId, Histogram> seen;
  InterpretOptions options;
  options.observe = [&](ValueId id, const Tensor& value) {
    if (value.dtype() == DType::f32) seen[id].add(value.values<float>());
  };
  EXPECT_TRUE(interpret(graph, std::span{&input, 1}, options));
  seen[graph.inputs()[0]].add(input.values<float>());
  Scheme out;
  for (const auto& group : points.groups) {
    Histogram all;
    for (const auto id : group.seen) all.merge(seen[id]);
    out.steps.push_back(steps_of(range_of(all, {.method = Method::minmax}), {}));
  }
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    if (points.roles[static_cast<std::size_t>(n)] != Role::layer) continue;
    const auto& inputs = graph.nodes()[static_cast<std::size_t>(n)].inputs;
    const auto* bias = inputs.size() > 2 ? graph.known(inputs[2]) : nullptr;
    const float scale = out.steps[points.group_of.at(inputs[0])].scale[0];
    out.layers[n] = *quantize_weights(*graph.known(inputs[1]), bias, {scale}, false);
  }
  return out;
}

TEST(Points, PoolsShareTheScaleOfTheirInputAndSumsHaveTheirOwn) {
  const auto graph = net();
  const auto points = points_of(graph);
  const auto group = [&](const char* name) { return points.group_of.at(named(graph, name)); };
  EXPECT_EQ(group("c1"), group("p1"));
  EXPECT_EQ(group("a"), group("g"));
  EXPECT_EQ(group("g"), group("f"));
  EXPECT_NE(group("c1"), group("c2"));
  EXPECT_NE(group("m"), group("a"));
  EXPECT_EQ(points.groups[group("c1")].seen, std::vector{named(graph, "c1")});
  EXPECT_EQ(points.groups[group("s")].most, 1.0F);
}

TEST(Points, ProbabilitiesBoundNothingThatIsJoinedWithThem) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,4,4,3] = Input
    w1: f32[1,1,3,2] = Constant
    scores: f32[1,4,4,2] = Conv(x, w1)
    shares: f32[1,4,4,2] = Softmax(scores)
    w2: f32[1,1,3,4] = Constant
    boxes: f32[1,4,4,4] = Conv(x, w2)
    all: f32[1,4,4,6] = Concat(shares, boxes) {axis=3}
    w3: f32[1,1,6,2] = Constant
    y: f32[1,4,4,2] = Conv(all, w3)
    return y
  )"),
                                 {"w1", "w2", "w3"});
  const auto points = points_of(graph);
  const auto group = points.group_of.at(named(graph, "boxes"));
  EXPECT_EQ(points.group_of.at(named(graph, "shares")), group);
  EXPECT_FALSE(points.groups[group].most);
}

TEST(Points, WhatFollowsTheLastLayerStaysInFloatsWithAReason) {
  const auto graph = net();
  const auto points = points_of(graph);
  const auto y = named(graph, "y");
  EXPECT_EQ(points.role(y), Role::in_float);
  EXPECT_TRUE(points.reasons.contains(y.node));
  EXPECT_EQ(points.reasons.size(), 1U);
  EXPECT_FALSE(points.group_of.contains(y));
}

TEST(Points, ALastDenseLayerMultipliesBytesAndGivesFloats) {
  const auto graph = net();
  const auto points = points_of(graph);
  const auto d = named(graph, "d");
  EXPECT_EQ(points.role(d), Role::layer);
  EXPECT_FALSE(points.group_of.contains(d));
  EXPECT_TRUE(points.group_of.contains(named(graph, "f")));
  auto both = net();  // what it reads is an output, too: kernels would make floats of it first
  both.set_outputs({named(both, "f"), named(both, "y")});
  EXPECT_TRUE(points_of(both).group_of.contains(named(both, "d")));
}

TEST(Points, ADenseLayerThatAnotherFollowsGivesBytes) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,4] = Input
    w1: f32[4,3] = Constant
    a: f32[1,3] = FullyConnected(x, w1)
    s: i64[2] = Constant [3,1]
    r: f32[3,1] = Reshape(a, s)
    w2: f32[1,2] = Constant
    y: f32[3,2] = FullyConnected(r, w2)
    return y
  )"),
                                 {"w1", "w2"});
  const auto points = points_of(graph);
  EXPECT_TRUE(points.group_of.contains(named(graph, "a")));
  EXPECT_FALSE(points.group_of.contains(named(graph, "y")));
}

TEST(Points, AMeanAtTheEndIsOneOfFloats) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,4,4,3] = Input
    w: f32[1,1,3,2] = Constant
    c: f32[1,4,4,2] = Conv(x, w)
    y: f32[1,2] = ReduceMean(c) {axes=[1,2]}
    return y
  )"),
                                 {"w"});
  const auto points = points_of(graph);
  const auto y = named(graph, "y");
  EXPECT_EQ(points.role(y), Role::in_float);
  EXPECT_EQ(points.reasons.at(y.node), "no layer follows");
}

TEST(Points, ALayerStaysInFloatsWhereSomebodySaysSo) {
  const auto graph = net();
  const auto points = points_of(graph, {"c2"});
  EXPECT_EQ(points.role(named(graph, "c2")), Role::in_float);
  EXPECT_EQ(points.reasons.at(named(graph, "c2").node), "as was asked for");
  const auto unknown = find_points(graph, {"c9"});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("c9"), std::string::npos);
}

TEST(Points, ANetworkOfBytesIsRefused) {
  const auto graph = graph_of(R"(
    x: u8[1,4] q(0.5, 3) = Input
    y: f32[1,4] = Dequantize(x)
    return y
  )");
  const auto points = find_points(graph, {});
  ASSERT_FALSE(points);
  EXPECT_EQ(points.error().message, "it is quantized already: 'x' is u8[1,4] q(0.5, 3)");
}

TEST(Points, ANetworkWithoutLayersIsRefused) {
  const auto graph = graph_of(R"(
    x: f32[1,4] = Input
    y: f32[1,4] = Relu(x)
    return y
  )");
  const auto points = find_points(graph, {});
  ASSERT_FALSE(points);
  EXPECT_EQ(points.error().code, Code::unsupported);
}

TEST(Prepare, AnAverageOfAllPixelsGetsAScaleOfItsOwn) {
  auto graph = net();
  ASSERT_TRUE(prepare(graph));
  ASSERT_TRUE(verify(graph));
  const auto g = named(graph, "g");
  EXPECT_EQ(graph.node(g).op.name(), "ReduceMean");
  const auto points = points_of(graph);
  EXPECT_NE(points.group_of.at(g), points.group_of.at(named(graph, "a")));
  const auto x = random_tensor(graph.type(graph.inputs()[0]), 5);
  const auto before = interpret(net(), std::span{&x, 1});
  const auto after = interpret(graph, std::span{&x, 1});
  ASSERT_TRUE(before && after);
  EXPECT_EQ(difference((*after)[0], (*before)[0], 1e-6), "");
}

TEST(Prepare, ALastConvolutionOfOnePixelBecomesADenseLayer) {
  const auto before = with_random(graph_of(R"(
    x: f32[2,4,4,3] = Input
    g: f32[2,1,1,3] = ReduceMean(x) {axes=[1,2], keep_dims=true}
    w1: f32[1,1,3,4] = Constant
    squeeze: f32[2,1,1,4] = Conv(g, w1)
    w2: f32[1,1,4,5] = Constant
    b2: f32[5] = Constant [1,2,3,4,5]
    y: f32[2,1,1,5] = Conv(squeeze, w2, b2)
    return y
  )"),
                                  {"w1", "w2"});
  Graph after = before;
  ASSERT_TRUE(prepare(after));
  ASSERT_TRUE(verify(after));
  EXPECT_EQ(after.node(named(after, "squeeze")).op.name(), "Conv") << "a layer follows";
  const auto y = after.node(named(after, "y"));
  EXPECT_EQ(y.op.name(), "Reshape");
  EXPECT_EQ(after.node(y.inputs[0]).op.name(), "FullyConnected");
  expect_near_outputs(before, after, 1e-6);
  EXPECT_FALSE(points_of(after).group_of.contains(y.inputs[0]));
}

TEST(Insert, WhatALayerGivesToASumBecomesBytesTwice) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,4,4,3] = Input
    w1: f32[1,1,3,3] = Constant
    a: f32[1,4,4,3] = Conv(x, w1)
    s: f32[1,4,4,3] = Add(a, x)
    w2: f32[1,1,3,3] = Constant
    b: f32[1,4,4,3] = Conv(s, w2)
    w3: f32[1,1,3,3] = Constant
    y: f32[1,4,4,3] = Conv(b, w3)
    return y
  )"),
                                 {"w1", "w2", "w3"});
  const auto points = points_of(graph);
  const auto x = random_tensor(graph.type(graph.inputs()[0]), 5);
  const auto made = insert_pairs(graph, points, scheme_of(graph, points, x));
  ASSERT_TRUE(made) << made.error().message;
  const auto pairs_behind = [&](const char* layer) {
    int pairs = 0;
    for (const auto& node : made->nodes())
      if (node.op.name() == "Quantize" && node.outputs[0].name.starts_with(layer)) ++pairs;
    return pairs;
  };
  EXPECT_EQ(pairs_behind("a"), 2);
  EXPECT_EQ(pairs_behind("b"), 1) << "a layer reads it";
  EXPECT_EQ(pairs_behind("s"), 1);
}

TEST(Insert, ALayerInFloatsIsClampedByNothingThatOthersTakeForBytes) {
  for (const char* activation : {"none", "relu", "relu6", "relu_n1_to_1"}) {
    const auto graph = with_random(graph_of(fmt::format(R"(
      x: f32[1,4,4,3] = Input
      w1: f32[1,1,3,3] = Constant
      a: f32[1,4,4,3] = Conv(x, w1)
      w2: f32[1,1,3,3] = Constant
      b: f32[1,4,4,3] = Conv(a, w2) {{activation={}}}
      w3: f32[1,1,3,3] = Constant
      y: f32[1,4,4,3] = Conv(b, w3)
      return y
    )",
                                                        activation)),
                                   {"w1", "w2", "w3"});
    const auto points = points_of(graph, {"b"});
    const auto x = random_tensor(graph.type(graph.inputs()[0]), 5);
    const auto made = insert_pairs(graph, points, scheme_of(graph, points, x));
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(verify(*made));
    const auto& bytes = made->node(named(*made, "b/quantized"));
    const auto& clamp = made->node(bytes.inputs[0]);
    EXPECT_EQ(clamp.outputs[0].name, "b") << activation;
    EXPECT_TRUE(clamp.op.name() == "Maximum" || clamp.op.name() == "Minimum") << activation;
    const auto floats = interpret(graph, std::span{&x, 1});
    const auto is = interpret(*made, std::span{&x, 1});
    ASSERT_TRUE(floats && is);
    EXPECT_EQ(difference((*is)[0], (*floats)[0], 0.05), "") << activation;
  }
}

TEST(Insert, BytesStandForTheFloats) {
  const auto graph = net();
  const auto points = points_of(graph);
  const auto x = random_tensor(graph.type(graph.inputs()[0]), 5);
  const auto scheme = scheme_of(graph, points, x);
  const auto made = insert_pairs(graph, points, scheme);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(verify(*made));
  EXPECT_EQ(made->value(made->outputs()[0]).name, "y");
  const auto floats = interpret(graph, std::span{&x, 1});
  const auto bytes = interpret(*made, std::span{&x, 1});
  ASSERT_TRUE(floats && bytes);
  EXPECT_EQ(difference((*bytes)[0], (*floats)[0], 0.05), "");
  for (const auto& node : made->nodes()) {
    const bool is_weights = node.op.is<Constant>() && node.outputs[0].type.dtype == DType::f32;
    EXPECT_FALSE(is_weights) << node.outputs[0].name << " is a constant of floats";
  }
}

TEST(Insert, AnOutputKeepsItsNameAndItsFloats) {
  auto graph = net();
  graph.set_outputs({named(graph, "c2"), named(graph, "y")});
  const auto points = points_of(graph);
  const auto x = random_tensor(graph.type(graph.inputs()[0]), 5);
  const auto made = insert_pairs(graph, points, scheme_of(graph, points, x));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->value(made->outputs()[0]).name, "c2");
  EXPECT_EQ(made->type(made->outputs()[0]).dtype, DType::f32);
}

TEST(Errors, ABiasTakesTheMeanErrorAway) {
  const auto graph = net();
  const auto points = points_of(graph);
  const auto x = random_tensor(graph.type(graph.inputs()[0]), 5);
  auto scheme = scheme_of(graph, points, x);
  // Weights that are all rounded up, by half a step or so.
  auto& layer = scheme.layers.begin()->second;
  TensorBuilder shifted(layer.weights.type());
  for (std::size_t i = 0; i < shifted.values<std::int8_t>().size(); ++i)
    shifted.values<std::int8_t>()[i] =
        static_cast<std::int8_t>(std::min(layer.weights.values<std::int8_t>()[i] + 3, 127));
  layer.weights = std::move(shifted).build();
  const auto pairs = error_graph(graph, points, scheme);
  ASSERT_TRUE(pairs) << pairs.error().message;
  ASSERT_EQ(pairs->layers.size(), 3U);
  const auto values = interpret(pairs->graph, std::span{&x, 1});
  ASSERT_TRUE(values) << values.error().message;
  LayerErrors errors;
  errors.add((*values)[0], (*values)[1]);
  EXPECT_GT(errors.sqnr_db(true), errors.sqnr_db(false));
  const auto* bias =
      graph.known(graph.nodes()[static_cast<std::size_t>(pairs->layers[0])].inputs[2]);
  const auto corrected = corrected_bias(bias, errors);
  const auto means = errors.means();
  for (std::size_t o = 0; o < means.size(); ++o)
    EXPECT_FLOAT_EQ(corrected.values<float>()[o], bias->values<float>()[o] - means[o]);
  const auto json = parse_json(errors.to_json().text(0));
  ASSERT_TRUE(json);
  EXPECT_TRUE(*LayerErrors::from_json(*json) == errors);
}

// --- equalization --------------------------------------------------------------------------------

constexpr auto kChain = R"(
  x: f32[1,6,6,2] = Input
  w1: f32[1,1,2,3] = Constant [1,100,0.01,-1,50,0.02]
  b1: f32[3] = Constant [0.5,20,-0.001]
  c1: f32[1,6,6,3] = Conv(x, w1, b1) {activation=relu}
  w2: f32[3,3,1,3] = Constant
  c2: f32[1,6,6,3] = Conv(c1, w2) {padding=same_upper, group=3, activation=relu}
  w3: f32[1,1,3,2] = Constant
  y: f32[1,6,6,2] = Conv(c2, w3)
  return y
)";

float spread(const Tensor& weights) {
  const auto outputs = static_cast<std::size_t>(weights.shape().back(0));
  std::vector<float> most(outputs, 0);
  for (std::size_t i = 0; i < weights.values<float>().size(); ++i)
    most[i % outputs] = std::max(most[i % outputs], std::abs(weights.values<float>()[i]));
  return *std::ranges::max_element(most) / *std::ranges::min_element(most);
}

TEST(Equalize, ChannelsGetOneSizeAndTheNetworkStays) {
  const auto before = with_random(graph_of(kChain), {"w2", "w3"});
  Graph after = before;
  const auto done = equalize(after, {});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->pairs, 2U);
  EXPECT_LT(done->rounds, 100);
  ASSERT_TRUE(verify(after));
  const auto weights = [](const Graph& graph, const char* layer) {
    return *graph.known(graph.node(named(graph, layer)).inputs[1]);
  };
  EXPECT_GT(spread(weights(before, "c1")), 1000);
  EXPECT_LT(spread(weights(after, "c1")), spread(weights(before, "c1")) / 10);
  const auto x = random_tensor(before.type(before.inputs()[0]), 3);
  const auto is = interpret(after, std::span{&x, 1});
  const auto should = interpret(before, std::span{&x, 1});
  ASSERT_TRUE(is && should);
  EXPECT_EQ(difference((*is)[0], (*should)[0], 1e-3), "");
}

TEST(Equalize, AChannelThatIsCutAtSixIsLeftAlone) {
  std::string text = kChain;
  text.replace(text.find("activation=relu"), 15, "activation=relu6");
  const auto before = with_random(graph_of(text), {"w2", "w3"});
  const auto cut = cut_values(before);
  ASSERT_EQ(cut.size(), 1U);
  Graph unknown = before;
  const auto without = equalize(unknown, {});
  ASSERT_TRUE(without);
  EXPECT_EQ(without->pairs, 1U);  // the second pair has relu between
  Graph after = before;
  ASSERT_TRUE(equalize(after, {{cut[0], {2.0F, 6.0F, 0.01F}}}));
  const auto& is = *after.known(after.node(named(after, "c1")).inputs[1]);
  EXPECT_EQ(is.values<float>()[1], 100.0F);
  EXPECT_NE(is.values<float>()[0], 1.0F);
  EXPECT_LE(std::abs(is.values<float>()[2]) / 0.01F * 0.01F, 6.0F);
}

TEST(Equalize, ChannelsThatAreCutApartAreCutAtSixAgain) {
  std::string text = kChain;
  for (auto at = text.find("activation=relu"); at != std::string::npos;
       at = text.find("activation=relu", at + 16))
    text.replace(at, 15, "activation=relu6");
  const auto before = with_random(graph_of(text), {"w2", "w3"});
  Graph apart = before;
  const auto pairs = scale_channels_apart(apart, 7);
  ASSERT_TRUE(pairs) << pairs.error().message;
  EXPECT_EQ(*pairs, 2);
  expect_same_outputs(before, apart);
  EXPECT_EQ(cut_values(apart).size(), 2U);
  Graph after = apart;
  const auto done = equalize(after, {});  // no pictures: cuts are brought together, no more
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->pairs, 2U);
  expect_same_outputs(before, after);
  for (const auto* layer : {"c1", "c2", "y"}) {
    const auto weights = [&](const Graph& graph) {
      return *graph.known(graph.node(named(graph, layer)).inputs[1]);
    };
    EXPECT_EQ(weights(after), weights(before)) << layer;
    EXPECT_EQ(after.node(named(after, layer)).op, before.node(named(before, layer)).op) << layer;
  }
}

TEST(Equalize, ACutThatIsNoPositiveNumberIsLeftAlone) {
  for (const auto* cuts : {"[3,0,5]", "[3,-1,5]", "[3,1e-40,5]"}) {
    std::string text = kChain;
    text.replace(
        text.find("c2: "), 4,
        fmt::format("m: f32[3] = Constant {}\n  k: f32[1,6,6,3] = Minimum(c1, m)\n  c2: ", cuts));
    text.replace(text.find("Conv(c1,"), 8, "Conv(k,");
    const auto before = with_random(graph_of(text), {"w2", "w3"});
    Graph after = before;
    ASSERT_TRUE(equalize(after, {}));
    EXPECT_EQ(after.node(named(after, "k")).op.name(), "Minimum") << cuts;
    expect_near_outputs(before, after, 1e-5);
  }
}

}  // namespace
}  // namespace slipway::quant
