// Networks of one or two nodes in shapes that the cases of the ops do not have: all rows are run on
// every instruction set.

#include "device/cpu/lower.h"
#include "device/cpu/testing.h"
#include "ops/case.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

struct Row {
  const char* name;
  const char* text;         // a graph; constants named w… are random
  double tolerance = 1e-6;  // of the range of outputs of floats
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Steps : public testing::TestWithParam<Row> {};

TEST_P(Steps, ComputeWhatTheInterpreterDoes) {
  const auto graph = with_random(graph_of(GetParam().text), {"w", "w1", "w2"});
  for (const auto isa : {kernels::Isa::portable, kernels::Isa::avx2, kernels::Isa::avx512}) {
    if (!kernels::runs_here(isa)) continue;
    const auto plan = lower(graph, {isa});
    ASSERT_TRUE(plan) << plan.error().message;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const auto inputs = inputs_for(graph, seed);
      const auto should = interpret(graph, inputs);
      ASSERT_TRUE(should) << should.error().message;
      for (const auto order : {Order::together, Order::backwards}) {
        const auto is = run(*plan, graph, inputs, order);
        for (std::size_t i = 0; i < is.size(); ++i) {
          EXPECT_EQ(difference(is[i], (*should)[i], GetParam().tolerance), "")
              << "output " << i << " on " << kernels::name_of(isa);
        }
      }
    }
  }
}

void expect_unique_names(std::span<const Row> rows) {
  for (const auto& row : rows)
    EXPECT_EQ(std::ranges::count(rows, std::string_view(row.name),
                                 [](const Row& other) { return std::string_view(other.name); }),
              1)
        << row.name;
}

std::string name_of_row(const testing::TestParamInfo<Row>& test) { return test.param.name; }

constexpr Row kMoves[] = {
    {"to_channels_last", R"(
      x: f32[2,3,19,33] = Input
      y: f32[2,19,33,3] = Transpose(x) {perm=[0,2,3,1]}
      return y)"},
    {"to_channels_first", R"(
      x: f32[2,19,33,24] = Input
      y: f32[2,24,19,33] = Transpose(x) {perm=[0,3,1,2]}
      return y)"},
    {"bytes_to_channels_first", R"(
      x: u8[1,40,40,40] = Input
      y: u8[1,40,40,40] = Transpose(x) {perm=[0,3,1,2]}
      return y)"},
    {"five_dimensions", R"(
      x: f32[2,3,4,5,6] = Input
      y: f32[6,4,2,5,3] = Transpose(x) {perm=[4,2,0,3,1]}
      return y)"},
    {"channels_shuffled", R"(
      x: f32[1,8,8,12] = Input
      s: i64[5] = Constant [1,8,8,3,4]
      r: f32[1,8,8,3,4] = Reshape(x, s)
      t: f32[1,8,8,4,3] = Transpose(r) {perm=[0,1,2,4,3]}
      u: i64[4] = Constant [1,8,8,12]
      y: f32[1,8,8,12] = Reshape(t, u)
      return y)"},
    {"padded", R"(
      x: f32[1,9,7,20] = Input
      p: i64[4,2] = Constant [0,0,1,2,3,1,0,0]
      y: f32[1,12,11,20] = Pad(x, p)
      return y)"},
    {"padded_bytes_keep_their_zero", R"(
      x: u8[2,9,7,3] q(0.5, 77) = Input
      p: i64[4,2] = Constant [0,0,1,2,3,1,0,0]
      y: u8[2,12,11,3] q(0.5, 77) = Pad(x, p)
      return y)"},
    {"padded_with_a_value", R"(
      x: f32[5,7] = Input
      p: i64[2,2] = Constant [1,0,0,2]
      v: f32[] = Constant [2.5]
      y: f32[6,9] = Pad(x, p, v)
      return y)"},
    {"mirrored", R"(
      x: f32[1,9,7,20] = Input
      p: i64[4,2] = Constant [0,0,3,2,3,1,0,0]
      y: f32[1,14,11,20] = Pad(x, p) {mode=reflect}
      return y)"},
    {"cut_out", R"(
      x: f32[2,16,16,8] = Input
      b: i64[3] = Constant [-1,2,0]
      e: i64[3] = Constant [-17,9,8]
      a: i64[3] = Constant [1,2,3]
      s: i64[3] = Constant [-3,2,3]
      y: f32[2,6,4,3] = Slice(x, b, e, a, s)
      return y)"},
    {"split_in_two", R"(
      x: u8[1,6,6,10] = Input
      y: u8[1,6,6,5], z: u8[1,6,6,5] = Split(x) {axis=3, parts=2}
      return y, z)"},
    {"joined", R"(
      x: f32[2,5,5,7] = Input
      z: f32[2,5,5,3] = Input
      w: f32[2,5,5,1] = Constant
      y: f32[2,5,5,18] = Concat(x, z, w, x) {axis=3}
      return y)"},
    {"joined_in_other_scales", R"(
      x: u8[1,5,5,7] q(0.5, 3) = Input
      z: u8[1,5,5,3] q(0.25, 100) = Input
      y: u8[1,5,5,10] q(0.5, 3) = Concat(x, z) {axis=3}
      return y)"},
    {"deep_to_wide", R"(
      x: f32[2,4,5,36] = Input
      y: f32[2,12,15,4] = DepthToSpace(x) {block=3, order=channel_first}
      return y)"},
    {"picked", R"(
      x: f32[3,10,6] = Input
      i: i64[4] = Constant [9,0,0,-3]
      y: f32[3,4,6] = Gather(x, i) {axis=1}
      return y)"},
    {"doubled", R"(
      x: u8[1,7,9,12] = Input
      s: i64[2] = Constant [14,18]
      y: u8[1,14,18,12] = Resize(x, s) {coordinates=asymmetric, nearest=floor}
      return y)"},
    {"resized_to_odd_sizes", R"(
      x: f32[1,7,9,5] = Input
      s: i64[2] = Constant [17,5]
      y: f32[1,17,5,5] = Resize(x, s)
      return y)"},
};

