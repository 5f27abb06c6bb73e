#include "vision/resize.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway {
namespace {

constexpr ResizeMethod kMethods[] = {
    ResizeMethod::nearest,
    ResizeMethod::nearest_asymmetric,
    ResizeMethod::bilinear,
    ResizeMethod::bilinear_asymmetric,
    ResizeMethod::bilinear_align_corners,
    ResizeMethod::area,
    ResizeMethod::bilinear_antialias,
};

Picture noise(int width, int height) {
  Random random(3);
  Picture picture(width, height);
  for (auto& value : picture.rgb) value = static_cast<std::uint8_t>(random.integer(0, 255));
  return picture;
}

/// One row of gray values.
Picture row(const std::vector<std::uint8_t>& grays) {
  Picture picture(static_cast<int>(grays.size()), 1);
  for (int x = 0; x < picture.width; ++x) {
    const auto gray = grays[static_cast<std::size_t>(x)];
    picture.set(x, 0, {gray, gray, gray});
  }
  return picture;
}

std::vector<int> grays(const Picture& picture) {
  std::vector<int> out;
  for (int x = 0; x < picture.width; ++x) out.push_back(picture.at(x, 0)[0]);
  return out;
}

std::vector<int> resized(const std::vector<std::uint8_t>& from, int to, ResizeMethod method) {
  return grays(*resize(row(from), to, 1, method));
}

TEST(Resize, TheSameSizeIsTheSamePicture) {
  const Picture picture = noise(13, 9);
  for (const auto method : kMethods) EXPECT_EQ(*resize(picture, 13, 9, method), picture);
}

TEST(Resize, OneColourStaysOneColour) {
  const Picture::Color color = {255, 7, 130};
  for (const auto method : kMethods) {
    for (const auto& [w, h] : {std::pair{1, 1}, {5, 40}, {31, 7}, {100, 100}}) {
      EXPECT_EQ(*resize(Picture(23, 17, color), w, h, method), Picture(w, h, color));
    }
  }
}

TEST(Resize, EachMethodTakesItsOwnSamples) {
  EXPECT_EQ(resized({0, 100, 200}, 2, ResizeMethod::nearest), (std::vector{0, 200}));
  EXPECT_EQ(resized({0, 100, 200}, 2, ResizeMethod::nearest_asymmetric), (std::vector{0, 100}));
  EXPECT_EQ(resized({0, 100}, 4, ResizeMethod::bilinear), (std::vector{0, 25, 75, 100}));
  EXPECT_EQ(resized({0, 100}, 4, ResizeMethod::bilinear_asymmetric),
            (std::vector{0, 50, 100, 100}));
  EXPECT_EQ(resized({0, 90}, 4, ResizeMethod::bilinear_align_corners),
            (std::vector{0, 30, 60, 90}));
  EXPECT_EQ(resized({0, 100, 200, 60}, 2, ResizeMethod::area), (std::vector{50, 130}));
  EXPECT_EQ(resized({0, 100}, 4, ResizeMethod::area), (std::vector{0, 0, 100, 100}));
  EXPECT_EQ(resized({0, 0, 80, 80}, 2, ResizeMethod::bilinear_antialias), (std::vector{11, 69}));
}

TEST(Resize, APartIsEqualToTheSamePartOfTheWhole) {
  const Picture picture = noise(40, 70);
  for (const auto method : kMethods) {
    for (const Size whole : {Size{20, 35}, Size{61, 30}, Size{90, 150}, Size{30, 90}}) {
      const Picture all =
          *resize(picture, static_cast<int>(whole.width), static_cast<int>(whole.height), method);
      const Window window{.left = 3, .top = 5, .width = 11, .height = 13};
      const Picture part = *resize_part(picture, whole, window, method);
      for (int y = 0; y < window.height; ++y) {
        for (int x = 0; x < window.width; ++x) ASSERT_EQ(part.at(x, y), all.at(x + 3, y + 5));
      }
    }
  }
}

// The whole would have 16 million rows: only the part may be made.
TEST(Resize, APartOfAHugeWholeIsCheap) {
  const Picture line = noise(1, 65535);
  for (const auto method : kMethods) {
    const Window window{.left = 16, .top = 8'000'000, .width = 224, .height = 224};
    const auto part = resize_part(line, {256, std::int64_t{65535} * 256}, window, method);
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(part->height, 224);
  }
}

TEST(Resize, SizesThatCannotBeMadeAreRefused) {
  for (const auto method : kMethods) {
    EXPECT_FALSE(resize(Picture(), 4, 4, method).ok());
    EXPECT_FALSE(resize(noise(4, 4), 0, 4, method).ok());
    EXPECT_FALSE(resize(noise(4, 4), 4, -1, method).ok());
    EXPECT_FALSE(resize(noise(4, 4), 1 << 20, 1 << 20, method).ok());
    EXPECT_FALSE(resize_part(noise(4, 4), {8, 8}, {.left = 5, .width = 4, .height = 4}, method));
  }
}

}  // namespace
}  // namespace slipway
