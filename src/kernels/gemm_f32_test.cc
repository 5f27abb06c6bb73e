#include "kernels/gemm_f32.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

using Floats = std::vector<float>;

/// A product with its operands. All arrays are as long as the rows need and no longer.
struct Case {
  GemmF32Shape shape;
  int m = 1;
  int a_stride = 1;
  int c_stride = 1;
  int residual_stride = 1;
  std::vector<Floats> segments;
  Floats weights;
  Floats bias;      // may be empty
  Floats residual;  // may be empty
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

Case random_case(Random& random, GemmF32Shape shape, int m) {
  Case one;
  one.shape = shape;
  one.m = m;
  one.a_stride = between(random, 1, shape.segment_floats + 5);
  one.c_stride = shape.n + between(random, 0, 5);
  one.residual_stride = shape.n + between(random, 0, 5);
  for (int s = 0; s < shape.segments; ++s) {
    one.segments.push_back(random_floats(random, (m - 1) * one.a_stride + shape.segment_floats));
  }
  one.weights = random_floats(random, shape.segments * shape.segment_floats * shape.n);
  if (between(random, 0, 3) != 0) one.bias = random_floats(random, shape.n);
  if (between(random, 0, 1) != 0)
    one.residual = random_floats(random, (m - 1) * one.residual_stride + shape.n);
  if (between(random, 0, 1) != 0) one.low = 0;
  if (between(random, 0, 1) != 0) one.high = 0.5F;
  return one;
}

constexpr float kUntouched = -77;

Floats untouched(const Case& one) {
  return Floats(static_cast<std::size_t>(one.m * one.c_stride), kUntouched);
}

/// Products in their order with one rounding each, and what bounds the rounding errors.
struct Expected {
  Floats c;
  Floats bound;
};

Expected expected(const Case& one) {
  Expected result{untouched(one), untouched(one)};
  const int depth = one.shape.segments * one.shape.segment_floats;
  for (int i = 0; i < one.m; ++i) {
    for (int j = 0; j < one.shape.n; ++j) {
      float sum = one.bias.empty() ? 0 : one.bias[static_cast<std::size_t>(j)];
      float size = std::fabs(sum);
      for (int k = 0; k < depth; ++k) {
        const auto& segment = one.segments[static_cast<std::size_t>(k / one.shape.segment_floats)];
        const float a =
            segment[static_cast<std::size_t>(i * one.a_stride + k % one.shape.segment_floats)];
        const float w = one.weights[static_cast<std::size_t>(k * one.shape.n + j)];
        sum = std::fma(a, w, sum);
        size += std::fabs(a * w);
      }
      if (!one.residual.empty()) {
        const float residual = one.residual[static_cast<std::size_t>(i * one.residual_stride + j)];
        sum += residual;
        size += std::fabs(residual);
      }
      const auto at = static_cast<std::size_t>(i * one.c_stride + j);
      result.c[at] = std::fmin(std::fmax(sum, one.low), one.high);
      result.bound[at] = static_cast<float>(depth + 2) * 0x1p-22F * size;  // twice: we round, too
    }
  }
  return result;
}

struct Panels {
  std::unique_ptr<std::byte, decltype(&std::free)> bytes{nullptr, &std::free};
};

Panels packed(const GemmF32Variant& variant, const Case& one) {
  const auto bytes = packed_bytes(variant, one.shape);
  Panels panels;
  panels.bytes.reset(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
  pack_gemm_f32(variant, one.shape, one.weights.data(),
                one.bias.empty() ? nullptr : one.bias.data(), panels.bytes.get());
  return panels;
}

/// With a residual, sometimes in place: then c begins as the residual.
Floats computed(const GemmF32Variant& variant, const Case& one, bool in_place = false) {
  const auto panels = packed(variant, one);
  std::vector<const float*> a;
  for (const auto& segment : one.segments) a.push_back(segment.data());
  auto c = untouched(one);
  GemmF32 job{one.shape, one.m, a.data(), one.a_stride, panels.bytes.get(), c.data(), one.c_stride};
  job.low = one.low;
  job.high = one.high;
  if (!one.residual.empty()) {
    job.residual = one.residual.data();
    job.residual_stride = one.residual_stride;
  }
  if (in_place) {
    for (int i = 0; i < one.m; ++i) {
      std::memcpy(&c[static_cast<std::size_t>(i * one.c_stride)],
                  &one.residual[static_cast<std::size_t>(i * one.residual_stride)],
                  static_cast<std::size_t>(one.shape.n) * sizeof(float));
    }
    job.residual = c.data();
    job.residual_stride = job.c_stride;
  }
  variant.run(job);
  return c;
}

class GemmF32Variants : public testing::TestWithParam<GemmF32Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }

