// Rows of a profile and the command lines that they become.

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "cli/sweep_results.h"
#include "cli/testing.h"

namespace slipway::cli {
namespace {

using testing::HasSubstr;

std::string words_of(const SweepProfile& profile, std::size_t row) {
  return fmt::format("{}", fmt::join(profile.rows.at(row).words, " "));
}

TEST(Sweep, ColumnsBecomeFlags) {
  const std::vector<std::string> pattern = {"--threads", "{streams}", "--stats={output_dir}/s.txt",
                                            "--percentiles={{{batch_size}}}"};
  const auto is = parse_profile(
      "model_name,batch_size,num_inputs,streams,test_duration,precision,remark\n"
      "fbnetc_100,4,80,2,60,bf16,a\n"
      "signs,,,1,,,b\n",
      pattern, "out", true);
  ASSERT_TRUE(is) << is.error().message;
  EXPECT_EQ(words_of(*is, 0),
            "bench fbnetc_100 --dummy --batch-size=4 --num-inputs=80 --streams=2 "
            "--min-duration=60 --max-duration=60 --precision=bf16 --output-dir=out/test_1 "
            "--threads 2 --stats=out/test_1/s.txt --percentiles={4}");
  EXPECT_EQ(words_of(*is, 1),
            "bench signs --dummy --streams=1 --output-dir=out/test_2 --threads 1 "
            "--stats=out/test_2/s.txt --percentiles={}");
  EXPECT_EQ(is->rows[0].seconds, 60);
  EXPECT_THAT(is->labels, testing::ElementsAre("remark"));
}

TEST(Sweep, FlagsAreFoundWithTheirValueBehindAnEqualsSign) {
  constexpr std::string_view kData[] = {"--data", "-i"};
  const auto has = [&](const std::string& word) {
    return has_flag(std::vector<std::string>{"--seed=1", word}, kData);
  };
  EXPECT_TRUE(has("--data"));
  EXPECT_TRUE(has("--data=pics"));
  EXPECT_TRUE(has("-i"));
  EXPECT_FALSE(has("--database=pics"));
  EXPECT_FALSE(has("pics=--data"));
  const std::vector<std::string> load = {"--load=net_deploy"};
  EXPECT_TRUE(parse_profile("streams\n1\n", load, "out", true));
}

TEST(Sweep, AColumnThatIsMistypedIsAnErrorUnlessTheCommandHasIt) {
  const auto of = [](const std::string& column, const std::vector<std::string>& pattern) {
    return parse_profile("model_name," + column + "\nnet,1\n", pattern, "out", true);
  };
  const auto is = of("bacth_size", {});
  ASSERT_FALSE(is);
  EXPECT_THAT(is.error().message, HasSubstr("there is no column 'bacth_size'"));
  EXPECT_EQ(is.error().remedy, "batch_size");
  EXPECT_EQ(of("test_duratoin", {}).error().remedy, "test_duration");
  EXPECT_TRUE(of("bacth_size", {{"--threads={bacth_size}"}}));
  EXPECT_TRUE(of("remark", {}));
}

TEST(Sweep, WordsThatAreWrongInEachRowAreRefusedBeforeTheFirst) {
  Twin twin;
  const auto of = [&](const std::vector<std::string>& pattern) -> std::string {
    const auto profile = parse_profile("model_name,streams\nnet,1\nnet,x\n", pattern, "out", true);
    EXPECT_TRUE(profile);
    const auto checked = check_pattern(twin.world, *profile, pattern.size());
    return checked ? "" : checked.error().message + " / " + checked.error().remedy;
  };
  EXPECT_EQ(of({}), "");
  EXPECT_EQ(of({"--threads", "{streams}"}), "");  // one of the rows may be wrong
  EXPECT_THAT(of({"--treads", "2"}), HasSubstr("behind '--': there is no flag --treads"));
  EXPECT_THAT(of({"--threads"}), HasSubstr("needs a value"));
  EXPECT_THAT(of({"--precision=int9"}), HasSubstr("takes one of"));
  twin.world.variables["STREAMS"] = "many";  // each row has its own
  EXPECT_EQ(of({}), "");
  twin.world.variables["BATCH_SIZE"] = "many";
  EXPECT_THAT(of({}), HasSubstr("the variable BATCH_SIZE says 'many'"));
}

TEST(Sweep, CarriesTheProfileOfTheSeed) {
  Twin twin;
  const auto text = profile_text(twin.world, "some/where/c100.bf16.csv");
  ASSERT_TRUE(text);
  EXPECT_THAT(twin.err(), HasSubstr("is not there: the one that slipway carries is"));
  const auto is = parse_profile(*text, {}, "out", true);
  ASSERT_TRUE(is);
  ASSERT_EQ(is->rows.size(), 17U);
  std::string batches;
  for (const auto& row : is->rows) {
    EXPECT_EQ(std::stoi(row.cells[2].second), 20 * std::stoi(row.cells[1].second));
    EXPECT_EQ(row.seconds, 60);
    batches += row.cells[3].second + "x" + row.cells[1].second + " ";
  }
  EXPECT_EQ(batches,
            "1x1 1x4 1x16 1x64 1x128 1x256 2x1 2x4 2x16 2x64 2x128 2x256 4x1 4x4 4x16 4x64 4x128 ");
}

TEST(Sweep, BracesAreFilledIn) {
  const std::vector<std::pair<std::string, std::string>> values = {{"a", "1"}, {"b c", "2"}};
  EXPECT_EQ(*filled_in("{a}-{b c}-{{a}}", values), "1-2-{a}");
  EXPECT_EQ(filled_in("{x}", values).error().message, "there is no column 'x'");
  EXPECT_FALSE(filled_in("{a", values));
  EXPECT_FALSE(filled_in("a}", values));
}

TEST(Sweep, FiguresAreFlattenedAndMissingOnesEmpty) {
  const auto profile = parse_profile("model_name,remark\na,\"x,\"\"y\"\nb,\n", {}, "out", true);
  ASSERT_TRUE(profile);
  RowOutcome passed{
      RowOutcome::State::passed, 0, "",
      *parse_json(R"({"n":1,"l":{"p50":2.5,"p99":null},"list":[1],"fingerprint":{"a":1}})")};
  RowOutcome failed{RowOutcome::State::failed, 3, "no such thing", {}};
  EXPECT_EQ(summary_csv(*profile, {passed, failed}),
            "test,model_name,remark,verdict,exit_status,reason,result.n,result.l.p50,result.l.p99\n"
            "1,a,\"x,\"\"y\",passed,0,,1,2.5,\n"
            "2,b,,failed,3,no such thing,,,\n");
}

TEST(Sweep, AResultThatASignalCutShortIsMeasuredAgain) {
  Twin twin;
  const auto profile = parse_profile("model_name\nsigns\n", {}, "out", true);
  ASSERT_TRUE(profile);
  const auto put = [&](const std::string& name, std::string_view text) {
    ASSERT_TRUE(twin.files.write("out/test_1/" + name, as_bytes(text)));
  };
  const auto state = [&] { return outcome_of(twin.files, profile->rows[0])->state; };
  EXPECT_EQ(state(), RowOutcome::State::open);
  put("result.v1.json", R"({"ended":"stopped"})");
  EXPECT_EQ(state(), RowOutcome::State::open);
  put("failed.json", R"({"exit_status":4,"reason":"busy"})");
  EXPECT_EQ(state(), RowOutcome::State::failed);
  put("result.v1.json", R"({"ended":"done"})");
  EXPECT_EQ(state(), RowOutcome::State::passed);
}

TEST(Sweep, ARowThatBreaksItsSloFailedWithItsFigures) {
  Twin twin;
  const auto profile = parse_profile("model_name\nsigns\n", {}, "out", true);
  ASSERT_TRUE(profile);
  const auto outcome = [&](const std::string& kept) {
    const auto text = R"({"ended":"done","scenario":{"slo":{"kept":)" + kept + "}}}";
    EXPECT_TRUE(twin.files.write("out/test_1/result.v1.json", as_bytes(text)));
    return *outcome_of(twin.files, profile->rows[0]);
  };
  const auto broken = outcome("false");
  EXPECT_EQ(broken.state, RowOutcome::State::failed);
  EXPECT_EQ(broken.exit_status, 1);
  EXPECT_NE(broken.result.find("scenario"), nullptr);
  EXPECT_EQ(outcome("true").state, RowOutcome::State::passed);
}

TEST(Sweep, RunsItsRowsAndPrintsWhatBecameOfThem) {
  Twin twin("portable");
  const std::string_view text = "model_name,num_inputs\nsigns,1\nnowhere,1\n";
  ASSERT_TRUE(twin.files.write("p.csv", as_bytes(text)));
  EXPECT_EQ(run_app(twin.world, {"sweep", "p.csv", "--output-dir", "out", "--", "--tune", "none",
                                 "--warmup", "0"}),
            1)
      << twin.err();
  EXPECT_THAT(twin.out(), HasSubstr("1 of 2 rows passed, 1 failed; out/summary.csv"));
  EXPECT_THAT(twin.out(), HasSubstr("failed: there is no file and no zoo model of that name"));
  EXPECT_EQ(twin.files.kind("out/results_test_1.json"), Files::Kind::file);
  EXPECT_EQ(twin.files.kind("out/results_test_2.json"), Files::Kind::absent);
}

TEST(Sweep, RedactedNoFileNamesAFolder) {
  const auto all = [](bool redact) {
    Twin twin("portable");
    EXPECT_TRUE(twin.files.write("p.csv", as_bytes("model_name\n/secret/no.onnx\n")));
    std::vector<std::string> words = {"sweep",       "p.csv", "--output-dir",
                                      "/secret/out", "--",    "--stats=/secret/s.txt"};
    if (redact) words.insert(words.begin() + 1, "--redact");
    EXPECT_EQ(run_app(twin.world, words), 1) << twin.err();
    std::string out;
    for (const auto* name :
         {"sweep.json", "profile.csv", "summary.csv", "test_1/failed.json", "test_1/output.log"})
      out += std::string(as_text(*twin.files.read(std::string("/secret/out/") + name)));
    return out;
  };
  EXPECT_THAT(all(false), HasSubstr("/secret/no.onnx"));
  EXPECT_THAT(all(true), HasSubstr("no.onnx"));
  EXPECT_THAT(all(true), testing::Not(HasSubstr("secret")));
}

TEST(Sweep, OtherVariablesAreAnotherSweep) {
  Twin twin("portable");
  EXPECT_TRUE(twin.files.write("p.csv", as_bytes("model_name\nnowhere\n")));
  const std::vector<std::string> words = {"sweep", "p.csv", "--output-dir", "out"};
  twin.world.variables["STREAMS"] = "1";
  EXPECT_EQ(run_app(twin.world, words), 1);
  EXPECT_EQ(run_app(twin.world, words), 1);
  twin.world.variables["STREAMS"] = "2";
  EXPECT_EQ(run_app(twin.world, words), 4);
  EXPECT_THAT(twin.err(), HasSubstr("or its variables differ"));
}

}  // namespace
}  // namespace slipway::cli
