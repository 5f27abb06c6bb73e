#include "vision/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TensorType type(DType dtype, Shape shape) { return {.dtype = dtype, .shape = std::move(shape)}; }

TensorType quantized(DType dtype, Shape shape, float scale, int zero) {
  return {dtype, std::move(shape), per_tensor(scale, zero)};
}

/// Red left, blue right.
Picture two_colors() {
  Picture picture(2, 1, {200, 100, 0});
  picture.set(1, 0, {0, 50, 255});
  return picture;
}

template <class T>
std::vector<T> values(const Picture& picture, const Recipe& recipe, const TensorType& input) {
  const auto tensor = to_input(picture, recipe, input);
  EXPECT_TRUE(tensor.ok()) << (tensor ? "" : tensor.error().message);
  if (!tensor) return {};
  const auto view = tensor->values<T>();
  return {view.begin(), view.end()};
}

std::string refusal(const Recipe& recipe, const TensorType& input) {
  const auto tensor = to_input(two_colors(), recipe, input);
  return tensor ? "accepted" : tensor.error().message;
}

constexpr Fit kStretch = Fit::stretch;

TEST(ToInput, ColourOrderAndLayout) {
  const Picture p = two_colors();
  EXPECT_THAT(values<float>(p, {.fit = kStretch}, type(DType::f32, {1, 1, 2, 3})),
              ElementsAre(200, 100, 0, 0, 50, 255));
  EXPECT_THAT(
      values<float>(p, {.fit = kStretch, .color = ColorOrder::bgr}, type(DType::f32, {1, 1, 2, 3})),
      ElementsAre(0, 100, 200, 255, 50, 0));
  EXPECT_THAT(
      values<float>(p, {.fit = kStretch, .layout = Layout::nchw}, type(DType::f32, {1, 3, 1, 2})),
      ElementsAre(200, 0, 100, 50, 0, 255));
  EXPECT_THAT(values<float>(p, {.fit = kStretch, .color = ColorOrder::gray},
                            type(DType::f32, {1, 1, 2, 1})),
              ElementsAre(118, 58));  // 118.4998 in Pillow's fixed point, and 58.42
}

TEST(ToInput, MeanAndStdAreInTheOrderOfTheColours) {
  const Recipe recipe{.fit = kStretch,
                      .color = ColorOrder::bgr,
                      .layout = Layout::nchw,
                      .mean = {0, 100, 50},
                      .std = {1, 2, 50}};
  EXPECT_THAT(values<float>(two_colors(), recipe, type(DType::f32, {1, 3, 1, 2})),
              ElementsAre(0, 255, 0, -25, 3, -1));
}

TEST(ToInput, IntegersAreQuantizedOnce) {
  const Recipe tf{.fit = kStretch, .mean = {128}, .std = {128}};
  EXPECT_THAT(
      values<std::uint8_t>(two_colors(), tf, quantized(DType::u8, {1, 1, 2, 3}, 1 / 128.0F, 128)),
      ElementsAre(200, 100, 0, 0, 50, 255));
  EXPECT_THAT(
      values<std::uint8_t>(two_colors(), tf, quantized(DType::u8, {1, 1, 2, 3}, 1 / 256.0F, 100)),
      ElementsAre(244, 44, 0, 0, 0, 255));  // saturated
  const Recipe plain{.fit = kStretch};
  EXPECT_THAT(values<std::int8_t>(two_colors(), plain, quantized(DType::i8, {1, 1, 2, 3}, 1, -128)),
              ElementsAre(72, -28, -128, -128, -78, 127));
  EXPECT_THAT(values<std::uint8_t>(two_colors(), plain, type(DType::u8, {1, 1, 2, 3})),
              ElementsAre(200, 100, 0, 0, 50, 255));
}

TEST(ToInput, HalvesAreRoundedAwayFromZero) {
  const Recipe recipe{.fit = kStretch, .mean = {100}, .std = {1}};
  EXPECT_THAT(values<std::int16_t>(Picture(1, 1, {103, 99, 95}), recipe,
                                   quantized(DType::i16, {1, 1, 1, 3}, 2, 0)),
              ElementsAre(2, -1, -3));
}