  /// Equal bits, but of portable code only within the bound.
  static void compare(const Floats& is, const Expected& should, const Case& one) {
    for (std::size_t i = 0; i < is.size(); ++i) {
      const bool exact = GetParam().isa != Isa::portable || should.c[i] == kUntouched;
      ASSERT_LE(std::fabs(is[i] - should.c[i]), exact ? 0 : should.bound[i])
          << "at " << i << " of " << one.m << " rows (stride " << one.c_stride << "), "
          << one.shape.n << " columns, " << one.shape.segments << " segments of "
          << one.shape.segment_floats;
    }
  }

  static void check(Random& random, GemmF32Shape shape, int m) {
    const auto one = random_case(random, shape, m);
    const auto should = expected(one);
    compare(computed(GetParam(), one), should, one);
    if (!one.residual.empty()) compare(computed(GetParam(), one, true), should, one);
  }
};

TEST_P(GemmF32Variants, EqualTheSumsAtEveryEdge) {
  Random random(1);
  for (int repeat = 0; repeat < 4; ++repeat) {
    for (int m = 1; m <= 44; ++m)
      check(random, {between(random, 1, 70), between(random, 1, 3), between(random, 1, 40)}, m);
    for (int n = 1; n <= 150; ++n)
      check(random, {n, 1, between(random, 1, 9)}, between(random, 1, 16));
  }
  check(random, {33, 2, 1000}, 5);
}

TEST_P(GemmF32Variants, ComputeSomeOfTheColumns) {
  Random random(2);
  const int panel = GetParam().panel;
  const auto one = random_case(random, {5 * panel + 3, 2, 7}, 9);
  const auto should = expected(one);
  const auto panels = packed(GetParam(), one);
  const float* a[] = {one.segments[0].data(), one.segments[1].data()};
  auto c = untouched(one);
  for (const int begin : {4 * panel, 0}) {
    auto shape = one.shape;
    shape.n = begin == 0 ? 4 * panel : shape.n - begin;
    GemmF32 job{shape,
                one.m,
                a,
                one.a_stride,
                panels.bytes.get() + panel_offset(GetParam(), one.shape, begin),
                c.data() + begin,
                one.c_stride};
    if (!one.residual.empty()) job.residual = one.residual.data() + begin;
    job.residual_stride = one.residual_stride;
    job.low = one.low;
    job.high = one.high;
    GetParam().run(job);
  }
  compare(c, should, one);
}

TEST_P(GemmF32Variants, LetWhatIsNotANumberPass) {
  for (const int n : {1, 40}) {
    Case one;
    one.shape = {n, 1, 1};
    one.c_stride = n;
    one.segments = {{std::nanf("")}};
    one.weights = Floats(static_cast<std::size_t>(n), 1);
    one.low = 0;
    one.high = 6;
    for (const float v : computed(GetParam(), one)) EXPECT_TRUE(std::isnan(v));
  }
}

INSTANTIATE_TEST_SUITE_P(All, GemmF32Variants, testing::ValuesIn(built(gemm_f32_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
