#include "base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway {
namespace {

using testing::ElementsAre;

TEST(Csv, ReadsQuotesLineEndsAndAnEndWithoutOne) {
  const auto csv = parse_csv("file,name\r\na.png,\"1 tench, \"\"Tinca\"\"\"\n\nb.png,two\nlines");
  ASSERT_FALSE(csv);  // the last row has one cell
  const auto good =
      parse_csv("file,name\r\na.png,\"1 tench, \"\"Tinca\"\"\"\n\nb.png,\"two\nlines\"");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_THAT(good->columns, ElementsAre("file", "name"));
  ASSERT_EQ(good->rows.size(), 2U);
  EXPECT_THAT(good->rows[0], ElementsAre("a.png", "1 tench, \"Tinca\""));
  EXPECT_THAT(good->rows[1], ElementsAre("b.png", "two\nlines"));
  EXPECT_EQ(good->find("name"), 1U);
  EXPECT_EQ(good->find("label"), std::nullopt);
}

TEST(Csv, ACellIsQuotedWhereItMustBe) {
  EXPECT_EQ(csv_cell("plain text"), "plain text");
  EXPECT_EQ(csv_cell("a, b"), "\"a, b\"");
  EXPECT_EQ(csv_cell("the \"Tinca\""), "\"the \"\"Tinca\"\"\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
}

TEST(Csv, NamesTheLineThatIsWrong) {
  EXPECT_EQ(parse_csv("a,b\n1,2\n3\n").error().message, "line 3: 1 cells under 2 columns");
  EXPECT_EQ(parse_csv("a\n\"x\n").error().message, "line 2: a quote does not end");
  EXPECT_EQ(parse_csv("\n\n").error().message, "a table without a header");
}

}  // namespace
}  // namespace slipway
