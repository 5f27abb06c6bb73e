// Which values lie in memory as bfloat16, and that nothing else changes.

#include "device/cpu/rounded.h"

#include "device/cpu/float_products.h"
#include "device/cpu/testing.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

constexpr auto kNewest = kernels::Isa::bf16_512;

LowerOptions rounding(Stored stored = Stored::all) {
  return {kNewest, {}, Precision::bf16, stored};
}

class Rounded : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernels::is_built(kNewest))
      GTEST_SKIP() << "this program has no kernels for " << kernels::name_of(kNewest);
  }

  /// The values that steps write as bfloat16, in their order: "a b ".
  static std::string written(std::string_view text, const LowerOptions& options) {
    const auto plan = lower(graph_of(text), options);
    EXPECT_TRUE(plan) << plan.error().message;
    std::string out;
    for (const auto& note : plan->notes)
      if (note.words.ends_with("to bf16")) out += note.node + " ";
    return out;
  }
};

constexpr auto kBlock = R"(
  x: f32[1,8,8,16] = Input
  w1: f32[1,1,16,48] = Constant
  a: f32[1,8,8,48] = Conv(x, w1) {activation=relu6}
  w2: f32[3,3,1,48] = Constant
  b: f32[1,8,8,48] = Conv(a, w2) {pad_begin=[1,1], pad_end=[1,1], group=48}
  w3: f32[1,1,48,16] = Constant
  c: f32[1,8,8,16] = Conv(b, w3)
  d: f32[1,8,8,48] = Conv(c, w1)
  e: f32[1,8,8,16] = Conv(d, w3)
  f: f32[1,8,8,16] = Add(c, e)
  g: f32[1,8,8,48] = Conv(f, w1)
  h: f32[1,8,8,16] = Conv(g, w3)
  y: f32[1,8,8,16] = Sigmoid(h)
  return y)";

TEST_F(Rounded, ValuesBetweenWhatRoundsAreStoredRounded) {
  EXPECT_EQ(written(kBlock, rounding()), "a b c d f g ");
}

TEST_F(Rounded, OnlyWhatProductsReadWhereNumbersAreToBeTheSame) {
  // A window of each channel alone reads a, and writes what it reads; a sum reads c.
  EXPECT_EQ(written(kBlock, rounding(Stored::same)), "d f g ");
}

TEST_F(Rounded, NothingWhereProductsDoNotRound) {
  EXPECT_EQ(written(kBlock, {kNewest, {}, Precision::fp32}), "");
  EXPECT_EQ(written(kBlock, {kernels::Isa::vnni512, {}, Precision::bf16}), "");
}

TEST_F(Rounded, LayersThatWereGivenToKernelsOfFloatsReadAndWriteFloats) {
  auto options = rounding();
  const auto plan = lower(graph_of(kBlock), options);
  ASSERT_TRUE(plan);
  for (const auto& question : plan->questions)
    if (question.layer.find("x48 1x1") != question.layer.npos)  // c, e and f, h
      options.choices[question.layer] = question.candidates[1];
  EXPECT_EQ(written(kBlock, options), "");
}

TEST_F(Rounded, LayersThatRoundAreKnownWithWhatTheyWouldTakeInstead) {
  const auto graph = graph_of(R"(
    x: f32[1,16,16,16] = Input
    v: f32[3,3,16,16] = Constant
    a: f32[1,16,16,16] = Conv(x, v) {pad_begin=[1,1], pad_end=[1,1]}
    b: f32[1,16,16,16] = Conv(a, v) {pad_begin=[1,1], pad_end=[1,1]}
    u: f32[1,1,16,4] = Constant
    y: f32[1,16,16,4] = Conv(b, u)
    return y)");
  const auto plan = lower(graph, rounding());
  ASSERT_TRUE(plan);
  const auto layers = rounding_layers(graph, *plan, {}, {});
  ASSERT_EQ(layers.size(), 2U) << "those that are alike are one";
  for (const auto& one : layers) EXPECT_FALSE(is_rounding(one.exact)) << one.exact;
  EXPECT_EQ(layers[0].gain, 2.0 * 16 * 16 * 16 * 9 * 16) << "nothing was measured";
  EXPECT_EQ(layers[1].gain, 16.0 * 16 * 16 * 4);

  ExactWays exact;
  for (const auto& one : layers) exact[one.layer] = {"avx2", 0.25};
  const auto measured = rounding_layers(graph, *plan, {}, exact);
  EXPECT_EQ(measured[0].exact, "avx2");
  EXPECT_EQ(measured[0].gain, 0.5);
  EXPECT_EQ(measured[1].gain, 0.25);

  Choices choices;
  for (const auto& one : layers) choices[one.layer] = one.exact;
  EXPECT_TRUE(rounding_layers(graph, *plan, choices, exact).empty());
}

