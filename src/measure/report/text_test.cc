#include "measure/report/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace slipway::report {
namespace {

TEST(ChartText, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(clean("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(clean("\xC3"), "\xEF\xBF\xBD");
  EXPECT_EQ(clean("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");          // longer than it needs to be
  EXPECT_EQ(clean("\xED\xA0\x80").find('\xED'), std::string::npos);  // half of a pair
  EXPECT_EQ(clean("µs 模型 🚦"), "µs 模型 🚦");
}

TEST(ChartText, ControlCharactersBecomeSpaces) {
  EXPECT_EQ(clean("a\nb\x1B[1m\x7F"), "a b [1m ");
  EXPECT_EQ(clean("a\xE2\x80\xAE"
                  "b"),
            "a b");  // turns the direction of writing
  EXPECT_EQ(clean("a\xC2\x85"
                  "b"),
            "a b");
}

RC_GTEST_PROP(ChartText, WhatIsCleanIsTextAndStays, (const std::string& bytes)) {
  const auto text = clean(bytes);
  RC_ASSERT(is_text(text));
  RC_ASSERT(clean(text) == text);
}

TEST(ChartText, TextHasNoZero) {
  EXPECT_TRUE(is_text("a\nb"));
  EXPECT_FALSE(is_text(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_text("\x89PNG"));
}

TEST(ChartText, LongNamesLoseTheirMiddle) {
  EXPECT_EQ(brief("abcdef", 6), "abcdef");
  EXPECT_EQ(brief("abcdefgh", 5), "ab…gh");
  EXPECT_EQ(brief("µµµµµµµµ", 5), "µµ…µµ");
  EXPECT_EQ(length(brief(std::string(500, 'x'), 30)), 30U);
}

TEST(ChartText, FiguresKeepWhatMatters) {
  EXPECT_EQ(figure(9199.48), "9199.48");
  EXPECT_EQ(figure(0.0012345), "0.001234");
  EXPECT_EQ(figure(12.3456), "12.35");
  EXPECT_EQ(figure(0), "0");
}

}  // namespace
}  // namespace slipway::report