constexpr Row kBytes[] = {
    {"hard_swish", R"(
      x: u8[1,33,33,9] q(0.04, 120) = Input
      y: u8[1,33,33,9] q(0.03, 10) = HardSwish(x)
      return y)"},
    {"signed_sigmoid", R"(
      x: i8[5,77] q(0.04, -3) = Input
      y: i8[5,77] q(0.00390625, -128) = Sigmoid(x)
      return y)"},
    {"to_floats", R"(
      x: u8[5,77] q(0.04, 3) = Input
      y: f32[5,77] = Dequantize(x)
      return y)"},
    {"of_another_scale", R"(
      x: u8[5,77] q(0.04, 3) = Input
      y: i8[5,77] q(0.05, -3) = Quantize(x) {to=i8}
      return y)"},
    {"by_a_constant", R"(
      x: u8[2,11,11,16] q(0.04, 120) = Input
      w: u8[1] q(0.04, 120) = Constant
      y: u8[2,11,11,16] q(0.03, 10) = Mul(x, w)
      return y)"},
    {"by_channels", R"(
      x: u8[2,11,11,16] q(0.04, 120) = Input
      w: u8[16] q(0.04, 120) = Constant
      y: u8[2,11,11,16] q(0.03, 10) = Add(w, x)
      return y)"},
    {"by_rows", R"(
      x: i8[2,11,11,16] q(0.04, 12) = Input
      w: i8[2,11,1,1] q(0.04, 12) = Constant
      y: i8[2,11,11,16] q(0.03, 10) = Sub(x, w) {activation=relu}
      return y)"},
    {"slopes", R"(
      x: i8[2,11,11,16] q(0.04, 12) = Input
      w: i8[1,1,16] q(0.01, 12) = Constant
      y: i8[2,11,11,16] q(0.03, 10) = PRelu(x, w)
      return y)"},
    {"sums", R"(
      a: u8[2,11,11,16] q(0.04, 120) = Input
      b: u8[2,11,11,16] q(0.02, 3) = Input
      y: u8[2,11,11,16] q(0.03, 10) = Add(a, b) {activation=relu6}
      return y)"},
    {"gates", R"(
      a: i8[2,11,11,16] q(0.04, 12) = Input
      b: i8[2,1,1,16] q(0.00390625, -128) = Input
      y: i8[2,11,11,16] q(0.03, 10) = Mul(a, b)
      return y)"},
    {"broadcast_both_ways", R"(
      a: u8[3,1,5,1] = Input
      b: u8[4,1,6] = Input
      y: u8[3,4,5,6] = Maximum(a, b)
      return y)"},
    {"compared", R"(
      a: u8[3,7] q(0.1, 3) = Input
      b: u8[3,7] q(0.2, 3) = Input
      y: bool[3,7] = Less(a, b)
      return y)"},
    {"full_constant", R"(
      a: u8[3,7,5] q(0.1, 3) = Input
      w: u8[3,7,5] q(0.2, 3) = Constant
      y: u8[3,7,5] q(0.3, 0) = Add(a, w)
      return y)"},
};

