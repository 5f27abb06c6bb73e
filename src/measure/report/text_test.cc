#include "measure/report/text.h"

#include <set>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace slipway::report {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(ChartText, ManyLongNamesLoseWhatTheyHaveInCommon) {
  EXPECT_THAT(brief_all({"net, fp32, batch 1, 2 streams", "net, fp32, batch 16, 2 streams"}, 24),
              ElementsAre("net, fp… batch 1, 2…ams", "net, fp… batch 16, 2…ams"));
  EXPECT_THAT(brief_all({"short", "names stay"}, 12), ElementsAre("short", "names stay"));
  EXPECT_THAT(brief_all({"the same long name", "the same long name"}, 12),
              ElementsAre("the sa… name", "the sa… name"));
  EXPECT_THAT(brief_all({}, 12), IsEmpty());
}

TEST(ChartText, NamesThatDifferGoOnDiffering) {
  // Front and end are those of others, and only the middle tells them apart.
  std::vector<std::string> names = {"input", "µµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµ"};
  for (int i = 0; i < 40; ++i) {
    names.push_back(fmt::format("model/block_{}/expand/BatchNormalization/conv", i));
    names.push_back(
        fmt::format("model/{}block{}/BatchNormalizationandconv", i, std::string(i, 'x')));
  }
  for (const std::size_t most : {12U, 16U, 24U, 40U}) {
    const auto shorter = brief_all(names, most);
    EXPECT_EQ(std::set<std::string>(shorter.begin(), shorter.end()).size(), names.size()) << most;
    for (const auto& name : shorter) {
      EXPECT_LE(length(name), most) << name;
      EXPECT_TRUE(is_text(name)) << name;
    }
  }
}

TEST(ChartText, FiguresKeepWhatMatters) {
  EXPECT_EQ(figure(9199.48), "9199.48");
  EXPECT_EQ(figure(0.0012345), "0.001234");
  EXPECT_EQ(figure(12.3456), "12.35");
  EXPECT_EQ(figure(0), "0");
}

}  // namespace
}  // namespace slipway::report
