#include "device/cpu/lower.h"

#include <algorithm>

#include "device/cpu/testing.h"
#include "engine/product_steps.h"
#include "kernels/gemm_f32.h"
#include "ops/conv/conv_transpose.h"
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

// TensorFlow Lite's arithmetic: weights with a zero point and with one scale per output, windows of
// 5x5, 3x3 and with dilation, a sum, a multiplier above 1, and a dense layer.
constexpr auto kTwice = R"(
  x: u8[1,9,7,5] q(0.03, 120) = Input
  w1: u8[3,3,5,24] q(0.02, 100) = Constant
  b1: i32[24] = Constant
  a: u8[1,9,7,24] q(0.4, 0) = Conv(x, w1, b1) {pad_begin=[1,1], pad_end=[1,1], activation=relu6}
  w2: u8[5,5,1,24] q(0.01, 9) = Constant
  d: u8[1,9,7,24] q(0.9, 100) = Conv(a, w2) {pad_begin=[2,2], pad_end=[2,2], group=24}
  w3: i8[1,1,24,24] q(axis=3, [0.01,0.02,0.03,0.04,0.05,0.06,0.01,0.02,0.03,0.04,0.05,0.06,0.01,0.02,0.03,0.04,0.05,0.06,0.01,0.02,0.03,0.04,0.05,0.06], [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]) = Constant
  p: u8[1,9,7,24] q(3, 90) = Conv(d, w3)
  r: u8[1,9,7,24] q(2.5, 80) = Add(a, p) {activation=relu}
  w4: u8[3,3,1,24] q(0.004, 120) = Constant
  e: u8[1,5,4,24] q(0.001, 70) = Conv(r, w4) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], group=24}
  f: u8[1,1,2,24] q(0.001, 70) = Conv(e, w4) {dilation=[2,1], group=24}
  w5: i8[48,11] q(0.003, 0) = Constant
  t: i64[2] = Constant [1,48]
  g: u8[1,48] q(0.001, 70) = Reshape(f, t)
  y: u8[1,11] q(0.0007, 130) = FullyConnected(g, w5) {rounding=real}
  return y
)";

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
    const auto results = run(*plan, graph, inputs);
    const auto is = results[0].values<float>();
    const auto values = (*should)[0].values<float>();
    // Sums of integers are multiples of 0.04 here; the interpreter adds floats in the last layer.
    for (std::size_t i = 0; i < is.size(); ++i) EXPECT_NEAR(is[i], values[i], 0.01) << seed;
  }
}

TEST_P(Lower, ANetworkInTheArithmeticOfTensorFlowLiteGivesEveryByte) {
  if (!kernels::runs_here(GetParam()))
    GTEST_SKIP() << "this processor has no " << kernels::name_of(GetParam());
  auto graph = with_random(graph_of(kTwice), {"w1", "b1", "w2", "w3", "w4", "w5"});
  const auto plan = lower(graph, {GetParam(), {}});
  ASSERT_TRUE(plan) << plan.error().message << " " << plan.error().trail.front();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto inputs = inputs_for(graph, seed);
    const auto should = interpret(graph, inputs);
    ASSERT_TRUE(should);
    EXPECT_EQ(run(*plan, graph, inputs)[0], (*should)[0]) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Lower, testing::Values(kernels::Isa::portable, kernels::Isa::avx2, kernels::Isa::vnni512),
    [](const auto& test) { return std::string(kernels::name_of(test.param)); });

