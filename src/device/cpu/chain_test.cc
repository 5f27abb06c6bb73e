// 1x1 convolutions and the windows that alone read them, as one step: the same bits as two.

#include <array>

#include <gmock/gmock.h>

#include "device/cpu/lower.h"
#include "device/cpu/stream.h"
#include "device/cpu/testing.h"
#include "device/cpu/tune.h"
#include "engine/chain_step.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

using testing::HasSubstr;

/// A pair as people describe it.
struct Pair {
  const char* name;
  int pictures, height, width, channels, between;
  int kernel, stride, pad;
  const char* first;   // fields of the product
  const char* second;  // more of those of the windows

  [[nodiscard]] int out(int size) const { return (size + 2 * pad - kernel) / stride + 1; }

  [[nodiscard]] Graph graph() const {
    const auto x = fmt::format("f32[{},{},{}", pictures, height, width);
    const auto y = fmt::format("f32[{},{},{}", pictures, out(height), out(width));
    const auto window = fmt::format("stride=[{0},{0}], pad_begin=[{1},{1}], pad_end=[{1},{1}], {2}",
                                    stride, pad, second);
    return with_random(graph_of(fmt::format(R"(
      x: {0},{2}] = Input
      w: f32[1,1,{2},{3}] = Constant
      b: f32[{3}] = Constant
      a: {0},{3}] = Conv(x, w, b) {{{4}}}
      v: f32[{5},{5},1,{3}] = Constant
      y: {1},{3}] = Conv(a, v, b) {{{6}group={3}}}
      return y)",
                                            x, y, channels, between, first, kernel, window)),
                       {"w", "b", "v"});
  }
};

void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.name; }

constexpr Pair kPairs[] = {
    {"by_1", 1, 59, 57, 16, 160, 3, 1, 1, "activation=relu6", "activation=relu6, "},
    {"by_2", 1, 60, 56, 24, 160, 3, 2, 1, "activation=relu6", ""},
    {"by_2_odd", 1, 61, 57, 5, 157, 3, 2, 1, "", "activation=relu, "},
    {"five_by_1", 1, 47, 47, 8, 240, 5, 1, 2, "activation=relu", ""},
    {"five_by_2", 1, 51, 51, 8, 203, 5, 2, 2, "", ""},
    {"no_pads", 1, 53, 55, 12, 190, 3, 1, 0, "activation=relu6", ""},
    {"by_3", 1, 53, 55, 12, 190, 2, 3, 0, "activation=relu6", ""},
    {"few_rows", 1, 3, 400, 7, 450, 3, 1, 1, "", ""},
    {"large_windows", 1, 6, 201, 7, 450, 5, 1, 2, "activation=relu6", ""},
    {"two_pictures", 2, 41, 39, 16, 170, 3, 1, 1, "activation=relu6", ""},
    {"three_pictures", 3, 30, 33, 9, 180, 3, 2, 1, "", ""},
};

std::vector<LowerOptions> ways() {
  std::vector<LowerOptions> out;
  for (int i = 0; i < kernels::kIsaCount; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::runs_here(isa)) continue;
    out.push_back({isa});
    out.push_back({isa, {}, Precision::bf16});
    out.push_back({isa, {}, Precision::fp16});
  }
  return out;
}

constexpr std::string_view kByRows = " by rows";

/// The question about both layers of a pair.
const Question* question_of(const BuiltPlan& plan) {
  const auto at = std::ranges::find_if(
      plan.questions, [](const Question& q) { return q.layer.find(", then ") != q.layer.npos; });
  return at == plan.questions.end() ? nullptr : &*at;
}

std::int64_t chains_of(const BuiltPlan& plan) {
  return std::ranges::count_if(
      plan.notes, [](const StepNote& note) { return note.kernel.starts_with("chain "); });
}

/// Runs of one plan, in all ways.
std::vector<std::vector<Tensor>> all_runs(const BuiltPlan& plan, const Graph& graph,
                                          const std::vector<Tensor>& inputs) {
  std::vector<std::vector<Tensor>> out = {run(plan, graph, inputs),
                                          run(plan, graph, inputs, Order::backwards)};
  for (const int threads : {1, 3, 7}) {
    Stream stream(graph, plan, threads);
    stream.set_inputs(inputs);
    stream.run();
    out.push_back(stream.outputs());
  }
  return out;
}