constexpr Row kFloats[] = {
    {"sigmoid", R"(
      x: f32[3,777] = Input
      y: f32[3,777] = Sigmoid(x)
      return y)"},
    {"large", R"(
      x: f32[64,777] = Input
      y: f32[64,777] = HardSwish(x)
      z: f32[64,777] = Gelu(y)
      return z)"},
    {"normalised_input", R"(
      x: f32[1,24,24,3] = Input
      m: f32[3] = Constant [0.5,0.25,0.125]
      s: f32[1,1,1,3] = Constant [2,4,8]
      d: f32[1,24,24,3] = Sub(x, m)
      y: f32[1,24,24,3] = Div(s, d)
      return y)"},
    {"batch_normalized", R"(
      x: f32[2,5,5,3] = Input
      s: f32[3] = Constant [0.5,0.25,0.125]
      b: f32[3] = Constant [1,2,3]
      m: f32[3] = Constant [-1,0.2,0.3]
      v: f32[3] = Constant [0.1,2,3]
      y: f32[2,5,5,3] = BatchNormalization(x, s, b, m, v)
      return y)",
     1e-6},
    {"gates", R"(
      a: f32[2,11,11,16] = Input
      b: f32[2,1,1,16] = Input
      y: f32[2,11,11,16] = Mul(a, b)
      return y)"},
    {"sum_with_activation", R"(
      a: f32[2,11,11,16] = Input
      b: f32[2,11,11,16] = Input
      y: f32[2,11,11,16] = Add(a, b) {activation=relu6}
      return y)"},
    {"broadcast_both_ways", R"(
      a: f32[3,1,5,1] = Input
      b: f32[4,1,6] = Input
      y: f32[3,4,5,6] = SquaredDifference(a, b)
      return y)"},
    {"by_a_number", R"(
      a: f32[3,7,5] = Input
      b: f32[] = Constant [3]
      y: f32[3,7,5] = Mul(b, a)
      z: f32[3,7,5] = Sub(y, b)
      return z)"},
    {"chosen", R"(
      a: f32[3,7,5] = Input
      b: f32[7,1] = Input
      l: bool[3,7,5] = GreaterOrEqual(a, b)
      n: bool[3,7,5] = Not(l)
      m: bool[3,7,5] = And(n, l)
      o: bool[3,7,5] = Or(n, m)
      y: f32[3,7,5] = Select(o, b, a)
      return y, m, o)"},
    {"slopes", R"(
      a: f32[3,7,5] = Input
      b: f32[5] = Constant [0.1,0.2,0.3,-0.4,0]
      y: f32[3,7,5] = PRelu(a, b)
      return y)"},
};

