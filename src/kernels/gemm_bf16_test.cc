#include "kernels/gemm_bf16.h"

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/bf16.h"
#include "kernels/gemm_testing.h"

namespace slipway::kernels {
namespace {

using Floats = std::vector<float>;

/// Numbers that are rounded already are told as floats here.
Floats widened_of(const Floats& floats) {
  Floats out;
  for (const float v : floats) out.push_back(widened(rounded(v)));
  return out;
}

using Halves = std::vector<std::uint16_t>;

Halves halves_of(const Floats& floats) {
  Halves out;
  for (const float v : floats) out.push_back(rounded(v));
  return out;
}

/// A variant with the numbers that it reads and writes.
struct Way {
  GemmBf16Variant variant;
  bool a = false;  // whether these are bfloat16 in memory
  bool c = false;
  bool residual = false;

  [[nodiscard]] std::string name() const {
    return std::string(name_of(variant.isa)) + (a ? "_from_bf16" : "") +
           (residual ? "_with_bf16" : "") + (c ? "_to_bf16" : "");
  }
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name(); }

std::vector<Way> ways(const std::vector<GemmBf16Variant>& variants) {
  std::vector<Way> out;
  for (const auto& variant : variants)
    for (const unsigned set : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U})
      out.push_back({variant, (set & 1U) != 0, (set & 2U) != 0, (set & 4U) != 0});
  return out;
}

/// Of the floats with 8 bits of fraction the nearest, halves to even.
double nearest(float v) {
  if (v == 0) return 0;
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(v), &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

constexpr float kUntouched = -77;

/// What nobody wrote.
float widened_untouched(const Way& way) {
  return way.c ? widened(rounded(kUntouched)) : kUntouched;
}

/// `in_place`: c begins as the residual, in the same numbers.
Floats computed(const Way& way, const ProductCase& one, RowLines lines = {},
                bool in_place = false) {
  const auto& variant = way.variant;
  const auto panels = aligned(packed_bytes(variant, one.shape));
  pack_gemm_bf16(variant, one.shape, one.weights.data(), one.bias.data(), panels.get());
  const auto workspace = aligned(workspace_bytes(variant, one.shape, one.m, one.a_stride));
  std::vector<const float*> a;
  for (const auto& segment : one.segments) a.push_back(segment.data());
  Floats c(static_cast<std::size_t>(one.m * one.c_stride), kUntouched);
  if (in_place) c = one.residual;
  GemmBf16 job;
  job.product = {one.shape, one.m, a.data(), one.a_stride, panels.get(), c.data(), one.c_stride};
  job.product.low = one.low;
  lines.c = lines.residual = std::ptrdiff_t{lines.apart} * one.c_stride;
  job.lines = lines;
  const auto residual = halves_of(one.residual);
  if (!one.residual.empty() && way.residual) {
    job.rounded_residual = residual.data();
  } else if (!one.residual.empty()) {
    job.product.residual = one.residual.data();
  }
  job.product.residual_stride = one.c_stride;
  job.workspace = workspace.get();
  std::vector<Halves> rounded_segments;
  std::vector<const std::uint16_t*> rounded_a;
  if (way.a) {
    for (const auto& segment : one.segments) rounded_segments.push_back(halves_of(segment));
    for (const auto& segment : rounded_segments) rounded_a.push_back(segment.data());
    job.product.a = nullptr;
    job.workspace = nullptr;
    job.rounded_a = rounded_a.data();
  }
  auto rounded_c = halves_of(c);
  if (way.c) {
    job.product.c = nullptr;
    job.rounded_c = rounded_c.data();
  }
  if (in_place && way.residual) job.rounded_residual = rounded_c.data();
  if (in_place && !way.residual) job.product.residual = c.data();
  variant.run(job);
  for (std::size_t i = 0; way.c && i < c.size(); ++i) c[i] = widened(rounded_c[i]);
  return c;
}

class GemmBf16Variants : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().variant.isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().variant.isa);
  }

  static void check(Random& random, GemmF32Shape shape, int m) {
    auto one = random_product(random, shape, m);
    if (GetParam().residual) one.residual = widened_of(one.residual);
    const auto is = computed(GetParam(), one);
    if (!one.residual.empty() && GetParam().residual == GetParam().c) {
      const auto over = computed(GetParam(), one, {}, true);
      for (std::size_t at = 0; at < is.size(); ++at)
        if (static_cast<int>(at) % one.c_stride < shape.n) ASSERT_EQ(over[at], is[at]) << at;
    }
    const int depth = shape.segments * shape.segment_floats;
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < one.c_stride; ++j) {
        const auto at = static_cast<std::size_t>(i * one.c_stride + j);
        if (j >= shape.n) {
          ASSERT_EQ(is[at], kUntouched);
          continue;
        }
        auto sum = static_cast<double>(one.bias[static_cast<std::size_t>(j)]);
        double size = std::fabs(sum);
        for (int k = 0; k < depth; ++k) {
          const auto& segment = one.segments[static_cast<std::size_t>(k / shape.segment_floats)];
          const double a = nearest(
              segment[static_cast<std::size_t>(i * one.a_stride + k % shape.segment_floats)]);
          const double w = nearest(one.weights[static_cast<std::size_t>(k * shape.n + j)]);
          sum += a * w;
          size += std::fabs(a * w);
        }
        if (!one.residual.empty()) {
          sum += static_cast<double>(one.residual[at]);
          size += std::fabs(static_cast<double>(one.residual[at]));
        }
        sum = std::fmax(sum, static_cast<double>(one.low));
        const double rounding = GetParam().c ? std::fabs(sum) * 0x1p-8 : 0;
        ASSERT_LE(std::fabs(static_cast<double>(is[at]) - sum),
                  (depth + 2) * 0x1p-23 * size * (GetParam().c ? 1.01 : 1) + rounding)
            << "at " << i << " " << j << " of " << m << " rows (stride " << one.a_stride << "), "
            << shape.n << " columns, " << shape.segments << " segments of " << shape.segment_floats;
      }
    }
  }
};

