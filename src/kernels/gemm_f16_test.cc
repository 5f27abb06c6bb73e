#include "kernels/gemm_f16.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/f16.h"
#include "kernels/gemm_f16_tiles.h"
#include "kernels/gemm_testing.h"

namespace slipway::kernels {
namespace {

using Numbers = std::vector<float>;

/// Vectors of halves as arrays of plain numbers. The tiles are the ones that processors with half
/// floats run, with as many lanes and steps. Functions, for tiles are unrolled.
template <int kCount, int kEach, int kRows>
struct PlainHalves {
  static constexpr int kLanes = kCount;
  static constexpr int kTallest = kRows;
  static constexpr int kSteps = kEach;

  struct V {
    std::uint16_t lanes[kCount];
  };

  struct A {
    std::uint16_t numbers[kEach];
  };

  [[gnu::noinline]] static V zero() { return {}; }

  [[gnu::noinline]] static V load(const std::uint16_t* p) {
    V v;
    for (int i = 0; i < kCount; ++i) v.lanes[i] = p[i];
    return v;
  }

  [[gnu::noinline]] static A operand(const std::uint16_t* p) {
    A a;
    for (int i = 0; i < kEach; ++i) a.numbers[i] = p[i];
    return a;
  }

  template <int kStep>
  static void fuse(V& sum, A a, V w) {
    fuse_one(sum, &a.numbers[kStep], w);
  }

  [[gnu::noinline]] static void fuse_one(V& sum, const std::uint16_t* a, V w) {
    for (int i = 0; i < kCount; ++i) sum.lanes[i] = fused_half(*a, w.lanes[i], sum.lanes[i]);
  }

  [[gnu::noinline]] static void add_to(float* sums, V v) {
    for (int i = 0; i < kCount; ++i) sums[i] += float_of(v.lanes[i]);
  }

  static void store(std::uint16_t* p, Floats::F v) {
    for (int i = 0; i < Floats::kLanes; ++i) p[i] = half_of(static_cast<double>(v[i]));
  }
};

struct Way {
  std::string name;
  GemmF16Variant variant;
  bool runs = true;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

std::vector<Way> ways() {
  std::vector<Way> out;
  for (const auto& variant : built(gemm_f16_variants()))
    out.push_back({std::string(name_of(variant.isa)), variant, runs_here(variant.isa)});
  const auto plain = [&]<int kLanes, int kSteps, int kRows>(const char* name, Isa isa) {
    const GemmF16Variant variant{isa, 2 * kLanes, run_halves<PlainHalves<kLanes, kSteps, kRows>>};
    out.push_back({name, variant});
  };
  plain.operator()<32, 1, 14>("tiles_as_of_fp16_512", Isa::fp16_512);
  plain.operator()<8, 8, 8>("tiles_as_of_fp16", Isa::fp16);
  return out;
}

constexpr float kUntouched = -77;

/// `in_place`: c begins as the residual.
Numbers computed(const GemmF16Variant& variant, const ProductCase& one, bool in_place = false) {
  const auto panels = aligned(packed_bytes(variant, one.shape));
  pack_gemm_f16(variant, one.shape, one.weights.data(), one.bias.data(), panels.get());
  const auto room = workspace_bytes(variant, one.shape, one.m, one.a_stride);
  const auto workspace = aligned(room + 64);
  std::memset(workspace.get() + room, 0x55, 64);
  std::vector<const float*> a;
  for (const auto& segment : one.segments) a.push_back(segment.data());
  Numbers c(static_cast<std::size_t>(one.m * one.c_stride), kUntouched);
  GemmF16 job;
  job.product = {one.shape, one.m, a.data(), one.a_stride, panels.get(), c.data(), one.c_stride};
  job.product.low = one.low;
  if (in_place) c = one.residual;
  if (!one.residual.empty()) job.product.residual = in_place ? c.data() : one.residual.data();
  job.product.residual_stride = one.c_stride;
  job.workspace = workspace.get();
  variant.run(job);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(workspace.get()[room + i], std::byte{0x55});
  return c;
}

double rounded_number(float v) { return static_cast<double>(float_of(half_of(v))); }

class GemmF16Variants : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (!GetParam().runs) GTEST_SKIP() << "this processor has no " << GetParam().name;
  }