constexpr Row kReductions[] = {
    {"max_pool", R"(
      x: f32[2,13,11,83] = Input
      y: f32[2,7,6,83] = MaxPool(x) {kernel=[3,3], stride=[2,2], pad_begin=[1,1], pad_end=[1,1]}
      return y)"},
    {"max_pool_of_bytes", R"(
      x: i8[2,13,11,83] q(0.1, 3) = Input
      y: i8[2,6,5,83] q(0.1, 3) = MaxPool(x) {kernel=[3,3], stride=[2,2], activation=relu6}
      return y)"},
    {"average_pool", R"(
      x: f32[2,13,11,83] = Input
      y: f32[2,7,6,83] = AveragePool(x) {kernel=[3,3], stride=[2,2], pad_begin=[1,1], pad_end=[1,1]}
      z: f32[2,7,6,83] = AveragePool(x) {kernel=[3,3], stride=[2,2], pad_begin=[1,1], pad_end=[1,1], count_padding=true}
      return y, z)"},
    {"average_pool_of_bytes", R"(
      x: u8[2,13,11,83] q(0.1, 30) = Input
      y: u8[2,7,6,83] q(0.1, 30) = AveragePool(x) {kernel=[3,3], stride=[2,2], pad_begin=[1,1], pad_end=[1,1]}
      z: u8[2,7,6,83] q(0.1, 30) = AveragePool(x) {kernel=[3,3], stride=[2,2], pad_begin=[1,1], pad_end=[1,1], count_padding=true}
      v: i8[2,13,11,5] q(0.1, 30) = Input
      g: i8[2,1,1,5] q(0.1, 30) = AveragePool(v) {kernel=[13,11]}
      return y, z, g)"},
    {"norm_pool_with_dilation", R"(
      x: f32[2,13,11,5] = Input
      y: f32[2,9,9,5] = LpPool(x) {kernel=[3,2], dilation=[2,2], pad_end=[0,0]}
      return y)"},
    {"pool_of_volumes", R"(
      x: f32[1,6,7,8,5] = Input
      y: f32[1,3,3,4,5] = MaxPool(x) {kernel=[2,2,2], stride=[2,2,2]}
      return y)"},
    {"mean_of_pixels", R"(
      x: f32[2,7,7,100] = Input
      y: f32[2,100] = ReduceMean(x) {axes=[1,2]}
      return y)"},
    {"mean_of_bytes", R"(
      x: u8[2,7,7,100] q(0.1, 30) = Input
      y: u8[2,1,1,100] q(0.05, 3) = ReduceMean(x) {axes=[1,2], keep_dims=true}
      s: u8[2,7,7] q(1.5, 3) = ReduceSum(x) {axes=[-1]}
      return y, s)"},
    {"rows", R"(
      x: f32[5,777] = Input
      s: f32[5] = ReduceSum(x) {axes=[1]}
      m: f32[5] = ReduceMax(x) {axes=[1]}
      l: f32[5] = ReduceL2(x) {axes=[1]}
      e: f32[777] = ReduceLogSumExp(x) {axes=[0]}
      a: f32[] = ReduceMin(x) {axes=[0,1]}
      return s, m, l, e, a)"},
    {"axes_apart", R"(
      x: f32[3,4,5,6] = Input
      s: f32[4,6] = ReduceSum(x) {axes=[0,2]}
      p: f32[3,5] = ReduceProd(x) {axes=[1,3]}
      return s, p)",
     2e-6},
    {"truths", R"(
      x: f32[3,40] = Input
      z: f32[] = Constant [3.8]
      l: bool[3,40] = Greater(x, z)
      s: bool[3] = ReduceAny(l) {axes=[1]}
      n: bool[3,40] = Not(l)
      p: bool[40] = ReduceAll(n) {axes=[0]}
      return s, p)"},
    {"places", R"(
      x: f32[3,40,7] = Input
      y: i64[3,7] = ArgMax(x) {axis=1}
      u: u8[3,700] = Input
      v: i32[3,1] = ArgMin(u) {to=i32, keep_dims=true, last=true}
      return y, v)"},
};

constexpr Row kHeads[] = {
    {"shares", R"(
      x: f32[3,1001] = Input
      y: f32[3,1001] = Softmax(x)
      l: f32[3,1001] = LogSoftmax(x)
      return y, l)"},
    {"shares_of_short_rows", R"(
      x: f32[1,53,2] = Input
      y: f32[1,53,2] = Softmax(x) {beta=0.5}
      l: f32[1,53,2] = LogSoftmax(x)
      v: f32[37,15] = Input
      z: f32[37,15] = Softmax(v)
      return y, l, z)"},
    {"shares_of_channels_first", R"(
      x: f32[2,21,37] = Input
      y: f32[2,21,37] = Softmax(x) {axis=1, beta=0.5}
      l: f32[2,21,37] = LogSoftmax(x) {axis=1}
      return y, l)"},
    {"shares_of_bytes", R"(
      x: u8[3,1001] q(0.11, 40) = Input
      y: u8[3,1001] q(0.00390625, 0) = Softmax(x)
      a: i8[7,3] q(0.02, 40) = Input
      b: i8[7,3] q(0.00390625, -128) = Softmax(a) {beta=2}
      return y, b)"},
    {"resized", R"(
      x: f32[2,7,9,5] = Input
      s: i64[2] = Constant [20,13]
      y: f32[2,20,13,5] = Resize(x, s) {method=linear}
      z: f32[2,20,13,5] = Resize(x, s) {method=linear, coordinates=align_corners}
      return y, z)"},
    {"resized_bytes", R"(
      x: u8[2,7,9,5] q(0.1, 3) = Input
      s: i64[2] = Constant [20,6]
      y: u8[2,20,6,5] q(0.1, 3) = Resize(x, s) {method=linear}
      a: i8[2,7,9,5] q(0.1, 3) = Input
      b: i8[2,20,6,5] q(0.1, 3) = Resize(a, s) {method=linear, coordinates=align_corners}
      return y, b)"},
    {"resized_by_scales", R"(
      x: f32[1,4,7,9] = Input
      s: f32[2] = Constant [2,2]
      y: f32[1,4,14,18] = Resize(x, _, s) {method=linear, axes=[2,3]}
      z: f32[1,4,14,18] = Resize(x, _, s) {method=cubic, axes=[2,3]}
      return y, z)"},
    {"to_bytes", R"(
      x: f32[5,77] = Input
      y: i8[5,77] q(0.04, -3) = Quantize(x) {to=i8}
      z: u8[5,77] q(0.04, 3) = Quantize(x)
      return y, z)"},
};