TEST_F(Rounded, WhatMovesIsWhatItWasMadeOf) {
  EXPECT_EQ(written(R"(
    x: f32[1,8,8,16] = Input
    w: f32[1,1,16,16] = Constant
    a: f32[1,8,8,16] = Conv(x, w)
    b: f32[1,8,8,16] = Conv(x, w)
    c: f32[1,8,8,32] = Concat(a, b) {axis=3}
    p: f32[1,4,4,32] = MaxPool(c) {kernel=[2,2], stride=[2,2]}
    w2: f32[1,1,32,4] = Constant
    y: f32[1,4,4,4] = Conv(p, w2)
    d: f32[1,8,8,16] = Conv(x, w)
    e: f32[1,8,8,32] = Concat(x, d) {axis=3}
    z: f32[1,8,8,4] = Conv(e, w2)
    return y, z)",
                    rounding()),
            "a b ");  // d is joined to an input
}

// Where all values are outputs, they are floats.
TEST_F(Rounded, ResultsAreTheSameBitsWhereOnlyProductsReadThem) {
  if (!kernels::runs_here(kNewest))
    GTEST_SKIP() << "this processor has no " << kernels::name_of(kNewest);
  auto graph = with_random(graph_of(R"(
    x: f32[2,9,7,5] = Input
    w1: f32[3,3,5,40] = Constant
    a: f32[2,9,7,40] = Conv(x, w1) {pad_begin=[1,1], pad_end=[1,1], activation=relu}
    b: f32[2,9,7,40] = Conv(x, w1) {pad_begin=[1,1], pad_end=[1,1]}
    c: f32[2,9,7,80] = Concat(a, b) {axis=3}
    p: f32[2,4,3,80] = MaxPool(c) {kernel=[2,2], stride=[2,2]}
    w5: f32[2,2,80,31] = Constant
    t: f32[2,8,6,31] = ConvTranspose(p, w5) {stride=[2,2]}
    w6: f32[3,3,31,24] = Constant
    g: f32[2,4,3,24] = Conv(t, w6) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1]}
    k: i64[2] = Constant [2,288]
    f: f32[2,288] = Reshape(g, k)
    w7: f32[288,7] = Constant
    y: f32[2,7] = FullyConnected(f, w7)
    return y)"),
                           {"w1", "w5", "w6", "w7"});
  for (const auto stored : {Stored::all, Stored::same}) {
    const auto plan = lower(graph, rounding(stored));
    ASSERT_TRUE(plan) << plan.error().message;
    const auto count = std::ranges::count_if(
        plan->notes, [](const StepNote& note) { return note.words.ends_with("to bf16"); });
    EXPECT_GE(count, 4);
    auto open = graph;
    std::vector<ValueId> outputs(graph.outputs().begin(), graph.outputs().end());
    for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n)
      if (graph.known({n, 0}) == nullptr && ValueId{n, 0} != outputs[0]) outputs.push_back({n, 0});
    open.set_outputs(outputs);
    const auto floats = lower(open, rounding(stored));
    ASSERT_TRUE(floats) << floats.error().message;
    for (const auto& note : floats->notes) EXPECT_EQ(note.words.find("bf16"), std::string::npos);
    const auto inputs = inputs_for(graph, 1);
    EXPECT_EQ(run(*plan, graph, inputs)[0], run(*floats, open, inputs)[0]);
  }
}

}  // namespace
}  // namespace slipway::cpu
