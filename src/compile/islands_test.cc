#include "compile/islands.h"

#include "device/cpu/lower.h"
#include "ops/testing.h"

namespace slipway::compile {
namespace {

TEST(Islands, AreNamedWithWhereTheyLie) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,4,4,3] = Input
    t: f32[1,4,4,3] = Tanh(x)
    q: u8[1,4,4,3] q(0.02, 128) = Quantize(t) {to=u8}
    w: i8[1,1,3,4] q(0.01, 0) = Constant
    c: u8[1,4,4,4] q(0.05, 128) = Conv(q, w)
    d: f32[1,4,4,4] = Dequantize(c)
    v: f32[1,1,4,4] = Constant
    i: f32[1,4,4,4] = Conv(d, v)
    e: u8[1,4,4,4] q(0.05, 128) = Quantize(i) {to=u8}
    f: f32[1,4,4,4] = Dequantize(e)
    s: f32[1,4,4,4] = Softmax(f)
    return s
  )"),
                                 {"w", "v"});
  // As if each node were a step of its own.
  std::vector<cpu::StepNote> steps;
  for (const auto& node : graph.nodes()) steps.push_back({node.outputs[0].name, {}, {}, {}});
  const auto islands = float_islands(graph, steps);
  ASSERT_EQ(islands.nodes.size(), 3U);
  EXPECT_EQ(words_of(islands.nodes[0]), "t (Tanh, in front)");
  EXPECT_EQ(words_of(islands.nodes[1]), "i (Conv, between integers)");
  EXPECT_EQ(words_of(islands.nodes[2]), "s (Softmax, at the end)");
  // One of the two convolutions: 16 pixels, 4 x 4 and 3 x 4 products.
  EXPECT_NEAR(islands.share(), 4.0 / 7, 1e-9);
}

TEST(Islands, AMeanThatAStepTakesFromBytesToBytesIsNone) {
  const auto graph = graph_of(R"(
    q: u8[1,4,4,3] q(0.02, 128) = Input
    d: f32[1,4,4,3] = Dequantize(q)
    m: f32[1,3] = ReduceMean(d) {axes=[1,2]}
    e: u8[1,3] q(0.01, 128) = Quantize(m) {to=u8, halves_to_even=true}
    return e
  )");
  const auto plan = cpu::lower(graph, {});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->notes.back().kernel, "mean_u8 portable");
  EXPECT_TRUE(float_islands(graph, plan->notes).nodes.empty());
}

TEST(Islands, AreNoneWhereNothingIsQuantized) {
  const auto graph = graph_of(R"(
    x: f32[1,4] = Input
    s: f32[1,4] = Softmax(x)
    return s
  )");
  EXPECT_TRUE(float_islands(graph, {}).nodes.empty());
  Json document;
  set_islands(document, float_islands(graph, {}));
  EXPECT_EQ(document.find("in_float"), nullptr);
}

}  // namespace
}  // namespace slipway::compile
