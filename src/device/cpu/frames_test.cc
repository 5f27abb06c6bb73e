// Pictures that are computed within the borders that their reader needs, and sums where what they
// add was.

#include "device/cpu/ways_testing.h"

namespace slipway::cpu {
namespace {

struct Row {
  const char* name;
  int borders;  // steps that only make borders
  int copies;   // and those that copy pictures into them
  const char* text;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

/// How each layer is computed by a product, and by lines: the newest way that is no filtering.
Choices products_of(const BuiltPlan& plan) {
  Choices out;
  for (const auto& question : plan.questions) {
    for (const auto& name : question.candidates) {
      if (name.find("winograd") != name.npos || name.find("gathered") != name.npos) continue;
      out[question.layer] = name;
      break;
    }
  }
  return out;
}

constexpr Row kRows[] = {
    {"convolutions", 1, 1, R"(
      x: f32[2,9,7,5] = Input
      w1: f32[3,3,5,18] = Constant
      w2: f32[5,5,18,9] = Constant
      a: f32[2,9,7,18] = Conv(x, w1) {pad_begin=[1,1], pad_end=[1,1], activation=relu}
      y: f32[2,9,7,9] = Conv(a, w2) {pad_begin=[2,2], pad_end=[2,2]}
      return y)"},
    {"convolutions_of_bytes", 1, 1, R"(
      x: u8[2,9,7,5] q(0.1, 100) = Input
      w1: i8[5,5,5,18] q(0.01, 0) = Constant
      w2: i8[5,5,18,9] q(0.01, 0) = Constant
      a: u8[2,9,7,18] q(0.3, 90) = Conv(x, w1) {pad_begin=[2,2], pad_end=[2,2], rounding=real_even}
      y: u8[2,9,7,9] q(1, 100) = Conv(a, w2) {pad_begin=[2,2], pad_end=[2,2], rounding=real_even}
      return y)"},
    {"behind_only", 1, 0, R"(
      x: f32[2,12,10,6] = Input
      w1: f32[3,3,6,18] = Constant
      w2: f32[2,3,18,9] = Constant
      a: f32[2,10,8,18] = Conv(x, w1)
      y: f32[2,5,4,9] = Conv(a, w2) {pad_end=[0,1], stride=[2,2]}
      return y)"},
    {"pools", 2, 0, R"(
      x: f32[2,12,10,6] = Input
      w1: f32[3,3,6,17] = Constant
      w2: f32[3,3,17,9] = Constant
      a: f32[2,6,5,6] = MaxPool(x) {kernel=[2,2], stride=[2,2]}
      b: f32[2,6,5,17] = Conv(a, w1) {pad_begin=[1,1], pad_end=[1,1]}
      c: f32[2,3,3,17] = AveragePool(b) {kernel=[2,2], stride=[2,2], pad_end=[0,1]}
      y: f32[2,3,3,9] = Conv(c, w2) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"what_is_made_larger", 1, 0, R"(
      x: f32[2,4,3,8] = Input
      w1: f32[3,3,8,9] = Constant
      s: i64[2] = Constant [8,9]
      u: f32[2,8,9,8] = Resize(x, s) {coordinates=asymmetric, nearest=floor}
      y: f32[2,8,9,9] = Conv(u, w1) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"sums", 1, 1, R"(
      x: f32[1,9,7,5] = Input
      w1: f32[3,3,5,18] = Constant
      w2: f32[1,1,5,18] = Constant
      w3: f32[3,3,18,9] = Constant
      b: f32[1,9,7,18] = Conv(x, w2)
      a: f32[1,9,7,18] = Conv(x, w1) {pad_begin=[1,1], pad_end=[1,1]}
      c: f32[1,9,7,18] = Add(b, a)
      y: f32[1,9,7,9] = Conv(c, w3) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"one_of_two_parts", 1, 1, R"(
      x: f32[2,6,6,5] = Input
      a: f32[2,6,6,16] = Input
      w1: f32[3,3,5,18] = Constant
      w2: f32[3,3,34,9] = Constant
      b: f32[2,4,4,18] = Conv(x, w1)
      s: i64[2] = Constant [6,6]
      u: f32[2,6,6,18] = Resize(b, s)
      c: f32[2,6,6,34] = Concat(u, a) {axis=3}
      y: f32[2,6,6,9] = Conv(c, w2) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    // Pools read it within its borders, and between other parts.
    {"skip_of_a_unet", 3, 0, R"(
      x: f32[2,10,10,5] = Input
      w1: f32[3,3,5,20] = Constant
      w2: f32[3,3,20,7] = Constant
      a: f32[2,8,8,20] = Conv(x, w1)
      p: f32[2,4,4,20] = MaxPool(a) {kernel=[2,2], stride=[2,2]}
      b: f32[2,4,4,7] = Conv(p, w2) {pad_begin=[1,1], pad_end=[1,1]}
      s: i64[2] = Constant [8,8]
      u: f32[2,8,8,7] = Resize(b, s) {coordinates=asymmetric, nearest=floor}
      c: f32[2,8,8,27] = Concat(u, a) {axis=3}
      w3: f32[3,3,27,18] = Constant
      d: f32[2,8,8,18] = Conv(c, w3) {pad_begin=[1,1], pad_end=[1,1]}
      w4: f32[3,3,18,9] = Constant
      y: f32[2,8,8,9] = Conv(d, w4) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"a_single_row", 1, 0, R"(
      x: f32[2,3,10,5] = Input
      w1: f32[3,3,5,18] = Constant
      w2: f32[3,3,18,9] = Constant
      a: f32[2,1,8,18] = Conv(x, w1)
      y: f32[2,1,8,9] = Conv(a, w2) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"a_single_row_of_bytes", 1, 0, R"(
      x: u8[2,5,10,5] q(0.1, 100) = Input
      w1: i8[5,5,5,18] q(0.01, 0) = Constant
      w2: i8[5,5,18,9] q(0.01, 0) = Constant
      a: u8[2,1,6,18] q(0.3, 90) = Conv(x, w1) {rounding=real_even}
      y: u8[2,1,6,9] q(1, 100) = Conv(a, w2) {pad_begin=[2,2], pad_end=[2,2], rounding=real_even}
      return y)"},
    {"lines", 1, 0, R"(
      x: f32[2,10,5] = Input
      w1: f32[3,5,18] = Constant
      w2: f32[3,18,9] = Constant
      a: f32[2,8,18] = Conv(x, w1)
      y: f32[2,8,9] = Conv(a, w2) {pad_begin=[1], pad_end=[1]}
      return y)"},
    {"groups_and_dilations", 1, 0, R"(
      x: f32[2,12,11,6] = Input
      w1: f32[3,3,3,18] = Constant
      w2: f32[3,3,9,10] = Constant
      a: f32[2,8,7,18] = Conv(x, w1) {group=2, dilation=[2,2]}
      y: f32[2,8,7,10] = Conv(a, w2) {group=2, dilation=[2,1], pad_begin=[2,1], pad_end=[2,1]}
      return y)"},
    {"strides", 2, 0, R"(
      x: f32[2,13,11,6] = Input
      w1: f32[1,1,6,18] = Constant
      w2: f32[3,3,18,10] = Constant
      w3: f32[3,3,10,4] = Constant
      a: f32[2,7,6,18] = Conv(x, w1) {stride=[2,2]}
      b: f32[2,4,3,10] = Conv(a, w2) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1]}
      y: f32[2,2,2,4] = Conv(b, w3) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    // Windows that reach a part of their picture alone get a copy of that.
    {"more_than_windows_reach", 0, 1, R"(
      x: f32[2,12,11,6] = Input
      w1: f32[3,3,6,18] = Constant
      w2: f32[3,3,18,10] = Constant
      a: f32[2,10,9,18] = Conv(x, w1)
      y: f32[2,3,2,10] = Conv(a, w2) {stride=[4,4], pad_begin=[1,1]}
      return y)"},
    // Nobody else reads pictures with borders, and a part lies where only one reader wants it.
    {"not_what_others_read", 0, 3, R"(
      x: f32[1,10,10,5] = Input
      w1: f32[3,3,5,18] = Constant
      a: f32[1,8,8,18] = Conv(x, w1)
      w2: f32[3,3,18,18] = Constant
      b: f32[1,8,8,18] = Conv(a, w2) {pad_begin=[1,1], pad_end=[1,1]}
      c: f32[1,8,8,18] = Mul(a, b)
      w3: f32[3,3,18,9] = Constant
      y: f32[1,8,8,9] = Conv(b, w3) {pad_begin=[1,1], pad_end=[1,1]}
      d: f32[1,8,8,18] = Sigmoid(c)
      z: f32[1,8,8,9] = Conv(d, w3) {pad_begin=[1,1], pad_end=[1,1]}
      return y, z)"},
};

class Frames : public testing::TestWithParam<Row> {};

TEST_P(Frames, SaveCopiesWithBorders) {
  const auto graph = with_weights(graph_of(GetParam().text));
  for (auto way : ways()) {
    SCOPED_TRACE(kernels::name_of(way.options.isa));
    const auto first = lower(graph, way.options);
    ASSERT_TRUE(first) << first.error().message;
    way.options.choices = products_of(*first);
    const auto plan = lower(graph, way.options);
    ASSERT_TRUE(plan) << plan.error().message;
    const auto count = [&](const char* words) {
      return std::ranges::count_if(plan->notes, [&](const StepNote& note) {
        return note.kernel == "border" && note.words.find(words) != std::string::npos;
      });
    };
    // Bytes that saturate are copied row by row, and then had better be one line.
    const bool is_saturated =
        graph.type(graph.inputs()[0]).dtype == DType::u8 && way.options.isa == kernels::Isa::avx2;
    if (!is_saturated) {
      EXPECT_EQ(count("around "), GetParam().borders);
      EXPECT_EQ(count(" to "), GetParam().copies);
    }
    expect_right(graph, *plan, way.tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Frames, testing::ValuesIn(kRows),
                         [](const auto& test) { return std::string(test.param.name); });

/// The arena of a chain of products: with or without a sum of the first and the last of them.
std::uint64_t arena_of(const Way& way, const std::string& last) {
  const auto graph = with_weights(graph_of(R"(
    x: f32[1,32,32,64] = Input
    w0: f32[1,1,64,64] = Constant
    w1: f32[1,1,64,16] = Constant
    w2: f32[1,1,16,64] = Constant
    w3: f32[1,1,64,4] = Constant
    a: f32[1,32,32,64] = Conv(x, w0)
    b: f32[1,32,32,16] = Conv(a, w1)
    c: f32[1,32,32,64] = Conv(b, w2)
    )" + last));
  const auto plan = lower(graph, way.options);
  EXPECT_TRUE(plan) << plan.error().message;
  expect_right(graph, *plan, way.tolerance);
  return plan->arena_bytes;
}

TEST(Sums, LieWhereWhatTheyAddWas) {
  for (const auto& way : ways()) {
    SCOPED_TRACE(kernels::name_of(way.options.isa));
    const auto once = arena_of(way, R"(
      y: f32[1,32,32,4] = Conv(c, w3)
      return y)");
    const auto added = arena_of(way, R"(
      d: f32[1,32,32,64] = Add(a, c)
      y: f32[1,32,32,4] = Conv(d, w3)
      return y)");
    const auto read_again = arena_of(way, R"(
      d: f32[1,32,32,64] = Add(a, c)
      e: f32[1,32,32,64] = Mul(a, d)
      y: f32[1,32,32,4] = Conv(e, w3)
      return y)");
    EXPECT_LE(added, once);
    EXPECT_GT(read_again, added);
  }
}

}  // namespace
}  // namespace slipway::cpu
