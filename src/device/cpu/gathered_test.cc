// Rows of windows that leave out rows of a picture, copied side by side.

#include "device/cpu/lower.h"
#include "device/cpu/testing.h"
#include "device/cpu/window.h"
#include "ops/case.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

constexpr auto kBytes = R"(
  x: u8[2,11,9,20] q(0.03, 120) = Input
  w1: i8[3,3,20,48] q(0.02, 0) = Constant
  a: u8[2,6,5,48] q(0.8, 100) = Conv(x, w1) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], rounding=real_even}
  w2: i8[1,1,48,40] q(0.01, 0) = Constant
  b: u8[2,3,3,40] q(0.9, 110) = Conv(a, w2) {stride=[2,2], rounding=real_even}
  w3: i8[3,1,48,40] q(0.01, 0) = Constant
  c: u8[2,3,5,40] q(0.9, 110) = Conv(a, w3) {stride=[2,1], dilation=[2,1], pad_begin=[2,0], pad_end=[1,0], rounding=real_even}
  return b, c
)";

constexpr auto kFloats = R"(
  x: f32[2,11,9,20] = Input
  w1: f32[3,3,20,48] = Constant
  a: f32[2,6,5,48] = Conv(x, w1) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1]}
  w2: f32[1,1,48,40] = Constant
  b: f32[2,3,3,40] = Conv(a, w2) {stride=[2,2]}
  w3: f32[2,2,48,40] = Constant
  c: f32[2,3,4,40] = Conv(a, w3) {stride=[2,1], dilation=[1,1]}
  return b, c
)";

/// All of a network's windows by copied rows.
Result<BuiltPlan> gathered_plan(const Graph& graph, LowerOptions options) {
  const auto usual = SLIPWAY_TRY(lower(graph, options));
  int strided = 0;
  for (const auto& question : usual.questions) {
    const auto found = std::ranges::find_if(question.candidates, [](const std::string& candidate) {
      return candidate.ends_with(kGathered);
    });
    if (found == question.candidates.end()) continue;
    options.choices[question.layer] = *found;
    ++strided;
  }
  EXPECT_EQ(strided, 3);
  return lower(graph, options);
}

std::int64_t copies_of(const BuiltPlan& plan) {
  return std::ranges::count_if(
      plan.notes, [](const StepNote& note) { return note.kernel.starts_with("move"); });
}

void expect_right(std::string_view text, LowerOptions options, double tolerance) {
  const auto graph = with_random(graph_of(text), {"w1", "w2", "w3"});
  const auto plan = gathered_plan(graph, options);
  ASSERT_TRUE(plan) << plan.error().message;
  const auto usual = lower(graph, options);
  ASSERT_TRUE(usual) << usual.error().message;
  EXPECT_EQ(copies_of(*plan), copies_of(*usual) + 3);
  if (!kernels::runs_here(options.isa))
    GTEST_SKIP() << "this processor has no " << kernels::name_of(options.isa);
  const auto inputs = inputs_for(graph, 1);
  const auto should = interpret(graph, inputs);
  ASSERT_TRUE(should) << should.error().message;
  for (const auto order : {Order::together, Order::backwards}) {
    const auto is = run(*plan, graph, inputs, order);
    for (std::size_t i = 0; i < is.size(); ++i)
      EXPECT_EQ(difference(is[i], (*should)[i], tolerance), "") << "output " << i;
  }
}

TEST(Gathered, ProductsOfBytesGiveEveryByte) { expect_right(kBytes, {kernels::Isa::amx}, 0); }

// Operands of 8 bits of fraction: as homes_test.cc has it.
TEST(Gathered, ProductsOfBfloat16AreNearTheInterpreter) {
  expect_right(kFloats, {kernels::Isa::amx, {}, Precision::bf16}, 0.05);
}

}  // namespace
}  // namespace slipway::cpu