// Two pictures of floats: borders, strides, dilation, groups, residuals in front and behind.
constexpr auto kFloats = R"(
  x: f32[2,11,9,4] = Input
  w1: f32[3,5,4,20] = Constant
  b1: f32[20] = Constant
  a: f32[2,6,5,20] = Conv(x, w1, b1) {stride=[2,2], pad_begin=[1,2], pad_end=[1,2], activation=relu}
  w2: f32[3,3,5,20] = Constant
  g: f32[2,6,5,20] = Conv(a, w2) {pad_begin=[2,2], pad_end=[2,2], dilation=[2,2], group=4}
  r: f32[2,6,5,20] = Add(g, a) {activation=relu6}
  w3: f32[1,1,20,20] = Constant
  p: f32[2,6,5,20] = Conv(r, w3, b1)
  s: f32[2,6,5,20] = Add(r, p)
  w4: f32[3,3,1,20] = Constant
  d: f32[2,3,3,20] = Conv(s, w4, b1) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], group=20}
  k: i64[2] = Constant [2,180]
  f: f32[2,180] = Reshape(d, k)
  w5: f32[180,7] = Constant
  y: f32[2,7] = FullyConnected(f, w5) {activation=relu_n1_to_1}
  return y, s
)";

TEST_P(Lower, FloatsAreNearThoseOfTheInterpreter) {
  if (!kernels::runs_here(GetParam()))
    GTEST_SKIP() << "this processor has no " << kernels::name_of(GetParam());
  const auto graph = with_random(graph_of(kFloats), {"w1", "b1", "w2", "w3", "w4", "w5"});
  const auto plan = lower(graph, {GetParam()});
  ASSERT_TRUE(plan) << plan.error().message << " " << plan.error().trail.size();
  const auto inputs = inputs_for(graph, 1);
  const auto should = interpret(graph, inputs);
  ASSERT_TRUE(should);
  const auto is = run(*plan, graph, inputs);
  // Sums of some hundred products in another order.
  for (std::size_t i = 0; i < is.size(); ++i)
    EXPECT_EQ(difference(is[i], (*should)[i], 1e-5), "") << i;
}

TEST_P(Lower, TransposedConvolutionsOfAnyStrideAndPadding) {
  if (!kernels::runs_here(GetParam()))
    GTEST_SKIP() << "this processor has no " << kernels::name_of(GetParam());
  for (std::int64_t stride = 1; stride <= 3; ++stride) {
    for (std::int64_t kernel = 1; kernel <= 5; ++kernel) {
      for (std::int64_t pad = 0; pad < kernel; ++pad) {
        Graph graph;
        const auto x = graph.add_input("x", {DType::f32, {2, 5, 4, 6}, {}});
        const auto w = graph.add_constant("w", random_f32({kernel, kernel, 6, 9}));
        const auto b = graph.add_constant("b", random_f32({9}, 2));
        const ops::ConvTranspose op{.stride = {stride, stride},
                                    .pad_begin = {pad, pad},
                                    .pad_end = {pad, 0},
                                    .activation = Activation::relu};
        const auto y = graph.add(op, {x, w, b}, "y");
        if (!y) continue;  // an output of nothing
        graph.set_outputs({*y});
        const auto plan = lower(graph, {GetParam()});
        ASSERT_TRUE(plan) << plan.error().message;
        const auto inputs = inputs_for(graph, 1);
        const auto should = interpret(graph, inputs);
        ASSERT_TRUE(should);
        EXPECT_EQ(difference(run(*plan, graph, inputs)[0], (*should)[0], 1e-5), "")
            << "stride " << stride << " kernel " << kernel << " pad " << pad;
      }
    }
  }
}

TEST(Lowered, AnInputThatGetsBordersIsCopiedOnce) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,6,6,3] = Input
    w: f32[3,3,3,8] = Constant
    y: f32[1,3,3,8] = Conv(x, w) {stride=[2,2], pad_end=[1,1]}
    return y)"),
                                 {"w"});
  const auto plan = lower(graph, {});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->notes.size(), 2U) << "borders and a product";
}

