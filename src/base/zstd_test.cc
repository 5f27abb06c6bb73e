#include "base/zstd.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

Bytes numbers(std::size_t count) {
  Bytes out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<std::byte>(i % 251));
  return out;
}

TEST(Zstd, WhatWasCompressedComesBack) {
  for (const std::size_t count : {0U, 1U, 1000U, 1U << 20U}) {
    const auto bytes = numbers(count);
    const auto small = zstd_compress(bytes);
    const auto back = zstd_decompress(small, count);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, bytes) << count;
  }
  EXPECT_LT(zstd_compress(numbers(1U << 20U)).size(), 1U << 12U);
}

TEST(Zstd, DamageAndSizeAreNoticed) {
  const auto whole = zstd_compress(numbers(5000));
  EXPECT_EQ(zstd_decompress(whole, 4999).error().code, Code::unsupported);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(zstd_decompress(BytesView(whole).first(length), 5000).error().code, Code::corrupt)
        << length;
  auto longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_EQ(zstd_decompress(longer, 5000).error().code, Code::corrupt);
  auto other = whole;
  other[other.size() / 2] ^= std::byte{0x10};
  EXPECT_FALSE(zstd_decompress(other, 5000));
}

}  // namespace
}  // namespace slipway