// 1x1 convolutions whose channels come to the front.
constexpr Row kPlanes[] = {
    {"of_two_pictures", R"(
      x: f32[2,19,33,5] = Input
      w: f32[1,1,5,7] = Constant
      w1: f32[7] = Constant
      c: f32[2,19,33,7] = Conv(x, w, w1) {activation=relu6}
      y: f32[2,7,19,33] = Transpose(c) {perm=[0,3,1,2]}
      return y)"},
    {"of_bytes", R"(
      x: u8[2,13,11,20] q(0.02, 77) = Input
      d: f32[2,13,11,20] = Dequantize(x)
      w: f32[1,1,20,18] = Constant
      c: f32[2,13,11,18] = Conv(d, w)
      y: f32[2,18,13,11] = Transpose(c) {perm=[0,3,1,2]}
      return y)"},
    {"past_the_caches", R"(
      x: u8[1,128,131,3] q(0.02, 77) = Input
      d: f32[1,128,131,3] = Dequantize(x)
      w: f32[1,1,3,18] = Constant
      w1: f32[18] = Constant
      c: f32[1,128,131,18] = Conv(d, w, w1)
      y: f32[1,18,128,131] = Transpose(c) {perm=[0,3,1,2]}
      return y)"},
    {"of_lines", R"(
      x: f32[3,77,6] = Input
      w: f32[1,6,1] = Constant
      c: f32[3,77,1] = Conv(x, w)
      y: f32[3,1,77] = Transpose(c) {perm=[0,2,1]}
      return y)"},
    {"of_too_many_channels", R"(
      x: f32[1,5,7,65] = Input
      w: f32[1,1,65,3] = Constant
      c: f32[1,5,7,3] = Conv(x, w)
      y: f32[1,3,5,7] = Transpose(c) {perm=[0,3,1,2]}
      return y)"},
    {"of_every_other_pixel", R"(
      x: f32[1,6,8,4] = Input
      w: f32[1,1,4,3] = Constant
      c: f32[1,3,4,3] = Conv(x, w) {stride=[2,2]}
      y: f32[1,3,3,4] = Transpose(c) {perm=[0,3,1,2]}
      return y)"},
    {"with_a_border", R"(
      x: f32[1,1,1,4] = Input
      w: f32[1,1,4,3] = Constant
      w1: f32[3] = Constant
      c: f32[1,1,1,3] = Conv(x, w, w1) {stride=[2,2], pad_begin=[1,0]}
      y: f32[1,3,1,1] = Transpose(c) {perm=[0,3,1,2]}
      return y)"},
    {"that_are_not_all", R"(
      x: u8[1,9,9,4] q(0.1, 9) = Input
      d: f32[1,9,9,4] = Dequantize(x)
      w: f32[1,1,4,3] = Constant
      c: f32[1,9,9,3] = Conv(d, w)
      y: f32[1,3,9,9] = Transpose(c) {perm=[0,3,1,2]}
      e: f32[1,9,9,3] = Conv(d, w) {activation=relu}
      z: f32[1,3,9,9] = Transpose(e) {perm=[0,3,1,2]}
      return y, z, e)"},
};

TEST(StepRows, HaveNamesOfTheirOwn) {
  expect_unique_names(kMoves);
  expect_unique_names(kBytes);
  expect_unique_names(kFloats);
  expect_unique_names(kHeads);
  expect_unique_names(kPlanes);
  expect_unique_names(kReductions);
}

INSTANTIATE_TEST_SUITE_P(Move, Steps, testing::ValuesIn(kMoves), name_of_row);
INSTANTIATE_TEST_SUITE_P(Floats, Steps, testing::ValuesIn(kFloats), name_of_row);
INSTANTIATE_TEST_SUITE_P(Reductions, Steps, testing::ValuesIn(kReductions), name_of_row);
INSTANTIATE_TEST_SUITE_P(Heads, Steps, testing::ValuesIn(kHeads), name_of_row);
INSTANTIATE_TEST_SUITE_P(Planes, Steps, testing::ValuesIn(kPlanes), name_of_row);
INSTANTIATE_TEST_SUITE_P(Bytes, Steps, testing::ValuesIn(kBytes), name_of_row);

}  // namespace
}  // namespace slipway::cpu