TEST(Lowered, OnePixelJoinsTheSumsOfAll) {
  const auto graph = with_random(graph_of(R"(
    x: f32[2,4,5,6] = Input
    p: f32[1,1,1,6] = Input
    w: f32[1,1,6,20] = Constant
    v: f32[3,3,6,20] = Constant
    q: f32[1,1,1,20] = Conv(p, w)
    a: f32[2,4,5,20] = Conv(x, w)
    b: f32[2,4,5,20] = Conv(x, v) {pad_begin=[1,1], pad_end=[1,1]}
    y: f32[2,4,5,20] = Add(a, q) {activation=relu}
    z: f32[2,4,5,20] = Add(q, b)
    return y, z
  )"),
                                 {"w", "v"});
  for (const auto* chosen : {"portable", "portable winograd2", "portable winograd4"}) {
    LowerOptions options{kernels::Isa::portable};
    const auto asked = lower(graph, options);
    ASSERT_TRUE(asked) << asked.error().message;
    for (const auto& question : asked->questions) options.choices[question.layer] = chosen;
    const auto plan = lower(graph, options);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(std::ranges::count_if(
                  plan->notes, [](const auto& note) { return note.kernel.starts_with("binary"); }),
              0);
    const auto inputs = inputs_for(graph, 1);
    const auto should = interpret(graph, inputs);
    ASSERT_TRUE(should);
    const auto is = run(*plan, graph, inputs);
    for (std::size_t i = 0; i < is.size(); ++i)
      EXPECT_EQ(difference(is[i], (*should)[i], 1e-5), "") << i << " by " << chosen;
  }
}

TEST(Lowered, OutputsThatAreReadAgainOrGivenTwiceAreWhole) {
  const auto graph = with_random(graph_of(R"(
    x: u8[1,4,4,2] q(1, 100) = Input
    w: i8[1,1,2,2] q(0.01, 0) = Constant
    y: u8[1,4,4,2] q(1, 100) = Conv(x, w) {rounding=real_even}
    z: u8[1,4,4,2] q(1, 100) = Conv(y, w) {rounding=real_even}
    s: i64[2] = Constant [16,2]
    f: u8[16,2] q(1, 100) = Reshape(y, s)
    return y, z, f, y, x
  )"),
                                 {"w"});
  const auto plan = lower(graph, {kernels::Isa::portable});
  ASSERT_TRUE(plan) << plan.error().message;
  const auto inputs = inputs_for(graph, 1);
  const auto should = interpret(graph, inputs);
  ASSERT_TRUE(should);
  EXPECT_EQ(run(*plan, graph, inputs), *should);
}

// What a plan for another kind of processor needs of kernels stands in every build.
TEST(Lowered, ForArmProcessorsLiesInPanelsOf8) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,4,4,3] = Input
    w: f32[1,1,3,20] = Constant
    b: f32[20] = Constant
    y: f32[1,4,4,20] = Conv(x, w, b)
    return y)"),
                                 {"w", "b"});
  const auto plan = lower(graph, {kernels::Isa::neon});
  ASSERT_TRUE(plan) << plan.error().message;
  const auto* step = engine::begin(plan->header());
  while (step->kind == engine::StepKind::border) step = engine::next(step);  // a copy of the input
  ASSERT_EQ(step->kind, engine::StepKind::product_f32);
  const auto& row = kernels::gemm_f32_variants()[step->variant];
  EXPECT_EQ(row.isa, kernels::Isa::neon);
  EXPECT_EQ(row.panel, 8);
  EXPECT_EQ(row.run != nullptr, kernels::is_built(row.isa));
  std::vector<float> w;
  std::vector<float> b;
  for (const auto& node : graph.nodes()) {
    const auto& value = node.outputs[0];
    if (!value.known) continue;
    const auto values = value.known->values<float>();
    (value.name == "w" ? w : b).assign(values.begin(), values.end());
  }
  const auto place = reinterpret_cast<const engine::ProductF32Step*>(step)->panels;
  const auto* panel = reinterpret_cast<const float*>(plan->constants.data() + place.offset);
  for (std::size_t n = 0; n < 16; n += 8, panel += 4 * 8) {
    for (std::size_t j = 0; j < 8; ++j) {
      EXPECT_EQ(panel[j], b[n + j]);
      for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(panel[8 + k * 8 + j], w[k * 20 + n + j]);
    }
  }
}

