#include "tensor/dtype.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace slipway {
namespace {

Half half(std::uint16_t bits) {
  Half out;
  out.bits = bits;
  return out;
}

/// The value of a half by the definition in IEEE 754, section 3.4.
double value_of_half(std::uint32_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  const int exponent = static_cast<int>((bits >> 10U) & 0x1FU);
  const double mantissa = bits & 0x3FFU;
  if (exponent == 31) return sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

bool is_nan_half(std::uint32_t bits) { return (bits & 0x7FFFU) > 0x7C00U; }

TEST(Half, EveryValueIsExactAndComesBack) {
  for (std::uint32_t bits = 0; bits <= 0xFFFFU; ++bits) {
    const auto x = static_cast<float>(half(static_cast<std::uint16_t>(bits)));
    if (is_nan_half(bits)) {
      ASSERT_TRUE(std::isnan(x)) << bits;
      // Not-a-numbers keep sign and payload; signalling ones become quiet.
      ASSERT_EQ(Half(x).bits, bits | 0x200U) << bits;
    } else {
      ASSERT_EQ(x, value_of_half(bits)) << bits;
      ASSERT_EQ(Half(x).bits, bits) << bits;
    }
  }
}

// Between two neighbours lies a tie; it goes to the even one, and what lies a float beside it to
// the nearer one.
TEST(Half, RoundsToNearestEven) {
  for (std::uint32_t low = 0; low < 0x7BFFU; ++low) {
    const std::uint32_t even = low % 2 == 0 ? low : low + 1;
    const auto tie = static_cast<float>((value_of_half(low) + value_of_half(low + 1)) / 2);
    ASSERT_EQ(Half(tie).bits, even) << low;
    ASSERT_EQ(Half(-tie).bits, even | 0x8000U) << low;
    ASSERT_EQ(Half(std::nextafterf(tie, 0)).bits, low) << low;
    ASSERT_EQ(Half(std::nextafterf(tie, HUGE_VALF)).bits, low + 1) << low;
  }
}

TEST(Half, OverflowsToInfinityFromTheMiddleOn) {
  EXPECT_EQ(Half(65519.996F).bits, 0x7BFF);
  EXPECT_EQ(Half(65520.0F).bits, 0x7C00);
  EXPECT_EQ(Half(-1e30F).bits, 0xFC00);
  EXPECT_EQ(Half(HUGE_VALF).bits, 0x7C00);
  EXPECT_EQ(Half(std::numeric_limits<float>::denorm_min()).bits, 0);
}

TEST(BFloat16, EveryValueComesBack) {
  for (std::uint32_t bits = 0; bits <= 0xFFFFU; ++bits) {
    BFloat16 x;
    x.bits = static_cast<std::uint16_t>(bits);
    const bool nan = (bits & 0x7FFFU) > 0x7F80U;
    ASSERT_EQ(BFloat16(static_cast<float>(x)).bits, nan ? bits | 0x40U : bits);
  }
}

TEST(BFloat16, RoundsToNearestEven) {
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3F808000U)).bits, 0x3F80);  // tie, down to even
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3F818000U)).bits, 0x3F82);  // tie, up to even
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3F807FFFU)).bits, 0x3F80);
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3F808001U)).bits, 0x3F81);
  EXPECT_EQ(BFloat16(std::numeric_limits<float>::max()).bits, 0x7F80);
  EXPECT_EQ(BFloat16(-HUGE_VALF).bits, 0xFF80);
}

RC_GTEST_PROP(BFloat16, IsTheNearestOfItsNeighbours, (std::uint32_t bits)) {
  const auto x = std::bit_cast<float>(bits);
  RC_PRE(std::isfinite(x) && std::fabs(x) < 1e38F);
  const double error = std::fabs(double{x} - double{static_cast<float>(BFloat16(x))});
  for (const std::uint32_t neighbour : {bits & 0xFFFF0000U, (bits & 0xFFFF0000U) + 0x10000U}) {
    RC_ASSERT(error <= std::fabs(double{x} - double{std::bit_cast<float>(neighbour)}));
  }
}

TEST(DType, NamesAndSizesFitTheTypesBehindThem) {
  for (const DType dtype : kAllDTypes) {
    EXPECT_EQ(dtype_from(name_of(dtype)), dtype);
    visit(dtype, [&]<class T>(T) {
      EXPECT_EQ(kDTypeOf<T>, dtype);
      EXPECT_EQ(static_cast<std::size_t>(size_of(dtype)), sizeof(T));
    });
  }
  EXPECT_EQ(name_of(DType::boolean), "bool");
  EXPECT_EQ(dtype_from("f8"), std::nullopt);
  EXPECT_TRUE(is_float(DType::bf16));
  EXPECT_FALSE(is_integer(DType::boolean));
}

}  // namespace
}  // namespace slipway
