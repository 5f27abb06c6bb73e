#include "vision/mask.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "vision/encode.h"

namespace slipway {
namespace {

/// PNG files of 3 x 2 pixels that Pillow wrote.
Bytes bytes_of(const std::vector<int>& values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

// Image.frombytes("L", (3, 2), bytes([0, 1, 255, 7, 20, 2]))
const Bytes kGray = bytes_of(
    {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
     0x52, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x00, 0x00, 0xb8,
     0x1f, 0x39, 0xc6, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60,
     0x60, 0xfc, 0xcf, 0xc2, 0xce, 0xcb, 0x0c, 0x00, 0x05, 0x4b, 0x01, 0x1c, 0x33, 0xea, 0xf6,
     0xdb, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82});

// One bit a pixel.
const Bytes kBits =
    bytes_of({0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
              0x44, 0x52, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00,
              0x00, 0xb5, 0x0f, 0x5b, 0xb7, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78,
              0x9c, 0x63, 0x48, 0x60, 0x38, 0x00, 0x00, 0x01, 0xe4, 0x01, 0x21, 0xec, 0x2f, 0x19,
              0x72, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82});

TEST(Masks, GrayValuesAreClasses) {
  const auto mask = decode_mask(kGray);
  ASSERT_TRUE(mask.ok()) << mask.error().message;
  EXPECT_EQ(mask->width, 3);
  EXPECT_EQ(mask->height, 2);
  EXPECT_EQ(mask->classes, (std::vector<int>{0, 1, kUnlabelled, 7, 20, 2}));
}

TEST(Masks, NumbersOfAPaletteAreClasses) {
  // The same with mode "P" and the palette of PASCAL VOC.
  SystemEntropy entropy;
  const auto palette = SystemFiles(entropy).read("fuzz/seeds/picture/classes.png");
  ASSERT_TRUE(palette.ok());
  const auto mask = decode_mask(*palette);
  ASSERT_TRUE(mask.ok()) << mask.error().message;
  EXPECT_EQ(mask->classes, (std::vector<int>{0, 1, kUnlabelled, 7, 20, 2}));
}

TEST(Masks, OneBitIsANumberToo) {
  const auto mask = decode_mask(kBits);
  ASSERT_TRUE(mask.ok()) << mask.error().message;
  EXPECT_EQ(mask->classes, (std::vector<int>{0, 1, 1, 1, 1, 0}));
}

TEST(Masks, ColoursAreThoseOfTheClasses) {
  Picture picture(2, 2);
  picture.set(0, 0, class_color(15));
  picture.set(1, 0, class_color(255));
  picture.set(0, 1, {255, 255, 255});
  const auto mask = decode_mask(*to_png(picture));
  ASSERT_TRUE(mask.ok()) << mask.error().message;
  EXPECT_EQ(mask->classes, (std::vector<int>{15, kUnlabelled, kSomething, 0}));
}

TEST(Masks, AColourOfNoClassIsAnError) {
  Picture picture(2, 1);
  picture.set(1, 0, {1, 2, 3});
  const auto mask = decode_mask(*to_png(picture));
  ASSERT_FALSE(mask.ok());
  EXPECT_EQ(mask.error().message, "pixel 1, 0 has the colour 1 2 3, which stands for no class");
}

TEST(Masks, OtherFormatsAndDamageAreErrors) {
  EXPECT_FALSE(decode_mask(*to_ppm(Picture(2, 2))).ok());
  EXPECT_FALSE(decode_mask({}).ok());
  for (std::size_t size = 0; size + 12 < kGray.size(); ++size)  // the last chunk has nothing in it
    EXPECT_FALSE(decode_mask(BytesView(kGray).first(size)).ok()) << size;
}

}  // namespace
}  // namespace slipway
