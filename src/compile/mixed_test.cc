// Layers that stay in floats because bytes lose too much, weights whose rounding is learned, and
// channels that lie far apart.

#include "compile/mixed.h"

#include "compile/testing.h"
#include "ir/rewrite.h"
#include "ops/testing.h"
#include "quant/testing.h"

namespace slipway::compile {
namespace {

/// A classifier whose second layer gives channels of which one is a thousand times the others, and
/// whose third reads the others.
Graph net() {
  auto graph = with_random(graph_of(R"(
    x: f32[1,12,12,3] = Input
    w1: f32[3,3,3,8] = Constant
    c1: f32[1,12,12,8] = Conv(x, w1) {padding=same_upper, activation=relu}
    w2: f32[1,1,8,8] = Constant
    c2: f32[1,12,12,8] = Conv(c1, w2)
    w3: f32[3,3,8,8] = Constant
    c3: f32[1,12,12,8] = Conv(c2, w3) {padding=same_upper, activation=relu}
    m: f32[1,8] = ReduceMean(c3) {axes=[1,2]}
    w4: f32[8,5] = Constant
    d: f32[1,5] = FullyConnected(m, w4)
    y: f32[1,5] = Softmax(d)
    return y
  )"),
                           {"w1", "w2", "w3", "w4"});
  const auto scale = [&](std::int32_t reader, auto factor) {
    const auto id = graph.node({reader, 0}).inputs[1];
    const Tensor was = *graph.known(id);
    std::vector<float> values(was.values<float>().begin(), was.values<float>().end());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= factor(i);
    Rewriter rewriter(graph);
    graph.set_input({reader, 0}, 1, rewriter.add_constant("w", Tensor::of(was.shape(), values)));
    EXPECT_TRUE(rewriter.finish());
  };
  const auto node = [&](std::string_view name) {
    for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n)
      if (graph.value({n, 0}).name == name) return n;
    ADD_FAILURE() << "no " << name;
    return 0;
  };
  scale(node("c2"), [](std::size_t i) { return i % 8 == 0 ? 3000.0F : 1.0F; });
  scale(node("c3"), [](std::size_t i) { return i / 8 % 8 == 0 ? 1 / 3000.0F : 1.0F; });
  scale(node("d"), [](std::size_t) { return 40.0F; });  // answers that differ from each other
  return graph;
}

/// The seed of the pictures decides how many are lost.
Pictures pictures(const Graph& graph, std::size_t count) {
  return compile::pictures(graph, count, {}, 300);
}

QuantizeOptions with_drop(double points) {
  QuantizeOptions options;
  options.equalize = false;  // it would make up for the channels
  options.max_drop = points;
  return options;
}

Quantized quantized(const Graph& graph, const Pictures& given, const QuantizeOptions& options) {
  auto out = quantize(graph, given, options);
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

TEST(Mixed, TheLayersThatLoseStayInFloatsAndNoOthers) {
  const auto graph = net();
  const auto given = pictures(graph, 40);
  const auto all = quantized(graph, given, with_drop(99));
  ASSERT_TRUE(all.drop);
  EXPECT_GT(all.drop->points(), 20);
  const auto some = quantized(graph, given, with_drop(10));
  ASSERT_TRUE(some.drop);
  EXPECT_LE(some.drop->points(), 10);
  EXPECT_EQ(some.drop->pictures(), 20);
  std::set<std::string> in_float;
  for (const auto& node : some.in_float) {
    in_float.insert(node.name);
    if (node.name != "y")
      EXPECT_TRUE(node.reason.starts_with("it loses too much: ")) << node.reason;
  }
  EXPECT_TRUE(in_float.contains("c2")) << "it gives the channels";
  EXPECT_TRUE(in_float.contains("c3")) << "it reads them";
  EXPECT_FALSE(in_float.contains("c1"));
  EXPECT_EQ(some.layers.size() + 2, all.layers.size());
  EXPECT_EQ(some.pictures, 40U);
  const auto& drops = some.state.choice.drops;
  EXPECT_TRUE(drops.at(2) == *some.drop);
  EXPECT_FALSE(drops.at(1).is_within(10)) << "one layer fewer is too few";
}

TEST(Mixed, LayersGoInTheOrderOfWhatTheyLoseForWhatTheyTake) {
  using Order = std::vector<std::int32_t>;
  EXPECT_EQ(order_of({{30, 0.5}, {25, 0.5}}), (Order{1, 0})) << "what loses more";
  EXPECT_EQ(order_of({{25, 0.9}, {30, 0.05}}), (Order{1, 0})) << "what costs less";
  EXPECT_EQ(order_of({{20, 0.9}, {40, 0.0}}), (Order{0, 1})) << "what costs nothing but its turns";
  EXPECT_EQ(order_of({{30, 0.1}, {30, 0.1}}), (Order{0, 1}));
}

TEST(Mixed, ClassesThatAreKnownSayWhatIsLost) {
  const auto graph = net();
  auto given = pictures(graph, 20);
  given.truth = [](std::size_t) -> std::optional<std::int64_t> { return 7; };  // there is none
  const auto made = quantized(graph, given, with_drop(0));
  EXPECT_EQ(made.drop->known(), 10);
  EXPECT_EQ(made.drop->points(), 0);
  EXPECT_LT(made.drop->agree(), 10) << "all is wrong already: nothing can be lost";
  EXPECT_TRUE(made.state.choice.order.empty());
  given.truth = [](std::size_t) -> std::optional<std::int64_t> { return std::nullopt; };
  const auto none = quantize(graph, given, with_drop(0));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::invalid_input);
}

TEST(Mixed, GoesOnWhereItWasStopped) {
  const auto graph = net();
  auto given = pictures(graph, 12);
  auto options = with_drop(20);
  options.learn_rounding = true;
  const auto whole = quantized(graph, given, options);
  EXPECT_FALSE(whole.state.choice.order.empty());
  int looked = 1000;
  for (int stop = 1; stop <= looked; stop += 3) {
    auto first = options;
    std::optional<quant::State> kept;
    looked = 0;
    first.save = [&](const quant::State& state) -> Result<void> {
      kept = *quant::parse_state(to_text(state));
      return ++looked == stop ? Result<void>(fail(Code::cancelled, "stopped")) : Result<void>();
    };
    if (quantize(graph, given, first)) break;
    looked = 1000;
    auto again = options;
    again.resume = kept;
    const auto resumed = quantized(graph, given, again);
    EXPECT_TRUE(resumed.graph == whole.graph) << "stopped after " << stop;
    EXPECT_TRUE(resumed.state == whole.state) << "stopped after " << stop;
    ASSERT_FALSE(HasFailure());
  }
}

TEST(Mixed, WhatNoLayerKeepsIsRefused) {
  // Two answers that differ by less than any byte tells.
  const auto graph = with_random(graph_of(R"(
    x: f32[1,4] = Input
    w: f32[4,2] = Constant [1,1.00001,1,1.00002,1,0.99998,1,1.00001]
    y: f32[1,2] = FullyConnected(x, w)
    return y
  )"),
                                 {});
  const auto made = quantize(graph, pictures(graph, 40), with_drop(0));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::unsupported);
  EXPECT_TRUE(made.error().message.starts_with("with one layer in bytes")) << made.error().message;
}

