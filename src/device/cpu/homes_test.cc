// Values that are joined, and parts of others: computed and read where they lie.

#include "base/random.h"
#include "device/cpu/ways_testing.h"
#include "ops/resize/resize.h"

namespace slipway::cpu {
namespace {

struct Row {
  const char* name;
  std::int64_t copies;
  const char* text;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Homes : public testing::TestWithParam<Row> {};

TEST_P(Homes, SaveCopiesAndNothingElse) {
  const auto graph = with_weights(graph_of(GetParam().text));
  for (const auto& way : ways()) {
    SCOPED_TRACE(kernels::name_of(way.options.isa));
    const auto plan = lower(graph, way.options);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(copies_of(*plan), GetParam().copies);
    expect_right(graph, *plan, way.tolerance);
    auto last = way.options;  // of the ways to compute a layer: Winograd's, where it can
    for (const auto& question : plan->questions)
      last.choices[question.layer] = question.candidates.back();
    const auto other = lower(graph, last);
    ASSERT_TRUE(other) << other.error().message;
    expect_right(graph, *other, std::max(way.tolerance, 1e-4));
  }
}

// What nearest neighbours double before Winograd's filtering is read as it was.

constexpr Row kDoubled[] = {
    {"before_a_skip", 0, R"(
      x: f32[2,3,5,20] = Input
      a: f32[2,6,10,16] = Input
      s: f32[2] = Constant [2,2]
      u: f32[2,6,10,20] = Resize(x, _, s)
      c: f32[2,6,10,36] = Concat(u, a) {axis=3}
      w: f32[3,3,36,9] = Constant
      y: f32[2,6,10,9] = Conv(c, w) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"between_skips", 0, R"(
      x: f32[1,4,4,16] = Input
      a: f32[1,8,8,16] = Input
      b: f32[1,8,8,32] = Input
      s: i64[2] = Constant [8,8]
      u: f32[1,8,8,16] = Resize(x, s) {coordinates=asymmetric, nearest=floor}
      c: f32[1,8,8,64] = Concat(a, u, b) {axis=3}
      w: f32[3,3,64,20] = Constant
      y: f32[1,8,8,20] = Conv(c, w) {pad_begin=[1,1], pad_end=[1,1], activation=relu}
      return y)"},
    {"alone", 0, R"(
      x: f32[1,6,5,7] = Input
      s: i64[2] = Constant [12,10]
      u: f32[1,12,10,7] = Resize(x, s)
      w: f32[3,3,7,9] = Constant
      y: f32[1,12,10,9] = Conv(u, w) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    // No kernel reads these as they were.
    {"of_three", 1, R"(
      x: f32[1,2,3,16] = Input
      s: i64[2] = Constant [6,9]
      u: f32[1,6,9,16] = Resize(x, s)
      w: f32[3,3,16,9] = Constant
      y: f32[1,6,9,9] = Conv(u, w) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"with_places_in_between", 1, R"(
      x: f32[1,4,4,16] = Input
      s: i64[2] = Constant [8,8]
      u: f32[1,8,8,16] = Resize(x, s) {coordinates=asymmetric, nearest=ceil}
      w: f32[3,3,16,9] = Constant
      y: f32[1,8,8,9] = Conv(u, w) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"without_borders", 1, R"(
      x: f32[1,4,4,16] = Input
      s: i64[2] = Constant [8,8]
      u: f32[1,8,8,16] = Resize(x, s)
      w: f32[3,3,16,9] = Constant
      y: f32[1,6,6,9] = Conv(u, w)
      return y)"},
    {"read_again", 1, R"(
      x: f32[1,4,4,16] = Input
      s: i64[2] = Constant [8,8]
      u: f32[1,8,8,16] = Resize(x, s)
      w: f32[3,3,16,16] = Constant
      z: f32[1,8,8,16] = Conv(u, w) {pad_begin=[1,1], pad_end=[1,1]}
      y: f32[1,8,8,16] = Mul(z, u)
      return y)"},
    {"and_added", 1, R"(
      x: f32[1,4,4,16] = Input
      a: f32[1,8,8,9] = Input
      s: i64[2] = Constant [8,8]
      u: f32[1,8,8,16] = Resize(x, s)
      w: f32[3,3,16,9] = Constant
      z: f32[1,8,8,9] = Conv(u, w) {pad_begin=[1,1], pad_end=[1,1]}
      y: f32[1,8,8,9] = Add(z, a)
      return y)"},
};

class Doubled : public testing::TestWithParam<Row> {};

TEST_P(Doubled, PicturesAreReadAsTheyWere) {
  const auto graph = with_weights(graph_of(GetParam().text));
  for (const auto& way : ways()) {
    SCOPED_TRACE(kernels::name_of(way.options.isa));
    const auto plan = lower(graph, way.options);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(copies_of(*plan), 1) << "products read what was doubled";
    expect_right(graph, *plan, way.tolerance);
    ASSERT_EQ(plan->questions.size(), 1U);
    const auto& question = plan->questions[0];
    const bool is_measured = graph.nodes()[question.nodes[0]].op.is<ops::Resize>();
    EXPECT_EQ(is_measured, GetParam().copies == 0)
        << "who doubles as a step of its own pays for it";
    for (const auto& candidate : question.candidates) {
      if (candidate.find("winograd") == candidate.npos) continue;
      SCOPED_TRACE(candidate);
      auto options = way.options;
      options.choices[question.layer] = candidate;
      const auto other = lower(graph, options);
      ASSERT_TRUE(other) << other.error().message;
      EXPECT_EQ(copies_of(*other), GetParam().copies);
      expect_right(graph, *other, std::max(way.tolerance, 1e-4));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Doubled, testing::ValuesIn(kDoubled),
                         [](const auto& test) { return test.param.name; });

// Pictures with their channels first are turned into the room with borders that products need.

constexpr Row kTurned[] = {
    {"with_borders_around", 1, R"(
      x: f32[2,3,8,10] = Input
      t: f32[2,8,10,3] = Transpose(x) {perm=[0,2,3,1]}
      w: f32[3,3,3,9] = Constant
      y: f32[2,8,10,9] = Conv(t, w) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"with_borders_behind", 1, R"(
      x: f32[1,5,8,8] = Input
      t: f32[1,8,8,5] = Transpose(x) {perm=[0,2,3,1]}
      w: f32[3,3,5,9] = Constant
      y: f32[1,4,4,9] = Conv(t, w) {stride=[2,2], pad_end=[1,1]}
      return y)"},
    {"of_which_windows_reach_a_part", 1, R"(
      x: f32[2,3,9,10] = Input
      t: f32[2,9,10,3] = Transpose(x) {perm=[0,2,3,1]}
      w: f32[3,3,3,9] = Constant
      y: f32[2,3,3,9] = Conv(t, w) {stride=[3,3], pad_begin=[1,1]}
      return y)"},
    {"in_groups", 1, R"(
      x: f32[1,4,6,5] = Input
      t: f32[1,6,5,4] = Transpose(x) {perm=[0,2,3,1]}
      w: f32[3,3,2,8] = Constant
      y: f32[1,6,5,8] = Conv(t, w) {pad_begin=[1,1], pad_end=[1,1], group=2}
      return y)"},
};

class Turned : public testing::TestWithParam<Row> {};

TEST_P(Turned, PicturesAreNotCopiedForTheirBorders) {
  const auto graph = with_weights(graph_of(GetParam().text));
  for (const auto& way : ways()) {
    SCOPED_TRACE(kernels::name_of(way.options.isa));
    const auto plan = lower(graph, way.options);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(copies_of(*plan), GetParam().copies);
    for (const auto& note : plan->notes)
      EXPECT_EQ(note.words.find(" to "), std::string::npos) << note.words;
    expect_right(graph, *plan, way.tolerance);
    auto last = way.options;  // Winograd's filtering takes no borders, where it can compute this
    for (const auto& question : plan->questions)
      last.choices[question.layer] = question.candidates.back();
    const auto other = lower(graph, last);
    ASSERT_TRUE(other) << other.error().message;
    expect_right(graph, *other, std::max(way.tolerance, 1e-4));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Turned, testing::ValuesIn(kTurned),
                         [](const auto& test) { return test.param.name; });

constexpr Row kRows[] = {
    {"skip_of_a_unet", 1, R"(
      x: f32[2,8,8,5] = Input
      w1: f32[3,3,5,20] = Constant
      w2: f32[3,3,20,7] = Constant
      a: f32[2,8,8,20] = Conv(x, w1) {pad_begin=[1,1], pad_end=[1,1], activation=relu}
      p: f32[2,4,4,20] = MaxPool(a) {kernel=[2,2], stride=[2,2]}
      b: f32[2,4,4,7] = Conv(p, w2) {pad_begin=[1,1], pad_end=[1,1]}
      s: i64[2] = Constant [8,8]
      u: f32[2,8,8,7] = Resize(b, s) {coordinates=asymmetric, nearest=floor}
      c: f32[2,8,8,27] = Concat(u, a) {axis=3}
      w3: f32[3,3,27,9] = Constant
      y: f32[2,8,8,9] = Conv(c, w3) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"skip_of_a_unet_of_bytes", 1, R"(
      x: u8[1,8,8,5] q(0.1, 100) = Input
      w1: i8[3,3,5,20] q(0.01, 0) = Constant
      w2: i8[3,3,20,7] q(0.01, 0) = Constant
      a: u8[1,8,8,20] q(0.3, 90) = Conv(x, w1) {pad_begin=[1,1], pad_end=[1,1], rounding=real_even}
      p: u8[1,4,4,20] q(0.3, 90) = MaxPool(a) {kernel=[2,2], stride=[2,2]}
      b: u8[1,4,4,7] q(0.3, 90) = Conv(p, w2) {pad_begin=[1,1], pad_end=[1,1], rounding=real_even}
      s: i64[2] = Constant [8,8]
      u: u8[1,8,8,7] q(0.3, 90) = Resize(b, s) {coordinates=asymmetric, nearest=floor}
      c: u8[1,8,8,27] q(0.3, 90) = Concat(u, a) {axis=3}
      w3: i8[3,3,27,9] q(0.01, 0) = Constant
      y: u8[1,8,8,9] q(1, 100) = Conv(c, w3) {pad_begin=[1,1], pad_end=[1,1], rounding=real_even}
      return y)"},
    {"planes_of_parts", 0, R"(
      x: f32[1,8,8,5] = Input
      w1: f32[3,3,5,24] = Constant
      w2: f32[1,1,12,18] = Constant
      a: f32[1,8,8,24] = Conv(x, w1) {pad_begin=[1,1], pad_end=[1,1], activation=relu}
      p: f32[1,8,8,12], q: f32[1,8,8,12] = Split(a) {axis=3, parts=2}
      b: f32[1,8,8,18] = Conv(p, w2)
      c: f32[1,8,8,18] = Conv(q, w2)
      y: f32[1,18,8,8] = Transpose(b) {perm=[0,3,1,2]}
      z: f32[1,18,8,8] = Transpose(c) {perm=[0,3,1,2]}
      return y, z)"},
    // All are read by what comes next, and joined one by one.
    {"dense_blocks", 0, R"(
      x: f32[1,6,7,3] = Input
      w0: f32[1,1,3,12] = Constant
      a: f32[1,6,7,12] = Conv(x, w0)
      w1: f32[3,3,12,5] = Constant
      b: f32[1,6,7,5] = Conv(a, w1) {pad_begin=[1,1], pad_end=[1,1], activation=relu}
      c: f32[1,6,7,17] = Concat(a, b) {axis=3}
      w2: f32[3,3,17,5] = Constant
      d: f32[1,6,7,5] = Conv(c, w2) {pad_begin=[1,1], pad_end=[1,1], activation=relu}
      e: f32[1,6,7,22] = Concat(c, d) {axis=3}
      w3: f32[1,1,22,6] = Constant
      f: f32[1,6,7,6] = Conv(e, w3) {activation=relu}
      g: f32[1,6,7,28] = Concat(f, e) {axis=3}
      w4: f32[1,1,28,4] = Constant
      y: f32[1,6,7,4] = Conv(g, w4)
      return y)"},
    {"depthwise_and_residuals", 0, R"(
      x: f32[1,6,7,9] = Input
      w0: f32[1,1,9,9] = Constant
      a: f32[1,6,7,9] = Conv(x, w0)
      w1: f32[3,3,1,9] = Constant
      b: f32[1,6,7,9] = Conv(a, w1) {pad_begin=[1,1], pad_end=[1,1], group=9}
      w2: f32[1,1,9,9] = Constant
      c: f32[1,6,7,9] = Conv(b, w2)
      d: f32[1,6,7,9] = Add(a, c)
      e: f32[1,6,7,27] = Concat(d, b, a) {axis=3}
      w3: f32[3,3,1,27] = Constant
      y: f32[1,3,4,27] = Conv(e, w3) {pad_begin=[1,1], pad_end=[1,1], stride=[2,2], group=27}
      return y)"},
    {"depthwise_and_residuals_of_bytes", 0, R"(
      x: u8[1,6,7,9] q(0.1, 100) = Input
      w0: i8[1,1,9,9] q(0.01, 0) = Constant
      a: u8[1,6,7,9] q(0.2, 100) = Conv(x, w0) {rounding=real_even}
      w1: i8[3,3,1,9] q(0.01, 0) = Constant
      b: u8[1,6,7,9] q(0.2, 100) = Conv(a, w1) {pad_begin=[1,1], pad_end=[1,1], group=9, rounding=real_even}
      w2: i8[1,1,9,9] q(0.01, 0) = Constant
      c: u8[1,6,7,9] q(0.2, 100) = Conv(b, w2) {rounding=real_even}
      d: u8[1,6,7,9] q(0.2, 100) = Add(a, c) {rounding=real_even}
      e: u8[1,6,7,27] q(0.2, 100) = Concat(d, b, a) {axis=3}
      w3: i8[3,3,1,27] q(0.01, 0) = Constant
      y: u8[1,3,4,27] q(1, 100) = Conv(e, w3) {pad_begin=[1,1], pad_end=[1,1], stride=[2,2], group=27, rounding=real_even}
      return y)"},
    {"the_same_twice", 1, R"(
      x: f32[2,4,4,6] = Input
      w0: f32[1,1,6,10] = Constant
      a: f32[2,4,4,10] = Conv(x, w0)
      y: f32[2,4,4,20] = Concat(a, a) {axis=3}
      w1: f32[1,1,20,3] = Constant
      z: f32[2,4,4,3] = Conv(y, w1)
      return z)"},
    {"joined_twice", 1, R"(
      x: f32[2,4,4,6] = Input
      w0: f32[1,1,6,10] = Constant
      w1: f32[1,1,6,8] = Constant
      a: f32[2,4,4,10] = Conv(x, w0)
      b: f32[2,4,4,8] = Conv(x, w1)
      c: f32[2,4,4,18] = Concat(a, b) {axis=3}
      w2: f32[1,1,18,3] = Constant
      d: f32[2,4,4,3] = Conv(c, w2)
      e: f32[2,4,4,13] = Concat(d, a) {axis=3}
      w3: f32[1,1,13,3] = Constant
      z: f32[2,4,4,3] = Conv(e, w3)
      return z)"},
    {"with_inputs_and_constants", 2, R"(
      x: f32[2,4,4,6] = Input
      w0: f32[1,1,6,10] = Constant
      w1: f32[2,4,4,3] = Constant
      a: f32[2,4,4,10] = Conv(x, w0)
      y: f32[2,4,4,19] = Concat(x, a, w1) {axis=3}
      return y)"},
    {"parts_that_are_outputs", 1, R"(
      x: f32[2,4,4,6] = Input
      w0: f32[1,1,6,10] = Constant
      a: f32[2,4,4,10] = Conv(x, w0)
      w1: f32[1,1,10,6] = Constant
      b: f32[2,4,4,6] = Conv(a, w1)
      c: f32[2,4,4,16] = Concat(a, b) {axis=3}
      w2: f32[1,1,16,3] = Constant
      y: f32[2,4,4,3] = Conv(c, w2)
      return y, a)"},
    {"out_as_a_whole", 0, R"(
      x: f32[2,4,4,6] = Input
      w0: f32[1,1,6,10] = Constant
      w1: f32[1,1,6,5] = Constant
      a: f32[2,4,4,10] = Conv(x, w0)
      b: f32[2,4,4,5] = Conv(x, w1)
      y: f32[2,4,4,15] = Concat(a, b) {axis=3}
      return y)"},
    // The heads of a detector: rows of one after those of another, under other shapes.
    {"rows_of_several_maps", 0, R"(
      x: f32[1,4,4,6] = Input
      w0: f32[1,1,6,12] = Constant
      w1: f32[3,3,6,8] = Constant
      a: f32[1,4,4,12] = Conv(x, w0)
      b: f32[1,2,2,8] = Conv(x, w1)
      r: i64[3] = Constant [1,48,4]
      s: i64[3] = Constant [1,8,4]
      c: f32[1,48,4] = Reshape(a, r)
      d: f32[1,8,4] = Reshape(b, s)
      y: f32[1,56,4] = Concat(c, d) {axis=1}
      return y)"},
    {"halves_in_place", 0, R"(
      x: f32[1,6,6,4] = Input
      w0: f32[1,1,4,12] = Constant
      a: f32[1,6,6,12] = Conv(x, w0)
      l: f32[1,6,6,6], r: f32[1,6,6,6] = Split(a) {axis=3, parts=2}
      w1: f32[3,3,6,6] = Constant
      b: f32[1,6,6,6] = Conv(l, w1) {pad_begin=[1,1], pad_end=[1,1]}
      p: f32[1,3,3,6] = MaxPool(r) {kernel=[2,2], stride=[2,2]}
      q: f32[1,3,3,6] = AveragePool(b) {kernel=[2,2], stride=[2,2]}
      y: f32[1,3,3,12] = Concat(p, q) {axis=3}
      return y)"},
    // One half is joined again, as it is.
    {"halves_that_meet", 1, R"(
      x: f32[1,6,6,4] = Input
      w0: f32[1,1,4,12] = Constant
      a: f32[1,6,6,12] = Conv(x, w0)
      l: f32[1,6,6,6], r: f32[1,6,6,6] = Split(a) {axis=3, parts=2}
      w1: f32[3,3,6,6] = Constant
      b: f32[1,6,6,6] = Conv(r, w1) {pad_begin=[1,1], pad_end=[1,1]}
      c: f32[1,6,6,12] = Concat(l, b) {axis=3}
      w2: f32[1,1,12,4] = Constant
      y: f32[1,6,6,4] = Conv(c, w2)
      return y)"},
    {"sliced_rows", 0, R"(
      x: f32[1,6,6,4] = Input
      w0: f32[1,1,4,12] = Constant
      a: f32[1,6,6,12] = Conv(x, w0)
      b: i64[1] = Constant [2]
      e: i64[1] = Constant [5]
      k: i64[1] = Constant [1]
      s: f32[1,3,6,12] = Slice(a, b, e, k)
      m: f32[1,6,12] = ReduceMean(s) {axes=[1]}
      return m)"},
    // Softmax has no pixels that lie apart.
    {"readers_that_need_no_gaps", 1, R"(
      x: f32[1,6,6,4] = Input
      w0: f32[1,1,4,12] = Constant
      w1: f32[1,1,4,8] = Constant
      a: f32[1,6,6,12] = Conv(x, w0)
      b: f32[1,6,6,8] = Conv(x, w1)
      m: f32[1,6,6,12] = Softmax(a)
      c: f32[1,6,6,20] = Concat(a, b) {axis=3}
      w2: f32[1,1,20,4] = Constant
      y: f32[1,6,6,4] = Conv(c, w2)
      return y, m)"},
    {"transposed_convolutions", 0, R"(
      x: f32[1,5,5,4] = Input
      w0: f32[1,1,4,6] = Constant
      w1: f32[2,2,6,9] = Constant
      w2: f32[1,1,9,5] = Constant
      a: f32[1,5,5,6] = Conv(x, w0)
      u: f32[1,10,10,9] = ConvTranspose(a, w1) {stride=[2,2]}
      v: f32[1,10,10,5] = Conv(u, w2)
      c: f32[1,10,10,14] = Concat(v, u) {axis=3}
      w3: f32[3,3,14,2] = Constant
      y: f32[1,10,10,2] = Conv(c, w3) {pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    // The convolution takes the parts one by one, from where they are.
    {"parts_of_a_picture_with_borders", 0, R"(
      x: f32[2,6,6,16] = Input
      w0: f32[3,3,16,32] = Constant
      a: f32[2,6,6,32] = Conv(x, w0) {pad_begin=[1,1], pad_end=[1,1]}
      c: f32[2,6,6,80] = Concat(a, x, a) {axis=3}
      w1: f32[3,3,80,9] = Constant
      b: f32[2,6,6,9] = Conv(c, w1) {pad_begin=[1,1], pad_end=[1,1]}
      d: f32[2,6,6,25] = Concat(b, x) {axis=3}
      w2: f32[3,3,25,16] = Constant
      e: f32[2,6,6,16] = Conv(d, w2) {pad_begin=[1,1], pad_end=[1,1]}
      y: f32[2,6,6,16] = Add(x, e)
      return y)"},
    {"parts_of_bytes_in_other_scales", 0, R"(
      x: u8[2,6,6,16] q(0.1, 100) = Input
      w0: i8[3,3,16,31] q(0.01, 0) = Constant
      a: u8[2,6,6,31] q(0.2, 90) = Conv(x, w0) {pad_begin=[1,1], pad_end=[1,1], rounding=real_even}
      c: u8[2,6,6,47] q(0.25, 80) = Concat(a, x) {axis=3}
      w1: i8[3,3,47,9] q(0.01, 0) = Constant
      y: u8[2,3,3,9] q(1, 100) = Conv(c, w1) {pad_begin=[1,1], pad_end=[1,1], stride=[2,2], rounding=real_even}
      return y)"},
    {"in_other_scales", 1, R"(
      x: u8[1,6,6,4] q(0.1, 100) = Input
      w0: i8[1,1,4,12] q(0.01, 0) = Constant
      w1: i8[1,1,4,8] q(0.01, 0) = Constant
      a: u8[1,6,6,12] q(0.2, 100) = Conv(x, w0) {rounding=real_even}
      b: u8[1,6,6,8] q(0.25, 100) = Conv(x, w1) {rounding=real_even}
      c: u8[1,6,6,20] q(0.25, 100) = Concat(a, b) {axis=3}
      w2: i8[1,1,20,4] q(0.01, 0) = Constant
      y: u8[1,6,6,4] q(0.3, 100) = Conv(c, w2) {rounding=real_even}
      return y)"},
};

INSTANTIATE_TEST_SUITE_P(All, Homes, testing::ValuesIn(kRows),
                         [](const auto& test) { return std::string(test.param.name); });

/// The text of a network whose nodes read, split and join each other at random.
class RandomNetwork {
 public:
  RandomNetwork(std::uint64_t seed, bool bytes) : random_(seed), bytes_(bytes) {
    size_ = pick(3, 9);
    add("x", size_, some_channels(), "Input");
    for (int i = pick(4, 16); i > 0; --i) add_node();
    std::string outputs = all_.back().name;
    for (const auto& value : all_)
      if (pick(0, 7) == 0) outputs += ", " + value.name;
    text_ += "return " + outputs + more_outputs_ + "\n";
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Value {
    std::string name;
    int size;
    int channels;
  };

  int pick(int low, int high) { return static_cast<int>(random_.integer(low, high)); }

  /// Often whole vectors: kernels that take parts want them.
  int some_channels() { return pick(0, 2) == 0 ? 16 * pick(1, 2) : pick(1, 20); }

  const Value& any() { return all_[static_cast<std::size_t>(pick(0, size_of_all() - 1))]; }

  [[nodiscard]] int size_of_all() const { return static_cast<int>(all_.size()); }

  [[nodiscard]] std::string type(int size, int channels) const {
    return fmt::format("{}[1,{},{},{}]{}", bytes_ ? "u8" : "f32", size, size, channels,
                       bytes_ ? " q(0.1, 100)" : "");
  }

  std::string next() { return fmt::format("v{}", ++count_); }

  void add(std::string name, int size, int channels, const std::string& made) {
    text_ += fmt::format("{}: {} = {}\n", name, type(size, channels), made);
    all_.push_back({std::move(name), size, channels});
  }

  void add_conv(const Value& x, int kernel, bool depthwise) {
    const int out = depthwise ? x.channels : some_channels();
    const auto w = fmt::format("w{}", ++count_);
    text_ += fmt::format("{}: {}[{},{},{},{}]{} = Constant\n", w, bytes_ ? "i8" : "f32", kernel,
                         kernel, depthwise ? 1 : x.channels, out, bytes_ ? " q(0.005, 0)" : "");
    const int pad = kernel / 2;
    add(next(), x.size, out,
        fmt::format("Conv({}, {}) {{pad_begin=[{},{}], pad_end=[{},{}], group={}{}}}", x.name, w,
                    pad, pad, pad, pad, depthwise ? x.channels : 1,
                    bytes_ ? ", rounding=real_even" : ", activation=relu6"));
  }

  void add_joined(const Value& x) {
    std::string names = x.name;
    int channels = x.channels;
    for (int i = pick(1, 3); i > 0; --i) {
      const auto& other = any();
      if (other.size != x.size || channels + other.channels > 90) continue;
      names += ", " + other.name;
      channels += other.channels;
    }
    add(next(), x.size, channels, fmt::format("Concat({}) {{axis=3}}", names));
  }

  /// Pictures as rows behind those of others, and back.
  void add_rows(const Value& x) {
    const int pixels = x.size * x.size;
    std::string names;
    int count = 0;
    for (const auto& other : std::vector<Value>{x, any(), x}) {
      const bool fits = other.channels == x.channels && other.size == x.size;
      if (!fits || count + pixels > 300) continue;
      const auto shape = next();
      const auto rows = next();
      text_ += fmt::format("{}: i64[3] = Constant [1,{},{}]\n", shape, pixels, x.channels);
      text_ += fmt::format("{}: {} = Reshape({}, {})\n", rows, rows_type(pixels, x.channels),
                           other.name, shape);
      names += (names.empty() ? "" : ", ") + rows;
      count += pixels;
    }
    if (count == 0) return;
    const auto joined = next();
    text_ += fmt::format("{}: {} = Concat({}) {{axis=1}}\n", joined, rows_type(count, x.channels),
                         names);
    if (count == pixels) {
      const auto shape = next();
      text_ +=
          fmt::format("{}: i64[4] = Constant [1,{},{},{}]\n", shape, x.size, x.size, x.channels);
      return add(next(), x.size, x.channels, fmt::format("Reshape({}, {})", joined, shape));
    }
    more_outputs_ += ", " + joined;
  }

  [[nodiscard]] std::string rows_type(int pixels, int channels) const {
    return fmt::format("{}[1,{},{}]{}", bytes_ ? "u8" : "f32", pixels, channels,
                       bytes_ ? " q(0.1, 100)" : "");
  }

  /// Bytes that a Concat must rescale.
  void add_other_scale(const Value& x) {
    if (!bytes_) return;
    const auto other = next();
    text_ += fmt::format("{}: u8[1,{},{},{}] q(0.2, 90) = HardSwish({})\n", other, x.size, x.size,
                         x.channels, x.name);
    add(next(), x.size, x.channels * 2, fmt::format("Concat({}, {}) {{axis=3}}", x.name, other));
  }

  void add_split(const Value& x) {
    const auto left = next();
    const auto right = next();
    const auto half = type(x.size, x.channels / 2);
    text_ += fmt::format("{}: {}, {}: {} = Split({}) {{axis=3, parts=2}}\n", left, half, right,
                         half, x.name);
    const Value one{left, x.size, x.channels / 2};
    all_.push_back(one);
    all_.push_back({right, one.size, one.channels});
  }

  /// A 1x1 convolution of floats with its channels in front.
  void add_planes(const Value& x) {
    const auto floats = [](const std::string& dims) { return "f32[1," + dims + "]"; };
    const auto picture = [&](int channels) {
      return floats(fmt::format("{},{},{}", x.size, x.size, channels));
    };
    std::string from = x.name;
    if (bytes_) {
      from = next();
      text_ += fmt::format("{}: {} = Dequantize({})\n", from, picture(x.channels), x.name);
    }
    const int out = some_channels();
    const auto w = fmt::format("w{}", ++count_);
    const auto last = next();
    const auto planes = next();
    text_ += fmt::format("{}: f32[1,1,{},{}] = Constant\n", w, x.channels, out);
    text_ += fmt::format("{}: {} = Conv({}, {})\n", last, picture(out), from, w);
    text_ += fmt::format("{}: {} = Transpose({}) {{perm=[0,3,1,2]}}\n", planes,
                         floats(fmt::format("{},{},{}", out, x.size, x.size)), last);
    more_outputs_ += ", " + planes;
  }

  void add_node() {
    const Value x = any();
    switch (pick(0, 13)) {
      case 13:
        return add_planes(x);
      case 10:  // needs pixels without gaps
        return add(next(), x.size, x.channels, (bytes_ ? "HardSwish(" : "Sigmoid(") + x.name + ")");
      case 11:
        return add_rows(x);
      case 12:
        return add_other_scale(x);
      case 0:
      case 1:
        return add_conv(x, 1, false);
      case 2:
        return add_conv(x, 3, false);
      case 3:
        return add_conv(x, 3, x.channels > 1);
      case 4: {
        for (const auto& other : all_) {
          if (other.name == x.name || other.size != x.size || other.channels != x.channels)
            continue;
          return add(next(), x.size, x.channels,
                     fmt::format("Add({}, {}){}", x.name, other.name,
                                 bytes_ ? " {rounding=real_even}" : ""));
        }
        return;
      }
      case 5:
        return add(
            next(), x.size, x.channels,
            fmt::format("MaxPool({}) {{kernel=[3,3], pad_begin=[1,1], pad_end=[1,1]}}", x.name));
      case 6:
        if (x.channels % 2 == 0) add_split(x);
        return;
      default:
        return add_joined(x);
    }
  }

  Random random_;
  bool bytes_;
  int size_ = 0;
  int count_ = 0;
  std::vector<Value> all_;
  std::string text_;
  std::string more_outputs_;
};

class HomesOfRandomNetworks : public testing::TestWithParam<bool> {};

TEST_P(HomesOfRandomNetworks, AreThoseOfTheInterpreter) {
  const auto all = ways();
  std::int64_t copies = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const RandomNetwork network(seed, GetParam());
    SCOPED_TRACE(network.text());
    const auto graph = with_weights(graph_of(network.text()));
    auto way = all[seed % all.size()];
    const auto first = lower(graph, way.options);
    ASSERT_TRUE(first) << first.error().message;
    Random random(seed);
    for (const auto& question : first->questions) {
      const auto last = static_cast<std::int64_t>(question.candidates.size()) - 1;
      way.options.choices[question.layer] =
          question.candidates[static_cast<std::size_t>(random.integer(0, last))];
    }
    const auto plan = lower(graph, way.options);
    ASSERT_TRUE(plan) << plan.error().message;
    copies += copies_of(*plan);
    expect_right(graph, *plan, std::max(way.tolerance, 1e-4));
    if (HasFailure()) return;
  }
  EXPECT_GT(copies, 0);  // some are joined twice
}

INSTANTIATE_TEST_SUITE_P(All, HomesOfRandomNetworks, testing::Bool(),
                         [](const auto& test) { return test.param ? "Bytes" : "Floats"; });

}  // namespace
}  // namespace slipway::cpu
