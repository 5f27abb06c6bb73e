#include "measure/report/gnuplot.h"

#include <gmock/gmock.h>

#include "measure/report/charts.h"

namespace slipway::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Gnuplot, NamesAreDataInItsScript) {
  const auto charts = charts_of(std::vector<NamedStats>{
      {"'; set output 'x'; `touch y`\n!touch z", "a.txt", Stats{2, 10, 10}}});
  const auto script = gnuplot_script(charts, "it's", Picture::svg);
  EXPECT_THAT(script, HasSubstr("''; "));
  EXPECT_THAT(script, HasSubstr("'it''s'"));
  EXPECT_THAT(script, Not(HasSubstr("\n!touch")));
  // Outside of single quotes nothing of a name is left.
  bool inside = false;
  std::string outside;
  for (const char c : script) {
    if (c == '\'') inside = !inside;
    if (!inside) outside += c;
  }
  EXPECT_FALSE(inside);
  for (const auto* word : {"touch", "output", "`"}) EXPECT_THAT(outside, Not(HasSubstr(word)));
}

TEST(Gnuplot, BarsBeginAtZero) {
  const auto charts =
      charts_of(std::vector<NamedStats>{{"a", "a", Stats{2, 10, 10}}, {"b", "b", Stats{2, 9, 11}}});
  const auto script = gnuplot_script(charts, "", Picture::png);
  std::size_t ranges = 0;
  for (auto at = script.find("set yrange ["); at != script.npos;
       at = script.find("set yrange [", at + 1), ++ranges)
    EXPECT_EQ(script.substr(at, 14), "set yrange [0:");
  EXPECT_EQ(ranges, 3U);
}

TEST(Gnuplot, ManyBarsHaveALineForEachName) {
  std::vector<NamedStats> files;
  for (int i = 0; i < 17; ++i)
    files.push_back({fmt::format("fbnetc_100, bf16, batch {}, 2 streams of one thread", i), "a",
                     i == 3 ? std::nullopt : std::optional(Stats{2, 10, 10})});
  const auto script = gnuplot_script(charts_of(files), "", Picture::svg);
  for (int i = 0; i < 17; ++i) EXPECT_THAT(script, HasSubstr(fmt::format("batch {}, ", i)));
  EXPECT_THAT(script, HasSubstr("with boxxyerror"));
  EXPECT_THAT(script, HasSubstr("0 3 \"N/A\""));
  EXPECT_THAT(script, Not(HasSubstr("rotate by")));
}

TEST(Gnuplot, KnowsThreeKindsOfPictures) {
  EXPECT_TRUE(parse_picture("svg"));
  EXPECT_TRUE(parse_picture("pdf"));
  EXPECT_FALSE(parse_picture("gif"));
  EXPECT_FALSE(parse_picture(""));
}

}  // namespace
}  // namespace slipway::report
