#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/suggest.h"
#include "cli/app.h"
#include "cli/error.h"
#include "cli/list.h"
#include "cli/model_arg.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/testing.h"
#include "cli/verdict.h"

namespace slipway::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Suggest, FindsTheNearestWord) {
  const std::vector<std::string> words = {"classify", "compare", "zoo list", "--labels"};
  EXPECT_EQ(suggest("clasify", words), "classify");
  EXPECT_EQ(suggest("comp", words), "compare");
  EXPECT_EQ(suggest("--lables", words), "--labels");
  EXPECT_EQ(suggest("bench", words), "");
  EXPECT_EQ(edit_distance("abcd", "abdc"), 1U);
}

TEST(Table, AlignsAndCuts) {
  Table table({{"name", Align::left, Shrink::end}, {"n", Align::right}});
  table.row({"a long name", "1"});
  table.row({"größer", "12"});
  EXPECT_EQ(table.text(0, false),
            "name          n\n"
            "a long name   1\n"
            "größer       12\n");
  EXPECT_EQ(table.text(12, false),
            "name       n\n"
            "a long …   1\n"
            "größer    12\n");
  EXPECT_EQ(cut("block/relu", 6, Shrink::start), "…/relu");
}

TEST(Table, NamesOfLayersGoOnDiffering) {
  Table table({{"layer", Align::left, Shrink::names}, {"n", Align::right}});
  table.row({"backbone/block_1/expand/BatchNorm/conv", "1"});
  table.row({"backbone/block_12/expand/BatchNorm/conv", "2"});
  table.rule();
  table.row({"input", "3"});
  EXPECT_EQ(table.text(22, false),
            "layer                n\n"
            "backbo…lock_1…       1\n"
            "backbo…lock_12…      2\n"
            "───────────────────  ─\n"
            "input                3\n");
}

TEST(Table, WritesNumbersForPeople) {
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(13'600'000), "13.6 M");
  EXPECT_EQ(bytes_text(221'720), "222 kB");
  EXPECT_EQ(bytes_text(999'600), "1.00 MB");
  EXPECT_EQ(ms_text(0.0123), "12.3 µs");
  EXPECT_EQ(ms_text(1200), "1.20 s");
  EXPECT_EQ(percent_text(0.973), "97.3 %");
}

TEST(Verdict, SaysBothWhereNumbersAreNearAndAnswersAreNot) {
  quant::Quality quality;
  for (int i = 0; i < 8; ++i) quality.add(std::vector{0.0F, 1.0F}, std::vector{0.0F, 0.999F});
  EXPECT_EQ(verdict_text(quality), "very good: 63.0 dB, the same class on 8 of 8 pictures");
  for (int i = 0; i < 2; ++i)
    quality.add(std::vector{0.0F, 0.001F, 1.0F, 1.001F}, std::vector{0.0F, 0.0F, 1.001F, 1.0F});
  EXPECT_THAT(
      verdict_text(quality),
      testing::MatchesRegex("very good by PSNR alone: .* dB, but the same class on only 8 of "
                            "10 pictures"));
}

TEST(Progress, SpeaksAfterAWhileAndNotTooOften) {
  Twin twin;
  Progress progress(twin.world, "drawing", 100);
  for (std::size_t i = 0; i < 100; ++i) {
    progress.at(i);
    twin.clock.advance(std::chrono::milliseconds(110));
  }
  EXPECT_EQ(twin.err(),
            "drawing: 46 of 100, about 5.94 s left\n"
            "drawing: 92 of 100, about 880 ms left\n");
}

TEST(Progress, IsSilentWhenAskedTo) {
  Twin twin;
  twin.world.quiet = true;
  Progress progress(twin.world, "drawing", 2);
  twin.clock.advance(std::chrono::minutes(1));
  progress.at(1);
  EXPECT_EQ(twin.err(), "");
}

TEST(Model, IsAFileBeforeItIsAZooName) {
  Twin twin;
  ASSERT_TRUE(twin.files.write("signs", as_bytes("<html>")));
  const auto model = load_model(twin.world, "signs");
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("HTML"));
}

TEST(Model, InAFolderMustBeTheOnlyOne) {
  Twin twin;
  ASSERT_TRUE(twin.files.write("m/a.tflite", as_bytes("x")));
  ASSERT_TRUE(twin.files.write("m/b.tflite", as_bytes("x")));
  const auto model = load_model(twin.world, "m");
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("m/a.tflite, m/b.tflite"));
}

TEST(Error, DecidesTheExitStatus) {
  EXPECT_EQ(exit_status(Code::invalid_input, true), 2);
  EXPECT_EQ(exit_status(Code::corrupt, false), 3);
  EXPECT_EQ(exit_status(Code::unavailable, false), 4);
  EXPECT_EQ(exit_status(Code::internal, false), 70);
}

// What no command line can bring about: an error of our own.
TEST(Error, OfOursSaysWhereAndAsksForAReport) {
  Twin twin;
  twin.world.goal = "do it";
  print_error(twin.world, fail(Code::internal, "impossible").with_remedy("report it"), false);
  EXPECT_THAT(twin.err(), HasSubstr("error: cannot do it\n  because impossible   [internal]\n"
                                    "  try     report it\n  at      "));
}

TEST(Commands, StandInAlphabeticalOrderAndExplainThemselves) {
  std::string last;
  for (const auto& command : all_commands()) {
    EXPECT_LT(last, command.name);
    last = std::string(command.name);
    EXPECT_GE(command.examples.size(), 2U) << last;
    EXPECT_LE(command.examples.size(), 4U) << last;
    EXPECT_FALSE(command.summary.ends_with('.')) << last;
    for (const auto& example : command.examples)
      EXPECT_TRUE(example.line.starts_with(command.name)) << example.line;
  }
}

TEST(App, ReadsAndWritesThroughItsDoors) {
  Twin twin;
  EXPECT_EQ(run_app(twin.world, {"zoo", "make", "signs", "-o", "a/b.tflite"}), 0);
  EXPECT_EQ(twin.files.kind("a/b.tflite"), Files::Kind::file);
  EXPECT_EQ(twin.out(), "a/b.tflite  222 kB\n");
  EXPECT_EQ(twin.err(), "");
}

}  // namespace
}  // namespace slipway::cli
