#include "kernels/dequantize_u8.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class DequantizeU8Variants : public testing::TestWithParam<DequantizeU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

TEST_P(DequantizeU8Variants, EqualTheFormulaInEveryBit) {
  Random random(7);
  for (std::size_t count = 0; count < 300; ++count) {
    std::vector<std::uint8_t> in(count);
    for (auto& byte : in) byte = static_cast<std::uint8_t>(random.integer(0, 255));
    std::vector<float> out(count + 20, -77);
    DequantizeU8 job{in.data(), out.data() + count % 3, static_cast<std::int64_t>(count)};
    job.scale = random.real(1e-6F, 2);
    job.zero = static_cast<std::int32_t>(random.integer(0, 255));
    GetParam().run(job);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool inside = i >= count % 3 && i < count % 3 + count;
      const float should =
          inside ? static_cast<float>(in[i - count % 3] - job.zero) * job.scale : -77;
      ASSERT_EQ(out[i], should) << "float " << i << " of " << count;
    }
  }
}

class NormalizeU8Variants : public testing::TestWithParam<NormalizeU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

TEST_P(NormalizeU8Variants, EqualTheFormulaInEveryBit) {
  Random random(8);
  for (std::size_t count = 0; count < 200; ++count) {
    std::vector<std::uint8_t> in(count);
    for (auto& byte : in) byte = static_cast<std::uint8_t>(random.integer(0, 255));
    std::vector<float> mean(kChannelPeriod);
    std::vector<float> std(kChannelPeriod);
    for (auto& x : mean) x = random.real(0, 255);
    const bool divides = count % 3 != 0;
    for (auto& x : std) x = divides ? random.real(0.1F, 255) : 1;
    std::vector<float> out(count + 1, -77);
    GetParam().run(
        {in.data(), out.data(), std::ssize(in), mean.data(), divides ? std.data() : nullptr});
    for (std::size_t i = 0; i < count; ++i) {
      const auto k = i % kChannelPeriod;
      ASSERT_EQ(out[i], (static_cast<float>(in[i]) - mean[k]) / std[k]) << i << " of " << count;
    }
    ASSERT_EQ(out[count], -77);
  }
}

INSTANTIATE_TEST_SUITE_P(All, NormalizeU8Variants,
                         testing::ValuesIn(built(normalize_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

INSTANTIATE_TEST_SUITE_P(All, DequantizeU8Variants,
                         testing::ValuesIn(built(dequantize_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