  static void check(Random& random, GemmF32Shape shape, int m) {
    const auto one = random_product(random, shape, m);
    const auto is = computed(GetParam().variant, one);
    if (!one.residual.empty()) {
      const auto over = computed(GetParam().variant, one, true);
      for (std::size_t at = 0; at < is.size(); ++at)
        if (static_cast<int>(at) % one.c_stride < shape.n) ASSERT_EQ(over[at], is[at]) << at;
    }
    const auto meant = computed(gemm_f16_variants().front(), one);
    ASSERT_EQ(is, meant) << m << " rows (stride " << one.a_stride << "), " << shape.n
                         << " columns, " << shape.segments << " segments of "
                         << shape.segment_floats;
    const int depth = shape.segments * shape.segment_floats;
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < one.c_stride; ++j) {
        const auto at = static_cast<std::size_t>(i * one.c_stride + j);
        if (j >= shape.n) {
          ASSERT_EQ(is[at], kUntouched);
          continue;
        }
        auto sum = static_cast<double>(one.bias[static_cast<std::size_t>(j)]);
        double ends = std::fabs(sum);
        double size = 0;
        for (int k = 0; k < depth; ++k) {
          const auto& segment = one.segments[static_cast<std::size_t>(k / shape.segment_floats)];
          const double a = rounded_number(
              segment[static_cast<std::size_t>(i * one.a_stride + k % shape.segment_floats)]);
          const double w = rounded_number(one.weights[static_cast<std::size_t>(k * shape.n + j)]);
          sum += a * w;
          size += std::fabs(a * w);
        }
        if (!one.residual.empty()) {
          sum += static_cast<double>(one.residual[at]);
          ends += std::fabs(static_cast<double>(one.residual[at]));
        }
        sum = std::fmax(sum, static_cast<double>(one.low));
        const double chunks = static_cast<double>(depth) / kHalfChunk;
        const double bound =
            33 * 0x1p-11 * size + depth * 1.02 * 0x1p-25 + (chunks + 3) * 0x1p-23 * (ends + size);
        ASSERT_LE(std::fabs(static_cast<double>(is[at]) - sum), bound) << "at " << i << " " << j;
      }
    }
  }
};

TEST_P(GemmF16Variants, AreThePortableOneWithinTheBoundAtEveryEdge) {
  Random random(1);
  for (int m = 1; m <= 44; ++m)
    check(random, {between(random, 1, 140), between(random, 1, 3), between(random, 1, 40)}, m);
  for (int n = 1; n <= 140; n += 3)
    check(random, {n, between(random, 1, 9), between(random, 1, 9)}, between(random, 1, 16));
  for (int k = 1; k <= 100; ++k) check(random, {between(random, 1, 40), 1, k}, 3);
  check(random, {20, 2, 1000}, 150);  // more rows than a block has
}

// Terms of one sign are the worst there is for sums of few bits: without chunks 4,096 of them would
// stop growing at 2,048.
TEST_P(GemmF16Variants, DoNotLoseWhatIsAddedToLargeSums) {
  ProductCase one;
  one.shape = {70, 1, 4096};
  one.m = 2;
  one.a_stride = 4096;
  one.c_stride = 70;
  one.segments = {Numbers(2 * 4096, 1.0F)};
  one.weights = Numbers(std::size_t{4096} * 70, 1.0F);
  one.bias = Numbers(70, 0.5F);
  for (const float v : computed(GetParam().variant, one)) EXPECT_EQ(v, 4096.5F);
}

TEST_P(GemmF16Variants, AreInfiniteBeyondTheRangeAndExactInTheSmallestNumbers) {
  ProductCase one;
  one.shape = {40, 1, 2};
  one.m = 3;
  one.a_stride = 2;
  one.c_stride = 40;
  one.segments = {{65504, 65504, 1e9F, 0, 0x1p-24F, 0x1.8p-24F}};
  one.weights = Numbers(80, 1);
  one.bias = Numbers(40, 0);
  const auto is = computed(GetParam().variant, one);
  EXPECT_EQ(is[0], std::numeric_limits<float>::infinity()) << "a sum";
  EXPECT_EQ(is[40], std::numeric_limits<float>::infinity()) << "an operand";
  EXPECT_EQ(is[80], 3 * 0x1p-24F);
}

TEST_P(GemmF16Variants, LetWhatIsNotANumberPass) {
  ProductCase one;
  one.shape = {40, 1, 1};
  one.c_stride = 40;
  one.segments = {{std::nanf("")}};
  one.weights = Numbers(40, 1);
  one.bias = Numbers(40, 1);
  one.low = 0;
  for (const float v : computed(GetParam().variant, one)) EXPECT_TRUE(std::isnan(v));
}

INSTANTIATE_TEST_SUITE_P(All, GemmF16Variants, testing::ValuesIn(ways()),
                         [](const auto& test) { return test.param.name; });

