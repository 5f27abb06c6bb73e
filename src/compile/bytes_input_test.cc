// Networks that take a picture's bytes compute what they compute of the numbers that a recipe
// makes.

#include "compile/bytes_input.h"

#include <algorithm>
#include <cmath>

#include "compile/compiler.h"
#include "ir/interpret.h"
#include "ops/testing.h"

namespace slipway::compile {
namespace {

struct Sample {
  const char* name;
  const char* network;  // of one input
  Recipe recipe;
  const char* first;  // of the words of the first step that the bytes go through
  double most = 0;    // difference of outputs
};

constexpr auto kUnpadded = R"(
  x: f32[2,6,5,3] = Input
  w: f32[1,1,3,2] = Constant [1,-2,3,-4,5,-6]
  y: f32[2,6,5,2] = Conv(x, w)
  return y
)";

constexpr auto kPadded = R"(
  x: f32[2,6,5,3] = Input
  w: f32[2,2,3,1] = Constant [1,-2,3,-4,5,-6,7,-8,9,-10,11,-12]
  y: f32[2,6,5,1] = Conv(x, w) {pad_begin=[1,0], pad_end=[0,1]}
  return y
)";

constexpr auto kPlanes = R"(
  x: f32[2,3,6,5] = Input
  t: f32[2,6,5,3] = Transpose(x) {perm=[0,2,3,1]}
  w: f32[2,2,3,1] = Constant [1,-2,3,-4,5,-6,7,-8,9,-10,11,-12]
  y: f32[2,6,5,1] = Conv(t, w) {pad_begin=[1,0], pad_end=[0,1]}
  return y
)";

constexpr auto kGray = R"(
  x: f32[1,6,5,1] = Input
  w: f32[2,2,1,1] = Constant [1,-2,3,-4]
  y: f32[1,6,5,1] = Conv(x, w) {pad_begin=[1,0], pad_end=[0,1]}
  return y
)";

constexpr auto kSigned = R"(
  x: i8[1,6,5,3] q(0.0078125, 0) = Input
  w: i8[1,1,3,2] q(0.01, 0) = Constant [1,-2,3,-4,5,-6]
  y: i8[1,6,5,2] q(0.001, 0) = Conv(x, w)
  return y
)";

constexpr auto kUnsigned = R"(
  x: u8[1,6,5,3] q(0.02, 110) = Input
  w: i8[1,1,3,2] q(0.01, 0) = Constant [1,-2,3,-4,5,-6]
  y: u8[1,6,5,2] q(0.001, 128) = Conv(x, w)
  return y
)";

Recipe recipe_of(std::vector<float> mean, std::vector<float> std) {
  Recipe out;
  out.mean = std::move(mean);
  out.std = std::move(std);
  return out;
}

Recipe in_planes(Recipe recipe) {
  recipe.layout = Layout::nchw;
  recipe.color = ColorOrder::bgr;
  return recipe;
}

Recipe gray(Recipe recipe) {
  recipe.color = ColorOrder::gray;
  return recipe;
}

const std::vector<float> kMean = {123.675F, 116.28F, 103.53F};
const std::vector<float> kStd = {58.395F, 57.12F, 57.375F};

const Sample kSamples[] = {
    {"scaled_in_the_weights", kUnpadded, recipe_of(kMean, kStd), "dequantize", 1e-5},
    {"in_a_step", kPadded, recipe_of(kMean, kStd), "normalize", 1e-4},
    {"as_they_are", kPadded, recipe_of({0}, {1}), "dequantize"},
    {"planes", kPlanes, in_planes(recipe_of(kMean, {1})), "normalize", 1e-6},
    {"gray", kGray, gray(recipe_of({127.5F}, {127.5F})), "normalize", 1e-5},
    {"signed_without_a_step", kSigned, recipe_of({128}, {128}), "border"},
    {"unsigned_by_table", kUnsigned, recipe_of({127.5F}, {64}), "lookup"},
};

/// What vision/preprocess.h makes of bytes.
Tensor prepared(const Tensor& bytes, const Recipe& recipe, const TensorType& type) {
  const auto& from = bytes.shape();
  const auto pixels = static_cast<std::size_t>(from[1] * from[2]);
  const auto channels = static_cast<std::size_t>(from[3]);
  const auto x = bytes.values<std::uint8_t>();
  TensorBuilder out(type);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto c = i % channels;
    const auto picture = i / (pixels * channels);
    const bool planes = recipe.layout == Layout::nchw;
    const auto pixel = i / channels % pixels;
    const auto to = planes ? (picture * channels + c) * pixels + pixel : i;
    const float real = (static_cast<float>(x[i]) - recipe.mean[recipe.mean.size() == 1 ? 0 : c]) /
                       recipe.std[recipe.std.size() == 1 ? 0 : c];
    if (!type.quant) {
      out.values<float>()[to] = real;
      continue;
    }
    const float steps =
        std::round(real / type.quant->scale[0]) + static_cast<float>(type.quant->zero_point[0]);
    if (type.dtype == DType::i8)
      out.values<std::int8_t>()[to] = static_cast<std::int8_t>(std::clamp(steps, -128.0F, 127.0F));
    else
      out.values<std::uint8_t>()[to] = static_cast<std::uint8_t>(std::clamp(steps, 0.0F, 255.0F));
  }
  return std::move(out).build();
}

void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.name; }

class TakeBytes : public testing::TestWithParam<Sample> {};

TEST_P(TakeBytes, GiveTheOutputsOfPreparedPictures) {
  const auto& sample = GetParam();
  Graph before = graph_of(sample.network);
  before.recipe = sample.recipe;
  Graph after = before;
  const auto taken = take_bytes(after);
  ASSERT_TRUE(taken) << taken.error().message;
  const auto& type = after.type(after.inputs()[0]);
  EXPECT_EQ(type.dtype, DType::u8);
  EXPECT_EQ(after.recipe->mean, std::vector<float>{0});
  EXPECT_EQ(after.recipe->std, std::vector<float>{1});
  EXPECT_EQ(after.recipe->layout, Layout::nhwc);
  EXPECT_EQ(after.recipe->color, sample.recipe.color);

  const Tensor bytes = random_tensor(type, 7);
  const Tensor inputs[] = {prepared(bytes, sample.recipe, before.type(before.inputs()[0]))};
  const auto should = interpret(before, inputs);
  ASSERT_TRUE(should) << should.error().message;
  const auto same = interpret(after, std::span(&bytes, 1));
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ((*same)[0], (*should)[0]);

  const auto planned = plan(after, {.isa = kernels::Isa::avx2});
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_TRUE(planned->plan.notes[0].kernel.starts_with(sample.first))
      << planned->plan.notes[0].kernel;
  if (!kernels::runs_here(kernels::Isa::avx2)) return;
  const auto is = outputs_of(planned->graph, planned->plan, {bytes});
  EXPECT_EQ(difference(is[0], (*should)[0], sample.most), "");
  // Once it takes bytes, there is nothing to do.
  Graph again = after;
  ASSERT_TRUE(take_bytes(again));
  EXPECT_EQ(again, after);
}

INSTANTIATE_TEST_SUITE_P(All, TakeBytes, testing::ValuesIn(kSamples),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(TakeBytesOf, GraphsThatSayNothingOfPicturesAreRefused) {
  Graph graph = graph_of(kPadded);
  const auto silent = take_bytes(graph);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().message,
            "the model has no recipe: nothing says how pixels become numbers");
  graph.recipe = gray({});
  const auto other = take_bytes(graph);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::invalid_input);
}

}  // namespace
}  // namespace slipway::compile
