#include "kernels/quantize_u8.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class QuantizeU8Variants : public testing::TestWithParam<QuantizeU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

TEST_P(QuantizeU8Variants, EqualTheFormulaInEveryByte) {
  Random random(4);
  for (int i = 0; i < 300; ++i) {
    QuantizeU8 job;
    job.channels = static_cast<int>(random.integer(1, 5));
    job.pixels = static_cast<int>(random.integer(1, 70));
    job.channels_first = random.integer(0, 1) == 1;
    job.scale = random.real(0.01F, 0.1F);
    job.zero = static_cast<int>(random.integer(0, 255));
    const auto count = static_cast<std::size_t>(job.channels * job.pixels);
    std::vector<float> in;
    for (std::size_t k = 0; k < count; ++k) in.push_back(random.real(-30, 30));
    in[static_cast<std::size_t>(random.integer(0, std::ssize(in) - 1))] =
        i % 3 == 0   ? std::numeric_limits<float>::quiet_NaN()
        : i % 3 == 1 ? std::numeric_limits<float>::infinity()
                     : 1e30F;
    std::vector<std::uint8_t> out(count + 4, 0xEE);
    job.in = in.data();
    job.out = out.data();
    GetParam().run(job);
    for (int p = 0; p < job.pixels; ++p) {
      for (int c = 0; c < job.channels; ++c) {
        const int at = job.channels_first ? c * job.pixels + p : p * job.channels + c;
        const float x = in[static_cast<std::size_t>(at)] / job.scale;
        const float y = std::nearbyint(x) + static_cast<float>(job.zero);
        const int byte = std::isnan(x) || y < 0 ? 0 : y > 255 ? 255 : static_cast<int>(y);
        ASSERT_EQ(out[static_cast<std::size_t>(p * job.channels + c)], byte)
            << in[static_cast<std::size_t>(at)] << " by " << job.scale << " plus " << job.zero;
      }
    }
    for (std::size_t k = count; k < out.size(); ++k) EXPECT_EQ(out[k], 0xEE);
  }
}

INSTANTIATE_TEST_SUITE_P(All, QuantizeU8Variants, testing::ValuesIn(built(quantize_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
