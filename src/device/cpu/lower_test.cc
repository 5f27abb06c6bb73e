#include "device/cpu/lower.h"

#include <cstdlib>
#include <memory>

#include "ops/testing.h"

namespace slipway::cpu {
namespace {

// A picture of floats, a dense convolution with borders, depthwise ones of both strides, products
// with and without a residual, once in front and once behind, a mean, and a dense layer.
constexpr auto kNetwork = R"(
  x: f32[1,3,11,9] = Input
  xq: u8[1,3,11,9] q(0.03125, 128) = Quantize(x) {halves_to_even=true}
  xt: u8[1,11,9,3] q(0.03125, 128) = Transpose(xq) {perm=[0,2,3,1]}
  w1: i8[3,3,3,20] q(0.02, 0) = Constant
  b1: i32[20] = Constant
  a: u8[1,6,5,20] q(0.3, 11) = Conv(xt, w1, b1) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], activation=relu6, rounding=real_even}
  w2: i8[3,3,1,20] q(axis=3, [0.01,0.02,0.03,0.04,0.05,0.01,0.02,0.03,0.04,0.05,0.01,0.02,0.03,0.04,0.05,0.01,0.02,0.03,0.04,0.05], [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]) = Constant
  d: u8[1,6,5,20] q(0.5, 100) = Conv(a, w2) {pad_begin=[1,1], pad_end=[1,1], group=20, rounding=real_even}
  w3: i8[1,1,20,20] q(0.01, 0) = Constant
  p: u8[1,6,5,20] q(0.7, 90) = Conv(d, w3) {rounding=real_even}
  r: u8[1,6,5,20] q(0.9, 80) = Add(a, p) {rounding=real_even}
  w4: i8[1,1,20,20] q(0.01, 0) = Constant
  e: u8[1,6,5,20] q(0.8, 70) = Conv(r, w4) {rounding=real_even}
  s: u8[1,6,5,20] q(1.1, 60) = Add(e, r) {rounding=real_even, activation=relu}
  f: u8[1,3,3,20] q(3, 100) = Conv(s, w2) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], group=20, rounding=real_even}
  ff: f32[1,3,3,20] = Dequantize(f)
  m: f32[1,20] = ReduceMean(ff) {axes=[1,2]}
  mq: u8[1,20] q(2, 90) = Quantize(m) {halves_to_even=true}
  mf: f32[1,20] = Dequantize(mq)
  w5: i8[20,7] q(0.02, 0) = Constant
  w5f: f32[20,7] = Dequantize(w5)
  y: f32[1,7] = FullyConnected(mf, w5f)
  return y
)";

struct Freed {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};

using Aligned = std::unique_ptr<std::byte, Freed>;

Aligned aligned(std::size_t bytes) {
  return Aligned(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 127) / 64 * 64)));
}

std::vector<float> run(const BuiltPlan& plan, const Tensor& input, std::size_t outputs) {
  const auto constants = aligned(plan.constants.size());
  std::memcpy(constants.get(), plan.constants.data(), plan.constants.size());
  const auto arena = aligned(plan.arena_bytes);
  std::vector<float> y(outputs);
  const std::byte* const inputs[] = {input.bytes().data()};
  std::byte* const results[] = {reinterpret_cast<std::byte*>(y.data())};
  engine::run(plan.header(), {constants.get(), arena.get(), inputs, results});
  return y;
}

class Lower : public testing::TestWithParam<kernels::Isa> {};

TEST_P(Lower, ANetworkComputesWhatTheInterpreterDoes) {
  if (!kernels::runs_here(GetParam()))
    GTEST_SKIP() << "this processor has no " << kernels::name_of(GetParam());
  auto graph = with_random(graph_of(kNetwork), {"w1", "w2", "w3", "w4", "w5"});
  const auto plan = lower(graph, {GetParam()});
  ASSERT_TRUE(plan) << plan.error().message << " " << plan.error().trail.size();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto inputs = inputs_for(graph, seed);
    const auto should = interpret(graph, inputs);
    ASSERT_TRUE(should);
    const auto is = run(*plan, inputs[0], 7);
    const auto values = (*should)[0].values<float>();
    // Sums of integers are multiples of 0.04 here; the interpreter adds floats in the last layer.
    for (std::size_t i = 0; i < is.size(); ++i) EXPECT_NEAR(is[i], values[i], 0.01) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Lower, testing::Values(kernels::Isa::portable, kernels::Isa::vnni512),
                         [](const auto& test) {
                           return std::string(kernels::name_of(test.param));
                         });

TEST(LowerRefusals, NameTheNodeAndWhy) {
  const auto refused = [](std::string_view text) {
    const auto plan = lower(graph_of(text), {});
    EXPECT_FALSE(plan);
    EXPECT_EQ(plan.error().code, Code::unsupported);
    std::string words = plan.error().message;
    for (const auto& step : plan.error().trail) words += " | " + step;
    return words;
  };
  EXPECT_EQ(refused("x: f32[1,4] = Input\ny: f32[1,4] = Sigmoid(x)\nreturn y\n"),
            "no kernel takes Sigmoid | 'y'");
  EXPECT_EQ(refused("x: u8[1,4] q(1, 0) = Input\nreturn x\n"), "no kernel writes the output 'x'");
  EXPECT_EQ(refused("x: u8[1,4,4,2] q(1, 0) = Input\nw: i8[1,1,2,2] q(1, 0) = Constant\n"
                    "y: u8[1,4,4,2] q(1, 0) = Conv(x, w) {rounding=real_even}\nreturn y\n"),
            "'x' lies outside of the arena | 'y'");
  EXPECT_EQ(refused("x: f32[?,4] = Input\ny: f32[?,4] = Relu(x)\nreturn y\n"), "'x' is f32[?,4]");
}

}  // namespace
}  // namespace slipway::cpu
