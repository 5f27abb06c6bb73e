// Which products are in half floats.

#include <algorithm>

#include "device/cpu/lower.h"
#include "device/cpu/testing.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

using kernels::Isa;

constexpr auto kNetwork = R"(
  x: f32[1,8,8,16] = Input
  w1: f32[1,1,16,48] = Constant
  a: f32[1,8,8,48] = Conv(x, w1) {activation=relu6}
  w2: f32[3,3,48,32] = Constant
  b: f32[1,8,8,32] = Conv(a, w2) {pad_begin=[1,1], pad_end=[1,1]}
  w3: f32[5,5,16,24] = Constant
  c: f32[1,4,4,24] = Conv(b, w3) {stride=[2,2], pad_begin=[2,2], pad_end=[2,2], group=2}
  t: f32[2,2,24,8] = Constant
  d: f32[1,8,8,8] = ConvTranspose(c, t) {stride=[2,2]}
  k: i64[2] = Constant [1,512]
  f: f32[1,512] = Reshape(d, k)
  w5: f32[512,10] = Constant
  y: f32[1,10] = FullyConnected(f, w5)
  return y)";

BuiltPlan planned(const LowerOptions& options) {
  auto plan = lower(with_random(graph_of(kNetwork), {"w1", "w2", "w3", "t", "w5"}), options);
  EXPECT_TRUE(plan) << plan.error().message;
  return *std::move(plan);
}

/// How many steps a kernel has.
std::ptrdiff_t count(const BuiltPlan& plan, std::string_view kernel) {
  return std::ranges::count_if(
      plan.notes, [&](const StepNote& note) { return note.kernel.starts_with(kernel); });
}

TEST(Halves, AreTakenWhereTheyAreAskedForAndThere) {
  for (const auto isa : {Isa::fp16_512, Isa::fp16}) {
    const auto plan = planned({isa, {}, Precision::fp16});
    EXPECT_EQ(count(plan, fmt::format("product_f16 {}", name_of(isa))),
              1 + 1 + 2 + 4 + 1);  // groups and phases are products of their own
    EXPECT_EQ(count(plan, "product_f32") + count(plan, "product_bf16"), 0);
    for (const auto& note : plan.notes) EXPECT_EQ(note.words.find("bf16"), std::string::npos);
    for (const auto& question : plan.questions) {
      EXPECT_EQ(question.candidates.front(), fmt::format("{} rounded", name_of(isa)));
      EXPECT_TRUE(question.layer.ends_with(", or fp16")) << question.layer;
    }
    EXPECT_EQ(count(planned({isa}), "product_f16"), 0);
    EXPECT_EQ(count(planned({isa, {}, Precision::bf16}), "product_f16"), 0);
  }
  for (const auto isa : {Isa::bf16_512, Isa::dotprod, Isa::portable})
    EXPECT_EQ(count(planned({isa, {}, Precision::fp16}), "product_f16"), 0);
}

TEST(Halves, StandBesideBfloat16LayerByLayer) {
  const auto halves = planned({Isa::fp16_512, {}, Precision::mixed});
  EXPECT_GT(count(halves, "product_f16"), 0);
  EXPECT_EQ(count(halves, "product_bf16"), 0);
  Choices choices;
  for (const auto& question : halves.questions) {
    const auto has = [&](std::string_view name) {
      return std::ranges::find(question.candidates, name) != question.candidates.end();
    };
    EXPECT_TRUE(has("fp16_512 rounded") && has("bf16_512 rounded") && has("avx512"));
    if (question.layer.find("3x3") != question.layer.npos ||
        question.layer.find("5x5") != question.layer.npos)
      choices[question.layer] = "bf16_512 rounded";
  }
  ASSERT_EQ(choices.size(), 2U);
  const auto both = planned({Isa::fp16_512, choices, Precision::mixed});
  EXPECT_EQ(count(both, "product_f16"), 1 + 4 + 1);
  EXPECT_EQ(count(both, "product_bf16"), 1 + 2);
  // What lies in memory as bfloat16 is between layers that take it so.
  std::string stored;
  for (const auto& note : both.notes)
    if (note.words.ends_with("to bf16")) stored += note.node + " ";
  EXPECT_EQ(stored, "b ");
}

}  // namespace
}  // namespace slipway::cpu
