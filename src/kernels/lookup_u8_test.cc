#include "kernels/lookup_u8.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class LookupU8Variants : public testing::TestWithParam<LookupU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

std::vector<std::uint8_t> random_bytes(Random& random, std::size_t count) {
  std::vector<std::uint8_t> out(count);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random.integer(0, 255));
  return out;
}

TEST_P(LookupU8Variants, FindEveryByteInItsPlace) {
  Random random(5);
  const auto table = random_bytes(random, 256);
  for (std::size_t count = 0; count < 300; ++count) {
    // Exactly as long as what may be read.
    const auto in = random_bytes(random, count);
    std::vector<std::uint8_t> out(count + 70, 0xEE);
    const auto shift = static_cast<std::size_t>(random.integer(0, 5));
    GetParam().run({table.data(), in.data(), out.data() + shift, static_cast<std::int64_t>(count)});
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool inside = i >= shift && i < shift + count;
      ASSERT_EQ(out[i], inside ? table[in[i - shift]] : 0xEE) << "byte " << i << " of " << count;
    }
  }
}

TEST_P(LookupU8Variants, FindAllBytesWhereTheyStood) {
  Random random(6);
  const auto table = random_bytes(random, 256);
  std::vector<std::uint8_t> bytes(1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 3);
  GetParam().run({table.data(), bytes.data(), bytes.data(), 1000});
  for (std::size_t i = 0; i < bytes.size(); ++i)
    ASSERT_EQ(bytes[i], table[static_cast<std::uint8_t>(i * 3)]) << i;
}

INSTANTIATE_TEST_SUITE_P(All, LookupU8Variants, testing::ValuesIn(built(lookup_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
