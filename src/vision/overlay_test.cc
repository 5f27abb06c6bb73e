#include "vision/overlay.h"

#include <gtest/gtest.h>

#include "vision/font.h"

namespace slipway {
namespace {

int different(const Picture& a, const Picture& b) {
  int count = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) count += a.at(x, y) != b.at(x, y) ? 1 : 0;
  }
  return count;
}

TEST(Overlay, BoxesAreLinesOfTwoPixelsWithALabel) {
  const Picture before(100, 100, {10, 10, 10});
  Picture after = before;
  draw_boxes(after, std::vector<Box>{{0.2F, 0.5F, 0.8F, 0.9F, 3, 0.5F, "cat"}});
  EXPECT_NE(after.at(20, 89), before.at(20, 89));
  EXPECT_NE(after.at(21, 70), before.at(21, 70));
  EXPECT_EQ(after.at(22, 70), before.at(22, 70));
  EXPECT_NE(after.at(79, 60), before.at(79, 60));
  EXPECT_EQ(after.at(80, 60), before.at(80, 60));
  EXPECT_NE(after.at(22, 45), before.at(22, 45));  // the label's ground above the box
}

TEST(Overlay, BoxesAtAndBeyondTheEdgeStayInside) {
  Picture picture(3, 2);
  const std::string wide(1000, 'w');
  draw_boxes(picture, std::vector<Box>{{0, 0, 1, 1, 0, 1, wide},
                                       {1, 1, 1, 1, -5, 0, "\xC3\xA4"},
                                       {-9, -9, 9, 9, 1 << 30, 2, ""}});
  EXPECT_EQ(picture.rgb.size(), 18);
}

TEST(Overlay, MasksAreMixedIn) {
  Picture picture(3, 1, {100, 100, 100});
  const Mask mask{.width = 3, .height = 1, .classes = {0, 1, Mask::kUnseen}};
  ASSERT_TRUE(blend(picture, mask, 0.5F).ok());
  EXPECT_EQ(picture.at(0, 0), (Picture::Color{100, 100, 100}));
  EXPECT_EQ(picture.at(1, 0), (Picture::Color{114, 50, 50}));
  EXPECT_EQ(picture.at(2, 0), (Picture::Color{100, 100, 100}));
  Picture other(2, 1);
  EXPECT_FALSE(blend(other, mask, 0.5F).ok());
}

TEST(Overlay, ASheetHasATileForEachPictureAndColoursForVerdicts) {
  const Picture red(40, 20, {200, 0, 0});
  const std::vector<Tile> tiles = {
      {red, "a", Verdict::right}, {red, "b", Verdict::wrong}, {red, "c", Verdict::unknown}};
  const auto two = sheet(tiles, 2, 50);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->width, 2 * 58 + 8);
  EXPECT_EQ(two->at(8 + 25, 8 + 25), (Picture::Color{200, 0, 0}));
  EXPECT_EQ(two->at(8 + 25, 8 + 2), two->at(0, 0));  // over a wide picture: ground
  std::vector<Tile> judged = tiles;
  judged[0].verdict = Verdict::wrong;
  const int letter = different(*two, *sheet(judged, 2, 50));
  EXPECT_GT(letter, 5);
  EXPECT_LT(letter, 30);
}

TEST(Overlay, SheetsThatCannotBeMadeAreRefused) {
  EXPECT_FALSE(sheet({}, 2, 50).ok());
  EXPECT_FALSE(sheet(std::vector<Tile>(1), 2, 50).ok());
  EXPECT_FALSE(sheet(std::vector<Tile>(1), 0, 50).ok());
  EXPECT_FALSE(sheet(std::vector<Tile>(1), 2, 0).ok());
  EXPECT_FALSE(sheet(std::vector<Tile>(9000, {Picture(1, 1), "", {}}), 100, 1000).ok());
}

TEST(Font, EveryLetterLooksDifferent) {
  std::vector<Picture> letters;
  for (char c = ' '; c <= '~'; ++c) {
    Picture& picture = letters.emplace_back(5, 7);
    draw_text(picture, 0, 0, std::string(1, c), {255, 255, 255}, 1);
    for (std::size_t i = 0; i + 1 < letters.size(); ++i) EXPECT_NE(letters[i], picture) << c;
  }
}

TEST(Font, TextIsMeasuredAndCut) {
  EXPECT_EQ(text_width("abc", 2), 34);
  EXPECT_EQ(text_width("", 1), 0);
  EXPECT_EQ(letters_in("a\xC3\xA4z"), 3);
  EXPECT_EQ(fitted("abc", 17, 1), "abc");
  EXPECT_EQ(fitted("abcdef", 29, 1), "abc..");
  EXPECT_EQ(fitted("\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", 17, 1), "\xC3\xA4..");
  EXPECT_EQ(fitted("abc", 5, 1), "");
  EXPECT_EQ(fitted("abc", -5, 1), "");
}

}  // namespace
}  // namespace slipway
