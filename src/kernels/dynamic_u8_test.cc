#include "kernels/dynamic_u8.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// The rows of the three tables are the same: a row by number.
class DynamicU8Variants : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    if (!runs_here(dynamic_u8_variants()[GetParam()].isa))
      GTEST_SKIP() << "this processor has no " << name_of(dynamic_u8_variants()[GetParam()].isa);
  }
};

TEST_P(DynamicU8Variants, FindTheRangeOfWhatIsANumber) {
  Random random(5);
  for (int count = 0; count < 70; ++count) {
    std::vector<float> in;
    float low = -0.25F;
    float high = 0.5F;
    for (int i = 0; i < count; ++i) {
      in.push_back(i % 7 == 3 ? kNan : random.real(-2, 2));
      if (!(in.back() >= low)) low = std::isnan(in.back()) ? low : in.back();
      if (!(in.back() <= high)) high = std::isnan(in.back()) ? high : in.back();
    }
    FloatRange range{-0.25F, 0.5F};
    widen_range_variants()[GetParam()].run({in.data(), count, &range});
    EXPECT_EQ(range.low, low) << count;
    EXPECT_EQ(range.high, high) << count;
  }
}

TEST_P(DynamicU8Variants, RoundHalvesAwayFromZero) {
  Random random(6);
  for (int i = 0; i < 300; ++i) {
    std::vector<float> in = {
        0.5F,   -0.5F,   1.5F, -2.5F, 0.49999997F, -0.49999997F,
        127.5F, -128.5F, kNan, 1e30F, -1e30F,      std::numeric_limits<float>::infinity()};
    for (auto more = random.integer(0, 40); more > 0; --more) in.push_back(random.real(-150, 150));
    DynamicU8 job;
    job.in = in.data();
    job.count = std::ssize(in);
    job.inverse = i == 0 ? 1.0F : random.real(0.5F, 2);
    job.zero = i == 0 ? 0 : static_cast<std::int32_t>(random.integer(-128, 127));
    job.least = i % 2 == 0 ? -127 : -128;
    std::vector<std::uint8_t> bytes(in.size() + 1, 0xEE);
    std::vector<float> floats(in.size() + 1, 0.125F);
    job.bytes = bytes.data();
    dynamic_u8_variants()[GetParam()].run(job);
    job.floats = floats.data();
    dynamic_u8_variants()[GetParam()].run(job);
    for (std::size_t k = 0; k < in.size(); ++k) {
      const float steps = std::round(static_cast<float>(job.zero) + in[k] * job.inverse);
      const auto least = static_cast<float>(job.least);
      const float held = steps > least ? std::min(steps, 127.0F) : least;
      EXPECT_EQ(bytes[k], static_cast<int>(held) + 128) << in[k] << " times " << job.inverse;
      EXPECT_EQ(floats[k], held - static_cast<float>(job.zero)) << in[k];
    }
    EXPECT_EQ(bytes.back(), 0xEE);
    EXPECT_EQ(floats.back(), 0.125F);
  }
}

TEST_P(DynamicU8Variants, ScaleSumsAsTheFormulaSays) {
  Random random(7);
  for (int i = 0; i < 200; ++i) {
    ScaleSums job;
    job.columns = static_cast<int>(random.integer(1, 40));
    job.rows = random.integer(1, 4);
    job.stride = job.columns + random.integer(0, 3);
    job.by = random.real(0.001F, 0.1F);
    job.zero = static_cast<std::int32_t>(random.integer(-128, 127));
    job.in_turn = random.integer(0, 1) == 1;
    job.low = i % 3 == 0 ? 0.0F : -std::numeric_limits<float>::infinity();
    job.high = i % 3 == 1 ? 6.0F : std::numeric_limits<float>::infinity();
    const bool integers = random.integer(0, 1) == 1;
    std::vector<float> scale;
    std::vector<float> bias;
    std::vector<std::int32_t> weights;
    for (int j = 0; j < job.columns; ++j) {
      scale.push_back(random.real(0.001F, 0.1F));
      bias.push_back(random.real(-3, 3));
      weights.push_back(static_cast<std::int32_t>(random.integer(-5000, 5000)));
    }
    job.scale = scale.data();
    job.bias = bias.data();
    if (integers) job.weights = weights.data();
    std::vector<float> c(static_cast<std::size_t>(job.rows * job.stride));
    std::vector<float> should;
    for (std::size_t at = 0; at < c.size(); ++at) {
      const auto j = at % static_cast<std::size_t>(job.stride);
      auto sum = static_cast<std::int32_t>(random.integer(-100000000, 100000000));
      if (!integers) sum %= 1 << 24;
      const auto real = static_cast<float>(sum);
      std::memcpy(&c[at], integers ? static_cast<const void*>(&sum) : &real, sizeof sum);
      should.push_back(c[at]);
      if (j >= scale.size()) continue;  // between two rows
      const auto x = integers ? static_cast<float>(sum - job.zero * weights[j]) : real;
      const float y = (job.in_turn ? x * scale[j] * job.by : x * (scale[j] * job.by)) + bias[j];
      should.back() = std::min(std::max(y, job.low), job.high);
    }
    job.c = c.data();
    scale_sums_variants()[GetParam()].run(job);
    EXPECT_EQ(std::memcmp(c.data(), should.data(), c.size() * sizeof(float)), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(All, DynamicU8Variants,
                         testing::Range(std::size_t{0}, built(dynamic_u8_variants()).size()),
                         [](const auto& test) {
                           return std::string(name_of(dynamic_u8_variants()[test.param].isa));
                         });

}  // namespace
}  // namespace slipway::kernels
