#include "base/bytes.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(ByteReader, ReadsLittleEndianNumbersInOrder) {
  ByteReader reader(as_bytes(std::string_view("\x01\x02\x03\x04\x05\xff\xff", 7)));
  EXPECT_EQ(reader.number<std::uint8_t>().value(), 1);
  EXPECT_EQ(reader.number<std::uint32_t>().value(), 0x05040302U);
  EXPECT_EQ(reader.number<std::int16_t>().value(), -1);
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, RefusesToReadPastTheEndAndStaysWhereItIs) {
  ByteReader reader(as_bytes("abc"));
  EXPECT_EQ(as_text(reader.take(2).value()), "ab");
  const auto past = reader.number<std::uint32_t>();
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().code, Code::corrupt);
  EXPECT_EQ(past.error().message, "the file ends early: 4 bytes wanted at offset 2 of 3");
  EXPECT_FALSE(reader.take(SIZE_MAX));
  EXPECT_EQ(as_text(reader.take(1).value()), "c");
}

TEST(ByteReader, SeeksWithinTheBytesOnly) {
  ByteReader reader(as_bytes("abc"));
  EXPECT_TRUE(reader.seek(3));
  EXPECT_TRUE(reader.take(0));
  EXPECT_FALSE(reader.seek(4));
  EXPECT_TRUE(reader.seek(1));
  EXPECT_EQ(as_text(reader.take(2).value()), "bc");
}

}  // namespace
}  // namespace slipway
