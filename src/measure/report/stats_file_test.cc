#include "measure/report/stats_file.h"

#include <gmock/gmock.h>

namespace slipway::report {
namespace {

using testing::HasSubstr;

TEST(StatsFile, HasThreeLines) {
  const auto stats = parse_stats("2.5\n10.4\n9.615\n");
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->load_s, 2.5);
  EXPECT_EQ(stats->inference_s, 10.4);
  EXPECT_EQ(stats->fps, 9.615);
  // As Python writes them, as Windows ends them, and without an end.
  EXPECT_TRUE(parse_stats("1e-05\r\n 3\r\n4"));
  EXPECT_TRUE(parse_stats("1\n2\n3\n\n \n"));
}

TEST(StatsFile, NamesTheLineThatIsWrong) {
  const auto said = [](std::string_view text) {
    const auto stats = parse_stats(text);
    return stats ? std::string("read") : stats.error().message;
  };
  EXPECT_THAT(said("1\nfast\n3\n"), HasSubstr("line 2 is 'fast'"));
  EXPECT_THAT(said("1\n\n3\n"), HasSubstr("line 2 is ''"));
  EXPECT_THAT(said("1\n2 s\n3\n"), HasSubstr("line 2"));
  EXPECT_THAT(said("1\n2\n-3\n"), HasSubstr("line 3 is '-3'"));
  EXPECT_THAT(said("nan\n2\n3\n"), HasSubstr("line 1"));
  EXPECT_THAT(said("1\ninf\n3\n"), HasSubstr("line 2"));
  EXPECT_THAT(said("1\n2\n"), HasSubstr("it has 2 of three lines"));
  EXPECT_THAT(said(""), HasSubstr("0 of three lines"));
  EXPECT_THAT(said("1\n2\n3\n4\n"), HasSubstr("line 4 is '4', one too many"));
  EXPECT_THAT(parse_stats("x").error().remedy, HasSubstr("three lines: seconds to load"));
}

}  // namespace
}  // namespace slipway::report
