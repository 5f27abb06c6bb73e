#include "compile/quantizer.h"

#include <algorithm>
#include <cmath>

#include "compile/compiler.h"
#include "compile/islands.h"
#include "compile/testing.h"
#include "device/cpu/lower.h"
#include "ops/testing.h"

namespace slipway::compile {
namespace {

Graph net() {
  return with_random(graph_of(R"(
    x: f32[1,12,12,3] = Input
    w1: f32[3,3,3,8] = Constant
    b1: f32[8] = Constant
    c1: f32[1,12,12,8] = Conv(x, w1, b1) {padding=same_upper, activation=relu6}
    w2: f32[3,3,1,8] = Constant
    c2: f32[1,12,12,8] = Conv(c1, w2) {padding=same_upper, group=8, activation=relu}
    w3: f32[1,1,8,8] = Constant
    c3: f32[1,12,12,8] = Conv(c2, w3)
    a: f32[1,12,12,8] = Add(c3, c1) {activation=relu}
    m: f32[1,8] = ReduceMean(a) {axes=[1,2]}
    w4: f32[8,5] = Constant
    d: f32[1,5] = FullyConnected(m, w4)
    y: f32[1,5] = Softmax(d)
    return y
  )"),
                     {"w1", "b1", "w2", "w3", "w4"});
}

Quantized quantized(const Graph& graph, const Pictures& given, const QuantizeOptions& options) {
  auto out = quantize(graph, given, options);
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

TEST(Quantizer, MakesIntegersOfAllButTheEnd) {
  const auto graph = net();
  const auto made = quantized(graph, pictures(graph, 6), {});
  ASSERT_EQ(made.in_float.size(), 1U);
  EXPECT_EQ(made.in_float[0].op, "Softmax");
  EXPECT_EQ(made.layers.size(), 6U);
  ASSERT_EQ(made.outputs.size(), 1U);
  EXPECT_GT(made.outputs[0].quality.psnr_db(), 20);
  EXPECT_TRUE(made.layers.back().gives_floats);
  EXPECT_FALSE(made.layers.front().gives_floats);
  const auto planned = plan(made.graph, {.precision = cpu::Precision::fp32});
  ASSERT_TRUE(planned) << planned.error().message;
  int layers = 0;
  for (const auto& node : planned->graph.nodes()) {
    const bool has_weights = node.op.name() == "Conv" || node.op.name() == "FullyConnected";
    if (!has_weights) continue;
    ++layers;
    const auto dtype = node.op.name() == "Conv" ? DType::u8 : DType::f32;
    EXPECT_EQ(node.outputs[0].type.dtype, dtype) << node.outputs[0].name;
  }
  EXPECT_EQ(layers, 4);
  const auto lowered = cpu::lower(planned->graph, {});
  ASSERT_TRUE(lowered) << lowered.error().message;
  const auto islands = float_islands(planned->graph, lowered->notes);
  ASSERT_EQ(islands.nodes.size(), 1U);
  EXPECT_EQ(words_of(islands.nodes[0]), "y (Softmax, at the end)");
  // What goes into the sum is written as bytes twice; the passes leave one.
  int pairs = 0;
  for (const auto& node : planned->graph.nodes()) pairs += node.op.name() == "Quantize" ? 1 : 0;
  EXPECT_EQ(pairs, 2) << "the input and the mean";
}

/// Values of which few are large: all of what was seen is then not the best range.
Pictures with_outliers(const Graph& graph) {
  auto out = pictures(graph, 6);
  out.read = [&graph](std::size_t i) -> Result<std::vector<Tensor>> {
    auto inputs = inputs_for(graph, 100 + i);
    TensorBuilder builder(inputs[0].type());
    const auto from = inputs[0].values<float>();
    for (std::size_t k = 0; k < from.size(); ++k)
      builder.values<float>()[k] = k == 7 ? 40 : from[k];
    return std::vector{std::move(builder).build()};
  };
  return out;
}

TEST(Quantizer, KeepsTheRangesWhoseOutputsAreNearest) {
  const auto graph = net();
  const auto given = with_outliers(graph);
  QuantizeOptions options;
  options.choose_method = true;
  const auto made = quantized(graph, given, options);
  ASSERT_EQ(made.tried.size(), 5U);
  EXPECT_EQ(made.tried[0].range.method, quant::Method::minmax);
  const auto best = std::ranges::max_element(made.tried, {}, &TriedRange::sqnr_db);
  EXPECT_GT(best->sqnr_db, made.tried[0].sqnr_db);
  EXPECT_EQ(made.range.method, best->range.method);
  EXPECT_EQ(made.range.percentile, best->range.percentile);
  QuantizeOptions same;
  same.range = best->range;
  EXPECT_TRUE(quantized(graph, given, same).graph == made.graph);
  EXPECT_TRUE(quantized(graph, given, same).tried.empty());
}

TEST(Quantizer, GoesOnWhereItWasStopped) {
  const auto graph = net();
  const auto given = pictures(graph, 5, {2});
  QuantizeOptions chosen;
  chosen.choose_method = true;
  const auto whole = quantized(graph, given, chosen);
  EXPECT_EQ(whole.pictures, 4U);
  EXPECT_EQ(whole.lost.at(2), "picture 2 is broken");
  for (int stop = 1; stop <= 32; ++stop) {
    auto options = chosen;
    std::optional<quant::State> kept;
    int looked = 0;
    options.save = [&](const quant::State& state) -> Result<void> {
      kept = *quant::parse_state(to_text(state));
      return ++looked == stop ? Result<void>(fail(Code::cancelled, "stopped")) : Result<void>();
    };
    EXPECT_FALSE(quantize(graph, given, options)) << stop;
    auto again = chosen;
    again.resume = kept;
    const auto resumed = quantized(graph, given, again);
    EXPECT_TRUE(resumed.graph == whole.graph) << "stopped after " << stop;
    EXPECT_TRUE(resumed.state == whole.state) << "stopped after " << stop;
  }
}

TEST(Quantizer, GivesTheSameWithSeveralThreads) {
  const auto graph = net();
  const auto given = pictures(graph, 3);
  const auto one = quantized(graph, given, {.threads = 1});
  const auto two = quantized(graph, given, {.threads = 2});
  EXPECT_TRUE(one.graph == two.graph);
}

TEST(Quantizer, NeedsAPicture) {
  const auto graph = net();
  const auto made = quantize(graph, pictures(graph, 2, {0, 1}), {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "picture 0 is broken");
}

TEST(Quantizer, EveryWayOfMakingBytesStaysNear) {
  const auto graph = net();
  const auto given = pictures(graph, 4);
  std::vector<QuantizeOptions> all(6);
  all[0].range.method = quant::Method::minmax;
  all[1].range.method = quant::Method::mse;
  all[2].range.symmetric = true;
  all[3].per_tensor = true;
  all[4].equalize = false;
  all[5].correct_bias = false;
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_GT(quantized(graph, given, all[i]).outputs[0].quality.psnr_db(), 15) << i;
}

/// How far k * multiplier is from the middle of two steps at least, up to 255 steps.
double nearest_to_middle(double multiplier) {
  double least = 1;
  for (int k = 0; k * multiplier < 255; ++k) {
    const double place = k * multiplier;
    least = std::min(least, std::abs(place - std::floor(place) - 0.5));
  }
  return least;
}

TEST(Quantizer, MakesNoSumThatLiesInTheMiddleOfTwoSteps) {
  const auto graph = net();
  std::vector<QuantizeOptions> all(3);
  all[1].per_tensor = true;
  all[2].learn_rounding = true;
  for (const auto& options : all) {
    const auto made = quantized(graph, pictures(graph, 6), options);
    const auto planned = plan(made.graph, {.precision = cpu::Precision::fp32});
    ASSERT_TRUE(planned) << planned.error().message;
    int layers = 0;
    int sums = 0;
    for (const auto& node : planned->graph.nodes()) {
      const auto& gives = node.outputs[0].type;
      if (!gives.quant) continue;
      const auto scale = [&](std::size_t input, std::size_t channel) {
        const auto& quant = planned->graph.type(node.inputs[input]).quant;
        return static_cast<double>(quant->scale_at(channel)) /
               (input == 0 || node.op.name() == "Add" ? gives.quant->scale[0] : 1);
      };
      if (node.op.name() == "Conv") {
        ++layers;
        for (std::size_t c = 0; c < static_cast<std::size_t>(gives.shape.back(0)); ++c)
          EXPECT_GT(nearest_to_middle(scale(0, 0) * scale(1, c)), 1e-4) << node.outputs[0].name;
      } else if (node.op.name() == "Add") {
        ++sums;
        for (std::size_t i = 0; i < 2; ++i)
          EXPECT_GT(nearest_to_middle(scale(i, 0)), 1e-4) << node.outputs[0].name;
      }
    }
    EXPECT_EQ(layers, 3);
    EXPECT_EQ(sums, 1);
  }
}

}  // namespace
}  // namespace slipway::compile