/// A plan with all pairs as one step each, and one with two each, where `candidate` says how.
std::array<BuiltPlan, 2> both(const Graph& graph, LowerOptions options, const Question& question,
                              const std::string& candidate) {
  std::array<BuiltPlan, 2> out;
  const auto plain = candidate.substr(0, candidate.size() - kByRows.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    options.choices[question.layer] = i == 0 ? candidate : plain;
    auto plan = lower(graph, options);
    EXPECT_TRUE(plan) << plan.error().message;
    if (plan) out[i] = std::move(plan).value();
    EXPECT_EQ(chains_of(out[i]), i == 0 ? 1 : 0);
  }
  return out;
}

/// Expects the bits of two steps of every way to compute the pair as one; `seen` is shown each plan
/// with it as one.
void expect_bits_of_two_steps(
    const Graph& graph, const std::function<void(const BuiltPlan&)>& seen = [](const auto&) {}) {
  const auto inputs = inputs_for(graph, 1);
  for (const auto& options : ways()) {
    SCOPED_TRACE(fmt::format("{} {}", name_of(options.isa), name_of(options.precision)));
    const auto plan = lower(graph, options);
    ASSERT_TRUE(plan) << plan.error().message;
    const auto* question = question_of(*plan);
    ASSERT_NE(question, nullptr);
    for (const auto& candidate : question->candidates) {
      if (!candidate.ends_with(kByRows)) continue;
      const auto [one, two] = both(graph, options, *question, candidate);
      const auto should = run(two, graph, inputs);
      for (const auto& is : all_runs(one, graph, inputs)) EXPECT_EQ(is, should) << candidate;
      seen(one);
    }
  }
}

class Chains : public testing::TestWithParam<Pair> {};

TEST_P(Chains, HaveTheBitsOfTwoSteps) { expect_bits_of_two_steps(GetParam().graph()); }

INSTANTIATE_TEST_SUITE_P(All, Chains, testing::ValuesIn(kPairs),
                         [](const auto& test) { return std::string(test.param.name); });

/// Between other products, which bfloat16 comes from and goes to.
constexpr auto kBetween = R"(
  x: f32[1,61,59,8] = Input
  u: f32[1,1,8,24] = Constant
  p: f32[1,61,59,24] = Conv(x, u) {activation=relu}
  w: f32[1,1,24,150] = Constant
  a: f32[1,61,59,150] = Conv(p, w) {activation=relu6}
  v: f32[3,3,1,150] = Constant
  b: f32[1,31,30,150] = Conv(a, v) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], group=150}
  s: f32[1,1,150,16] = Constant
  y: f32[1,31,30,16] = Conv(b, s)
  return y)";

/// What it reads is a part of a larger value, and so is what it writes.
constexpr auto kJoined = R"(
  x: f32[1,61,59,8] = Input
  u: f32[1,1,8,24] = Constant
  p: f32[1,61,59,24] = Conv(x, u) {activation=relu}
  w: f32[1,1,24,150] = Constant
  a: f32[1,61,59,150] = Conv(p, w) {activation=relu6}
  v: f32[3,3,1,150] = Constant
  b: f32[1,31,30,150] = Conv(a, v) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], group=150}
  s: f32[1,1,24,12] = Constant
  q: f32[1,31,30,12] = Conv(p, s) {stride=[2,2]}
  c: f32[1,31,30,162] = Concat(q, b) {axis=3}
  d: f32[1,61,59,32] = Concat(x, p) {axis=3}
  t: f32[1,1,162,16] = Constant
  y: f32[1,31,30,16] = Conv(c, t)
  r: f32[1,1,32,16] = Constant
  z: f32[1,61,59,16] = Conv(d, r)
  return y, z)";