TEST(GemmF16, ChunksErrLessThanTheBoundByFar) {
  Random random(7);
  ProductCase one;
  one.shape = {16, 1, 576};
  one.m = 64;
  one.a_stride = 576;
  one.c_stride = 16;
  one.segments = {random_floats(random, 64 * 576)};
  one.weights = random_floats(random, 576 * 16);
  one.bias = Numbers(16, 0);
  const auto is = computed(gemm_f16_variants().front(), one);
  double errors = 0;
  double squares = 0;
  for (std::size_t i = 0; i < is.size(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 576; ++k)
      sum += rounded_number(one.segments[0][i / 16 * 576 + k]) *
             rounded_number(one.weights[k * 16 + i % 16]);
    errors += (static_cast<double>(is[i]) - sum) * (static_cast<double>(is[i]) - sum);
    squares += sum * sum;
  }
  // As a part of the outputs; bfloat16 operands alone make 2.1e-3 of such numbers.
  EXPECT_LT(std::sqrt(errors / squares), 1e-3);
}

/// A finite half in units of 2^-24.
std::int64_t units_of(std::uint16_t half) {
  const auto exponent = static_cast<unsigned>(half >> 10U & 0x1FU);
  const auto fraction = static_cast<std::int64_t>(half & 0x3FFU);
  const std::int64_t size =
      exponent == 0 ? fraction : (fraction + 1024) * (std::int64_t{1} << (exponent - 1));
  return (half & 0x8000U) != 0 ? -size : size;
}

TEST(Half, IsTheNearestOfAllHalves) {
  for (unsigned int i = 0; i < 0x7C00; ++i) {
    const auto half = static_cast<std::uint16_t>(i);
    const auto exact = static_cast<double>(units_of(half)) * 0x1p-24;
    ASSERT_EQ(static_cast<double>(float_of(half)), exact) << i;
    ASSERT_EQ(half_of(exact), half);
    ASSERT_EQ(half_of(-exact), half | 0x8000U);
    const auto above =
        i + 1 < 0x7C00 ? static_cast<double>(units_of(static_cast<std::uint16_t>(i + 1))) * 0x1p-24
                       : 65536.0;
    const double middle = (exact + above) / 2;
    ASSERT_EQ(half_of(middle), half + (half & 1U)) << i;
    ASSERT_EQ(half_of(std::nextafter(middle, 0)), half) << i;
    ASSERT_EQ(half_of(std::nextafter(middle, 1e9)), half + 1U) << i;
  }
  EXPECT_EQ(half_of(std::numeric_limits<double>::infinity()), 0x7C00);
  EXPECT_EQ(half_of(-1e300), 0xFC00);
  EXPECT_EQ(half_of(0x1p-1060), 0);
  EXPECT_TRUE(std::isnan(float_of(half_of(std::nan("")))));
}

__extension__ using Wide = __int128;

TEST(Half, AProductIsAddedWithOneRounding) {
  Random random(3);
  const auto any = [&] {
    const auto half = static_cast<unsigned int>(random.integer(0, 0xFFFF));
    return static_cast<std::uint16_t>((half & 0x7C00U) == 0x7C00U ? half & 0xBFFFU : half);
  };
  for (int i = 0; i < 300'000; ++i) {
    const std::uint16_t a = any();
    const std::uint16_t b = any();
    std::uint16_t c = any();
    // Often near what the product takes away.
    if (i % 2 != 0)
      c = half_of(-rounded_number(float_of(a)) * rounded_number(float_of(b))) ^
          static_cast<std::uint16_t>(random.integer(0, 3));
    if ((c & 0x7C00U) == 0x7C00U) continue;
    const std::uint16_t is = fused_half(a, b, c);
    // In units of 2^-48 all of this is integers.
    const Wide exact =
        static_cast<Wide>(units_of(a)) * units_of(b) + static_cast<Wide>(units_of(c)) * (1 << 24);
    const Wide size = exact < 0 ? -exact : exact;
    const auto limit = static_cast<Wide>(65520) * (Wide{1} << 48U);
    if (size >= limit) {
      ASSERT_EQ(is & 0x7FFFU, 0x7C00U);
      continue;
    }
    const auto apart = [&](std::uint16_t half) {
      const auto d = static_cast<Wide>(units_of(half & 0x7FFFU)) * (1 << 24) - size;
      return d < 0 ? -d : d;
    };
    const std::uint16_t magnitude = is & 0x7FFFU;
    if (exact != 0 && magnitude != 0) {
      ASSERT_EQ((is & 0x8000U) != 0, exact < 0);
    }
    for (const int other : {magnitude - 1, magnitude + 1}) {
      if (other < 0 || other >= 0x7C00) continue;
      const auto there = apart(static_cast<std::uint16_t>(other));
      ASSERT_TRUE(apart(magnitude) < there || (apart(magnitude) == there && (magnitude & 1U) == 0))
          << a << " * " << b << " + " << c;
    }
  }
}

}  // namespace
}  // namespace slipway::kernels