TEST_P(GemmBf16Variants, AreWithinTheirBoundAtEveryEdge) {
  Random random(1);
  for (int m = 1; m <= 44; ++m)
    check(random, {between(random, 1, 70), between(random, 1, 3), between(random, 1, 40)}, m);
  for (int n = 1; n <= 70; ++n)
    check(random, {n, 1, between(random, 1, 9)}, between(random, 1, 16));
  check(random, {20, 2, 1000}, 150);  // more rows than a block has
}

/// Those that take lines.
class GemmBf16VariantsWithLines : public GemmBf16Variants {};

TEST_P(GemmBf16VariantsWithLines, SkipWhatIsBetweenThem) {
  Random random(2);
  for (int pixels = 1; pixels <= 20; ++pixels) {
    const int apart = pixels + between(random, 0, 3);
    const int lines = between(random, 1, 5);
    auto one = random_product(
        random, {between(random, 1, 70), between(random, 1, 3), between(random, 1, 70)},
        (lines - 1) * apart + pixels);
    const auto all = computed(GetParam(), one);
    // The same lines, as far apart in the results as they are in the operand.
    const RowLines runs{.pixels = pixels, .apart = apart};
    const auto is = computed(GetParam(), one, runs);
    const bool may_meet = !one.residual.empty() && GetParam().residual == GetParam().c;
    const auto over = may_meet ? computed(GetParam(), one, runs, true) : is;
    for (int i = 0; i < one.m; ++i) {
      for (int j = 0; j < one.shape.n; ++j) {
        const auto at = static_cast<std::size_t>(i * one.c_stride + j);
        ASSERT_EQ(is[at], i % apart < pixels ? all[at] : widened_untouched(GetParam())) << i;
        if (i % apart < pixels) ASSERT_EQ(over[at], all[at]) << i;
      }
    }
  }
}

TEST_P(GemmBf16Variants, LetWhatIsNotANumberPass) {
  ProductCase one;
  one.shape = {40, 1, 1};
  one.c_stride = 40;
  one.segments = {{std::nanf("")}};
  one.weights = Floats(40, 1);
  one.bias = Floats(40, 1);
  one.low = 0;
  for (const float v : computed(GetParam(), one)) EXPECT_TRUE(std::isnan(v));
}

std::string test_name(const testing::TestParamInfo<Way>& test) { return test.param.name(); }

INSTANTIATE_TEST_SUITE_P(All, GemmBf16Variants,
                         testing::ValuesIn(ways(built(gemm_bf16_variants()))), test_name);

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GemmBf16VariantsWithLines);
INSTANTIATE_TEST_SUITE_P(All, GemmBf16VariantsWithLines,
                         testing::ValuesIn(ways(with_lines(gemm_bf16_variants()))), test_name);

}  // namespace
}  // namespace slipway::kernels