TEST(Chain, ReadsAndWritesWhatOthersDo) {
  int rounded = 0;
  for (const auto* text : {kBetween, kJoined}) {
    const auto graph = with_random(graph_of(text), {"u", "w", "v", "s", "t", "r"});
    expect_bits_of_two_steps(graph, [&](const BuiltPlan& one) {
      rounded += static_cast<int>(std::ranges::count_if(one.notes, [](const StepNote& note) {
        return note.kernel.starts_with("chain ") &&
               note.words.ends_with("3x3 by 2, from bf16, to bf16");
      }));
    });
  }
  EXPECT_EQ(rounded > 0, kernels::runs_here(kernels::Isa::bf16_512));
}

TEST(Chain, ReadsAndWritesPartsOfLargerValues) {
  const auto graph = with_random(graph_of(kJoined), {"u", "w", "v", "s", "t", "r"});
  const auto plan = lower(graph, {kernels::Isa::portable});
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(chains_of(*plan), 1);
  for (const auto* step = begin(plan->header()); step != end(plan->header()); step = next(step)) {
    if (step->kind != engine::StepKind::chain) continue;
    const auto& chain = *reinterpret_cast<const engine::ChainStep*>(step);
    EXPECT_EQ(chain.product.product.rows.channels, 32);
    EXPECT_EQ(chain.depthwise.out_stride, 162);
  }
}

constexpr Pair kLarge = {"large", 1, 64, 64, 16, 128, 3, 2, 1, "activation=relu6", ""};
constexpr Pair kSmall = {"small", 1, 40, 40, 16, 128, 3, 2, 1, "activation=relu6", ""};

TEST(Chain, SaysWhatItDoes) {
  const auto plan = lower(kLarge.graph(), {kernels::Isa::portable});
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(chains_of(*plan), 1);
  const auto& note = plan->notes.back();
  EXPECT_EQ(note.node, "y");
  EXPECT_EQ(note.kernel, "chain portable");
  EXPECT_EQ(note.words, "4096 x 16 x 128, then 128 channels at 64x64, 3x3 by 2");
}

TEST(Chain, IsNoneWherePicturesAreSmall) {
  const auto plan = lower(kSmall.graph(), {kernels::Isa::portable});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(chains_of(*plan), 0);
  EXPECT_EQ(question_of(*plan), nullptr);
}

TEST(Chain, IsNoneWhereSomethingElseReadsThePicture) {
  auto graph = kLarge.graph();
  std::vector<ValueId> outputs(graph.outputs().begin(), graph.outputs().end());
  outputs.push_back(graph.node(outputs[0]).inputs[0]);
  graph.set_outputs(outputs);
  const auto plan = lower(graph, {kernels::Isa::portable});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(chains_of(*plan), 0);
  EXPECT_EQ(question_of(*plan), nullptr);
}

TEST(Chain, IsMeasuredBesideBothSteps) {
  const auto graph = kLarge.graph();
  const SystemClock clock;
  TuneOptions tuning;
  tuning.seconds = 0;
  const auto measured = tune(graph, {kernels::newest_here()}, tuning, clock);
  ASSERT_TRUE(measured) << measured.error().message;
  ASSERT_EQ(measured->size(), 1U) << "one question about both";
  const auto& layer = measured->front();
  EXPECT_THAT(layer.layer, HasSubstr("to 64x64x128, then 3x3 stride 2x2 pad 1,1 to 32x32"));
  for (const auto& one : layer.candidates) EXPECT_TRUE(one.admitted) << one.candidate;
}

TEST(Chain, AnswersWithBothSteps) {
  const auto graph = kLarge.graph();
  LowerOptions options{kernels::Isa::portable};
  const auto plan = lower(graph, options);
  ASSERT_TRUE(plan) << plan.error().message;
  const auto* question = question_of(*plan);
  ASSERT_NE(question, nullptr);
  options.choices[question->layer] = "portable";
  const auto two = lower(graph, options);
  ASSERT_TRUE(two) << two.error().message;
  ASSERT_GE(two->notes.size(), 2U);
  for (const auto* note : {&two->notes.back(), &two->notes.back() - 1}) {
    EXPECT_EQ(note->layer, question->layer);
    EXPECT_EQ(note->last, "y");
  }
  ASSERT_NE(question_of(*two), nullptr);
  EXPECT_EQ(question_of(*two)->nodes, question->nodes);
}

}  // namespace
}  // namespace slipway::cpu