TEST(Mixed, OnePictureCannotBeHeldOut) {
  const auto graph = net();
  const auto made = quantize(graph, pictures(graph, 1), with_drop(1));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::invalid_input);
}

TEST(Mixed, AnOutputWithoutClassesIsRefused) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,8,8,3] = Input
    w: f32[3,3,3,4] = Constant
    y: f32[1,8,8,4] = Conv(x, w) {padding=same_upper}
    return y
  )"),
                                 {"w"});
  const auto made = quantize(graph, pictures(graph, 4), with_drop(1));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::unsupported);
  EXPECT_NE(made.error().message.find("one number per class"), std::string::npos);
}

TEST(Learned, RoundingMakesLayersBetter) {
  const auto graph = net();
  const auto given = pictures(graph, 24);
  QuantizeOptions options;
  options.per_tensor = true;
  options.equalize = false;
  const auto nearest = quantized(graph, given, options);
  options.learn_rounding = true;
  const auto learned = quantized(graph, given, options);
  int learners = 0;
  for (std::size_t i = 0; i < learned.layers.size(); ++i) {
    const auto& layer = learned.layers[i];
    if (!layer.nearest_db) continue;
    ++learners;
    EXPECT_EQ(*layer.nearest_db, *nearest.layers[i].sqnr_db) << layer.name;
    EXPECT_GE(*layer.sqnr_db, *layer.nearest_db - 0.1) << layer.name;
  }
  EXPECT_GT(learners, 0);
  options.threads = 2;
  EXPECT_TRUE(quantized(graph, given, options).graph == learned.graph);
}

TEST(Apart, ChannelsThatAreCutApartLoseNoMoreThanTogether) {
  const auto together = with_random(graph_of(R"(
    x: f32[1,12,12,3] = Input
    w1: f32[3,3,3,8] = Constant
    b1: f32[8] = Constant [1,2,3,1,2,3,1,2]
    c1: f32[1,12,12,8] = Conv(x, w1, b1) {padding=same_upper, activation=relu6}
    w2: f32[3,3,1,8] = Constant
    c2: f32[1,12,12,8] = Conv(c1, w2, b1) {padding=same_upper, group=8, activation=relu6}
    w3: f32[1,1,8,8] = Constant
    c3: f32[1,12,12,8] = Conv(c2, w3) {activation=relu6}
    w4: f32[1,1,8,5] = Constant
    y: f32[1,12,12,5] = Conv(c3, w4)
    return y
  )"),
                                    {"w1", "w2", "w3", "w4"});
  Graph apart = together;
  const auto pairs = quant::scale_channels_apart(apart, 3);
  ASSERT_TRUE(pairs) << pairs.error().message;
  ASSERT_EQ(*pairs, 3);
  const auto given = pictures(together, 8);
  const auto sqnr = [&](const Graph& graph, bool equalize) {
    QuantizeOptions options;
    options.equalize = equalize;
    return quantized(graph, given, options).outputs.at(0).quality.sqnr_db();
  };
  EXPECT_EQ(sqnr(apart, true), sqnr(together, true));
  EXPECT_LT(sqnr(apart, false), sqnr(together, false) - 6);
}

}  // namespace
}  // namespace slipway::compile