TEST(Lowered, TakesKernelsOfOneKindOfProcessor) {
  const auto bytes = with_random(graph_of(kNetwork), {"w1", "w2", "w3", "w4", "w5"});
  const auto integers = with_random(graph_of(kTwice), {"w1", "b1", "w2", "w3", "w4", "w5"});
  for (int i = 0; i < kernels::kIsaCount; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    for (const auto& graph : {bytes, integers}) {
      const auto plan = lower(graph, {isa});
      ASSERT_TRUE(plan) << plan.error().message;
      bool own = false;
      for (const auto& note : plan->notes) {
        for (int k = 0; k < kernels::kIsaCount; ++k) {
          const auto other = static_cast<kernels::Isa>(k);
          if (!note.kernel.ends_with(" " + std::string(kernels::name_of(other)))) continue;
          EXPECT_TRUE(kernels::includes(isa, other))
              << note.kernel << " in a plan for " << kernels::name_of(isa);
          own = own || other != kernels::Isa::portable;
        }
      }
      EXPECT_EQ(own, isa != kernels::Isa::portable) << kernels::name_of(isa);
    }
  }
}

TEST(Lowered, AConvolutionWhoseChannelsComeToTheFrontIsOneStep) {
  const auto kernels_of = [](std::string_view text, Precision precision) {
    const auto graph = with_random(graph_of(text), {"w"});
    const auto plan = lower(graph, {kernels::newest_here(), {}, precision});
    EXPECT_TRUE(plan);
    std::vector<std::string> names;
    for (const auto& note : plan->notes)
      names.push_back(note.kernel.substr(0, note.kernel.find(' ')));
    return names;
  };
  // What a convolution reads is no input: of that there is a copy.
  constexpr auto kOfBytes = R"(
    x: u8[1,6,6,3] q(0.1, 100) = Input
    p: u8[1,4,4,3] q(0.1, 100) = MaxPool(x) {kernel=[3,3]}
    d: f32[1,4,4,3] = Dequantize(p)
    w: f32[1,1,3,18] = Constant
    c: f32[1,4,4,18] = Conv(d, w)
    y: f32[1,18,4,4] = Transpose(c) {perm=[0,3,1,2]}
    return y)";
  constexpr auto kOfFloats = R"(
    x: f32[1,6,6,3] = Input
    p: f32[1,4,4,3] = MaxPool(x) {kernel=[3,3]}
    w: f32[1,1,3,18] = Constant
    c: f32[1,4,4,18] = Conv(p, w)
    y: f32[1,18,4,4] = Transpose(c) {perm=[0,3,1,2]}
    return y)";
  const std::vector<std::string> should = {"pool", "planar"};
  for (const auto precision : {Precision::fp32, Precision::bf16})
    for (const auto* text : {kOfBytes, kOfFloats}) EXPECT_EQ(kernels_of(text, precision), should);
}

TEST(LowerRefusals, NameTheNodeAndWhy) {
  const auto refused = [](std::string_view text) {
    const auto plan = lower(graph_of(text), {});
    EXPECT_FALSE(plan);
    EXPECT_EQ(plan.error().code, Code::unsupported);
    std::string words = plan.error().message;
    for (const auto& step : plan.error().trail) words += " | " + step;
    return words;
  };
  EXPECT_EQ(refused("x: f32[2,2] = Input\ny: f32[] = Det(x)\nreturn y\n"),
            "no kernel takes Det | 'y'");
  EXPECT_EQ(refused("x: f32[?,4] = Input\ny: f32[?,4] = Relu(x)\nreturn y\n"), "'x' is f32[?,4]");
}

}  // namespace
}  // namespace slipway::cpu