TEST(ToInput, ShortFloats) {
  const auto half = values<Half>(two_colors(), {.fit = kStretch}, type(DType::f16, {1, 1, 2, 3}));
  ASSERT_EQ(half.size(), 6);
  EXPECT_EQ(half[5], Half(255));
  const auto brain =
      values<BFloat16>(two_colors(), {.fit = kStretch}, type(DType::bf16, {1, 1, 2, 3}));
  EXPECT_EQ(brain[0], BFloat16(200));
}

TEST(ToInput, OnePictureForEachOfTheBatch) {
  const std::vector<Picture> two = {Picture(5, 5, {1, 1, 1}), Picture(9, 3, {2, 2, 2})};
  const auto tensor = to_input(two, Recipe{}, type(DType::f32, {2, 1, 1, 3}));
  ASSERT_TRUE(tensor.ok());
  EXPECT_THAT(tensor->values<float>(), ElementsAre(1, 1, 1, 2, 2, 2));
  EXPECT_THAT(refusal({}, type(DType::f32, {2, 1, 1, 3})), HasSubstr("takes 2 pictures"));
}

TEST(ToInput, InputsThatTakeNoPicturesAreRefused) {
  EXPECT_THAT(refusal({}, type(DType::f32, {1, 10})), HasSubstr("[N,H,W,C] is needed"));
  EXPECT_THAT(refusal({}, type(DType::f32, {1, 3, 8, 8})), HasSubstr("has 8 channels"));
  EXPECT_THAT(refusal({}, type(DType::i64, {1, 8, 8, 3})), HasSubstr("i64"));
  EXPECT_THAT(refusal({}, type(DType::boolean, {1, 8, 8, 3})), HasSubstr("bool"));
  EXPECT_THAT(refusal({}, type(DType::f32, {1, 0, 8, 3})), HasSubstr("takes no pictures"));
  EXPECT_THAT(refusal({.std = {0}}, type(DType::f32, {1, 8, 8, 3})), HasSubstr("std of 0"));
}

TEST(Place, CropFollowsPythonsRounding) {
  const Placement wide = place({500, 375}, {224, 224}, Recipe{});
  EXPECT_EQ(wide.resized, (Size{341, 256}));  // 500 * 256 / 375 = 341.33
  EXPECT_EQ(wide.left, 58);
  EXPECT_EQ(wide.top, 16);
  EXPECT_EQ(place({375, 500}, {224, 224}, Recipe{}).resized, (Size{256, 341}));
  EXPECT_EQ(place({300, 300}, {227, 227}, Recipe{}).resized, (Size{259, 259}));
  EXPECT_EQ(place({3, 2}, {1, 1}, {.crop_ratio = 1}).resized, (Size{2, 1}));  // 1.5 to even
  EXPECT_EQ(place({100, 100}, {222, 222}, {.crop_ratio = 0.8F}).resized, (Size{278, 278}));
  EXPECT_EQ(place({640, 480}, {320, 240}, {.crop_ratio = 1}).resized, (Size{320, 240}));
}

TEST(Place, LetterboxFitsTheLongSide) {
  const Recipe recipe{.fit = Fit::letterbox, .pad_value = 114};
  const Placement tall = place({100, 400}, {40, 40}, recipe);
  EXPECT_EQ(tall.resized, (Size{10, 40}));
  const auto picture = fit(Picture(100, 400, {9, 9, 9}), tall, recipe);
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ(picture->at(9, 39), (Picture::Color{9, 9, 9}));
  EXPECT_EQ(picture->at(10, 0), (Picture::Color{114, 114, 114}));
  EXPECT_EQ(place({5000, 1}, {40, 40}, recipe).resized, (Size{40, 1}));
}

TEST(ToInput, PicturesOfOnePixelAndOfExtremeShapesWork) {
  for (const Fit fit : {Fit::crop, Fit::stretch, Fit::letterbox}) {
    for (const auto& [w, h] : {std::pair{1, 1}, {1, 65535}, {65535, 1}}) {
      const Recipe recipe{.fit = fit};
      EXPECT_TRUE(to_input(Picture(w, h), recipe, type(DType::u8, {1, 32, 48, 3})).ok());
    }
  }
}

}  // namespace
}  // namespace slipway
