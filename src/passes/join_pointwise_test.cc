#include "passes/testing.h"

namespace slipway::passes {
namespace {

constexpr double kRounded = 1e-6;  // of the range: sums in another order

TEST(JoinPointwise, ASumOfTwoConvolutionsBecomesOne) {
  const auto before = graph_of(R"(
    x: f32[2,5,5,2] = Input
    u: f32[3,3,2,3] = Constant [1,-2,3,-4,5,6,7,8,9,1,2,3,-1,2,1,-4,5,6,7,-8,9,1,2,3,1,-2,3,-4,5,6,7,8,-9,1,2,3,1,2,3,-4,5,6,7,8,9,1,2,-3,1,2,3,4,-5,6]
    v: f32[1,1,3,2] = Constant [1,-2,3,-4,0.5,6]
    w: f32[1,1,2,2] = Constant [7,8,-9,1]
    b: f32[2] = Constant [0.5,-0.5]
    c: f32[2] = Constant [0.25,3]
    a: f32[2,3,3,3] = Conv(x, u) {activation=relu}
    l: f32[2,3,3,2] = Conv(a, v, b)
    r: f32[2,3,3,2] = Conv(x, w, c) {stride=[2,2]}
    y: f32[2,3,3,2] = Add(l, r) {activation=relu}
    return y
  )");
  const auto after = passed(join_pointwise, before);
  EXPECT_EQ(ops_of(after), "Conv Slice Concat Conv");
  EXPECT_EQ(after.value(after.outputs()[0]).name, "y");
  expect_near_outputs(before, after, kRounded);
}

TEST(JoinPointwise, WithoutBiasesAndOfPools) {
  const auto before = graph_of(R"(
    x: f32[1,5,5,2] = Input
    v: f32[1,1,2,2] = Constant [1,-2,3,-4]
    w: f32[1,1,2,2] = Constant [7,8,-9,1]
    p: f32[1,3,3,2] = MaxPool(x) {kernel=[3,3]}
    a: f32[1,3,3,2] = Conv(p, w) {activation=relu}
    l: f32[1,3,3,2] = Conv(a, v)
    r: f32[1,3,3,2] = Conv(p, w)
    y: f32[1,3,3,2] = Add(r, l)
    return y
  )");
  const auto after = passed(join_pointwise, before);
  EXPECT_EQ(ops_of(after), "MaxPool Conv Concat Conv");
  expect_near_outputs(before, after, kRounded);
}

struct Row {
  const char* name;
  const char* text;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr Row kLeft[] = {
    {"another_user", R"(
      x: f32[1,3,3,2] = Input
      w: f32[1,1,2,2] = Constant [7,8,-9,1]
      p: f32[1,3,3,2] = Conv(x, w)
      q: f32[1,3,3,2] = Conv(p, w)
      l: f32[1,3,3,2] = Conv(q, w)
      r: f32[1,3,3,2] = Conv(p, w)
      y: f32[1,3,3,2] = Add(l, r)
      return y, l)"},
    {"an_activation_between", R"(
      x: f32[1,3,3,2] = Input
      w: f32[1,1,2,2] = Constant [7,8,-9,1]
      p: f32[1,3,3,2] = Conv(x, w)
      q: f32[1,3,3,2] = Conv(p, w)
      l: f32[1,3,3,2] = Conv(q, w) {activation=relu}
      r: f32[1,3,3,2] = Conv(p, w)
      y: f32[1,3,3,2] = Add(l, r)
      return y)"},
    {"one_pixel_for_all", R"(
      x: f32[1,3,3,2] = Input
      w: f32[1,1,2,2] = Constant [7,8,-9,1]
      p: f32[1,3,3,2] = Conv(x, w)
      m: f32[1,1,1,2] = AveragePool(p) {kernel=[3,3]}
      l: f32[1,3,3,2] = Conv(p, w)
      r: f32[1,1,1,2] = Conv(m, w)
      y: f32[1,3,3,2] = Add(l, r)
      return y)"},
    {"zeros_around", R"(
      x: f32[1,3,3,2] = Input
      w: f32[1,1,2,2] = Constant [7,8,-9,1]
      p: f32[1,3,3,2] = Conv(x, w)
      q: f32[1,1,1,2] = AveragePool(p) {kernel=[3,3]}
      l: f32[1,3,3,2] = Conv(p, w)
      r: f32[1,3,3,2] = Conv(q, w) {pad_begin=[1,1], pad_end=[1,1]}
      y: f32[1,3,3,2] = Add(l, r)
      return y)"},
    {"zeros_behind", R"(
      x: f32[1,3,3,2] = Input
      w: f32[1,1,2,2] = Constant [7,8,-9,1]
      p: f32[1,3,3,2] = Conv(x, w)
      q: f32[1,2,2,2] = AveragePool(p) {kernel=[2,2]}
      l: f32[1,3,3,2] = Conv(p, w)
      r: f32[1,3,3,2] = Conv(q, w) {pad_end=[1,1]}
      y: f32[1,3,3,2] = Add(l, r)
      return y)"},
    // Nobody writes an input of the graph, or a product of elements, beside something else.
    {"what_would_be_copied", R"(
      x: f32[1,3,3,2] = Input
      w: f32[1,1,2,2] = Constant [7,8,-9,1]
      p: f32[1,3,3,2] = Conv(x, w)
      q: f32[1,3,3,2] = Mul(p, x)
      l: f32[1,3,3,2] = Conv(p, w)
      r: f32[1,3,3,2] = Conv(q, w)
      s: f32[1,3,3,2] = Add(l, r)
      t: f32[1,3,3,2] = Conv(x, w)
      u: f32[1,3,3,2] = Conv(p, w)
      y: f32[1,3,3,2] = Add(t, u)
      return y, s)"},
    {"what_others_read_without_gaps", R"(
      x: f32[1,3,3,2] = Input
      w: f32[1,1,2,2] = Constant [7,8,-9,1]
      p: f32[1,3,3,2] = Conv(x, w)
      q: f32[1,3,3,2] = Conv(p, w)
      l: f32[1,3,3,2] = Conv(q, w)
      r: f32[1,3,3,2] = Conv(p, w)
      y: f32[1,3,3,2] = Add(l, r)
      z: f32[1,3,3,2] = Sigmoid(p)
      return y, z)"},
    {"too_much", R"(
      x: f32[1,300,300,4] = Input
      w: f32[1,1,4,4] = Constant [7,8,-9,1,1,2,3,4,5,6,7,8,1,0,1,2]
      p: f32[1,300,300,4] = Conv(x, w)
      q: f32[1,300,300,4] = Conv(p, w)
      l: f32[1,300,300,4] = Conv(q, w)
      r: f32[1,300,300,4] = Conv(p, w)
      y: f32[1,300,300,4] = Add(l, r)
      return y)"},
};

class JoinPointwiseLeaves : public testing::TestWithParam<Row> {};

TEST_P(JoinPointwiseLeaves, AsItIs) {
  const auto before = graph_of(GetParam().text);
  EXPECT_EQ(passed(join_pointwise, before), before);
}

INSTANTIATE_TEST_SUITE_P(All, JoinPointwiseLeaves, testing::ValuesIn(kLeft),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace slipway::passes
