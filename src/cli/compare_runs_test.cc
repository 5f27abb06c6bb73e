#include "cli/compare_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "cli/testing.h"

namespace slipway::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What bench --json would print of a run with this median, in microseconds, known to 1 %.
std::string result(double median_us, const std::string& more = "") {
  return fmt::format(
      R"({{"schema":1,"model":"net.onnx","device":"CPU","batch":1,"streams":1,"clock":"measured",)"
      R"("latency_ms":{{"mean":1.0,"p50":{}}},)"
      R"("intervals":[{{"percent":50.0,"low_ms":{},"high_ms":{}}}],)"
      R"("environment":{{"cpu":"a processor","kernel":"6.1","load_average":0.5}}{}}})",
      median_us / 1e3, median_us * 0.99 / 1e3, median_us * 1.01 / 1e3, more);
}

struct Compared {
  int status = 0;
  std::string out;
  std::string err;
};

/// Runs a line with these files a.json and b.json.
Compared compare(const std::string& a, const std::string& b, std::vector<std::string> words,
                 const std::vector<std::string>& names = {}, std::vector<std::string>* files = {}) {
  Twin twin;
  EXPECT_TRUE(twin.files.write("a.json", as_bytes(a)));
  EXPECT_TRUE(twin.files.write("b.json", as_bytes(b)));
  words.insert(words.begin(), "compare-runs");
  const int status = run_app(twin.world, words);
  for (const auto& name : names) {
    const auto bytes = twin.files.read(name);
    files->push_back(bytes ? std::string(as_text(*bytes)) : "absent");
  }
  return {status, twin.out(), twin.err()};
}

TEST(CompareRuns, SaysSlowerOnlyWhereTheIntervalExcludesOne) {
  const auto slower = compare(result(1000), result(1050), {"a.json", "b.json"});
  EXPECT_EQ(slower.status, 0);
  EXPECT_THAT(slower.out, HasSubstr("verdict   B is slower, by 3.5 % to 6.5 %\n"));
  EXPECT_THAT(slower.out, HasSubstr("B by A    1.0500 ("));
  EXPECT_THAT(slower.err, HasSubstr("recorded at different times"));
  const auto same = compare(result(1000), result(1005), {"a.json", "b.json"});
  EXPECT_THAT(same.out, HasSubstr("verdict   no difference that can be told: B takes 0.9 % less to "
                                  "1.9 % more time\n"));
  const auto faster = compare(result(1000), result(900), {"a.json", "b.json"});
  EXPECT_THAT(faster.out, HasSubstr("verdict   B is faster: it takes 8.7 % to 11.3 % less time\n"));
}

TEST(CompareRuns, TheGateFailsOnlyWhereItIsSureAndOverTheLimit) {
  const auto status = [](double us, const char* limit) {
    return compare(result(1000), result(us),
                   {"--check", "a.json", "b.json", "--max-regress", limit})
        .status;
  };
  EXPECT_EQ(status(1050, "3%"), 1);
  EXPECT_EQ(status(1050, "6"), 0);
  EXPECT_EQ(status(1013, "1%"), 0);  // perhaps slower, by more than 1 %; not for certain
  EXPECT_EQ(status(900, "0%"), 0);
  EXPECT_EQ(compare(result(1000), result(1050), {"--check", "a.json", "b.json"}).status, 1);
  EXPECT_EQ(compare(result(1000), result(1025), {"--check", "a.json", "b.json"}).status, 0);
}

TEST(CompareRuns, NamesWhatDiffersAndWhatIsNotTheSameQuestion) {
  const auto other =
      result(1000, R"(,"fingerprint":{"mitigations":"off"},"scenario":{"name":"server"})");
  const auto is = compare(result(1000), other, {"a.json", "b.json"});
  EXPECT_THAT(is.out, HasSubstr("fingerprint.mitigations  -  off\n"));
  EXPECT_THAT(is.err, HasSubstr("not measured in the same way: scenario.name is - and server"));
  EXPECT_THAT(is.out, Not(HasSubstr("load_average")));
}

TEST(CompareRuns, TwoModelsAreNamedAndAreNoOtherWayOfMeasuring) {
  auto other = result(1000);
  other.replace(other.find("net.onnx"), 8, "new.onnx");
  const auto is = compare(result(1000), other, {"a.json", "b.json"});
  EXPECT_THAT(is.out, HasSubstr("model    net.onnx  new.onnx\n"));
  EXPECT_THAT(is.err, Not(HasSubstr("not measured in the same way")));
  other.replace(other.find("\"batch\":1"), 9, "\"batch\":2");
  EXPECT_THAT(compare(result(1000), other, {"a.json", "b.json"}).err,
              HasSubstr("not measured in the same way: batch is 1 and 2"));
}

TEST(CompareRuns, AFileThatIsNotThereIsNamed) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--check", "gone", "b.json"},
                                                                 {"--check", "a.json", "gone.json"},
                                                                 {"gone.json", "b.json"}}) {
    const auto is = compare(result(1000), result(1000), words);
    EXPECT_EQ(is.status, 3);
    EXPECT_THAT(is.err, HasSubstr("error: cannot read gone"));
    EXPECT_THAT(is.err, HasSubstr("there is no such file   [not_found]"));
  }
}

TEST(CompareRuns, WhatWasMeasuredOfAScenarioIsNoSetting) {
  const auto run = [](int rate, int queries) {
    return result(1000,
                  fmt::format(R"(,"scenario":{{"name":"server","rate":{},"queries":{},)"
                              R"("service_ms":{{"mean":{}}},"slo":{{"bound_ms":5,"over":{}}}}})",
                              rate, queries, queries, queries));
  };
  const auto equal = compare(run(10, 100), run(10, 101), {"a.json", "b.json"});
  EXPECT_THAT(equal.err, Not(HasSubstr("not measured in the same way")));
  const auto other = compare(run(10, 100), run(20, 100), {"a.json", "b.json"});
  EXPECT_THAT(other.err, HasSubstr("not measured in the same way: scenario.rate is 10 and 20"));
  const auto kind = compare(result(1000, R"(,"stream_kind":"thread")"),
                            result(1000, R"(,"stream_kind":"process")"), {"a.json", "b.json"});
  EXPECT_THAT(kind.err, HasSubstr("stream_kind is thread and process"));
}

TEST(CompareRuns, SaysWhichMachineWasNotQuiet) {
  const auto is = compare(result(1000), result(1000, R"(,"noise":{"verdict":"competitor"})"),
                          {"a.json", "b.json"});
  EXPECT_THAT(is.err, HasSubstr("not quiet when b.json was measured: competitor"));
}

TEST(CompareRuns, WritesForGitHubAndJUnit) {
  std::vector<std::string> files;
  const auto is =
      compare(result(1000), result(1100),
              {"--check", "a.json", "b.json", "--github", "--summary", "s.md", "--junit", "r.xml"},
              {"s.md", "r.xml"}, &files);
  EXPECT_EQ(is.status, 1);
  EXPECT_THAT(is.out, HasSubstr("::error title=b.json against a.json::B is slower, by 8.5 %25 to "
                                "11.6 %25: more than 3 %25 are too much\n"));
  EXPECT_THAT(files.at(0), HasSubstr("### slipway compare-runs: regressed\n"));
  EXPECT_THAT(files.at(0), HasSubstr("| median, ms | 1 | 1.1 |\n"));
  EXPECT_THAT(files.at(1), HasSubstr("<testsuites tests=\"1\" failures=\"1\">"));
  EXPECT_THAT(files.at(1), HasSubstr("<failure message=\"B is slower, by"));
}

TEST(CompareRuns, XmlIsEscaped) {
  RunsReport report;
  report.a.name = "a<b>&\"c\"\x01";
  report.b.name = "b";
  EXPECT_THAT(to_junit(report), HasSubstr("name=\"b against a&lt;b&gt;&amp;&quot;c&quot;\""));
  EXPECT_THAT(to_junit(report), HasSubstr("failures=\"0\""));
}

TEST(CompareRuns, MergesResultsAndRefusesTypesThatDiffer) {
  std::vector<std::string> files;
  EXPECT_EQ(compare(result(1000), result(1000, R"(,"top1":71.5)"),
                    {"a.json", "b.json", "--merge", "m.json"}, {"m.json"}, &files)
                .status,
            0);
  EXPECT_EQ(*parse_json(files.at(0))->find("top1")->number(), 71.5);
  const auto is = compare(result(1000, R"(,"top1":"none")"), result(1000, R"(,"top1":71.5)"),
                          {"a.json", "b.json", "--merge", "m.json"}, {"m.json"}, &files);
  EXPECT_NE(is.status, 0);
  EXPECT_THAT(is.err, HasSubstr("top1 is a text in the first and a number in the second"));
  EXPECT_EQ(files.at(1), "absent");
}

TEST(CompareRuns, WhatCannotBeComparedIsOneError) {
  const auto error = [](const std::string& b, std::vector<std::string> words) {
    const auto is = compare(result(1000), b, std::move(words));
    EXPECT_NE(is.status, 0);
    EXPECT_EQ(is.out, "");
    return is.err;
  };
  const auto good = result(1000);
  EXPECT_THAT(error(good, {"a.json"}), HasSubstr("takes two runs, or one with --check"));
  EXPECT_THAT(error(good, {"a.json", "signs"}), HasSubstr("signs is no recorded result"));
  EXPECT_THAT(error("{}", {"a.json", "b.json"}), HasSubstr("b.json is no result of bench"));
  EXPECT_THAT(error("{", {"a.json", "b.json"}), HasSubstr("reading the result b.json"));
  EXPECT_THAT(error(R"({"model":"x","latency_ms":{"p50":null}})", {"a.json", "b.json"}),
              HasSubstr("the median of b.json has no interval"));
  EXPECT_THAT(error(good, {"a.json", "b.json", "--max-regress", "-1%"}),
              HasSubstr("--max-regress"));
  EXPECT_THAT(error(good, {"a.json", "b.json", "--github", "--json"}),
              HasSubstr("standard output"));
  EXPECT_THAT(error(good, {"a.json", "b.json", "--rounds", "5"}), HasSubstr("from 6 to"));
}

TEST(CompareRuns, JsonHasTheVerdictAndTheGate) {
  const auto is =
      compare(result(1000), result(1100), {"a.json", "b.json", "--json", "--max-regress", "20%"});
  const auto json = parse_json(is.out);
  ASSERT_TRUE(json);
  EXPECT_EQ(*json->find("verdict")->string(), "b_slower");
  EXPECT_NEAR(*json->find("ratio")->find("estimate")->number(), 1.1, 1e-6);
  EXPECT_TRUE(*json->find("gate")->find("passed")->boolean());
  EXPECT_FALSE(*json->find("interleaved")->boolean());
  EXPECT_TRUE(json->find("noise")->is_null());
}

// The clock of the twin stands still: no ratio is printed of times that were not measured.
TEST(CompareRuns, ComparesNoTimesThatAreNone) {
  Twin twin("portable");
  EXPECT_NE(
      run_app(twin.world, {"compare-runs", "signs", "signs", "--tune", "none", "--turn", "0"}), 0);
  EXPECT_EQ(twin.out(), "");
  EXPECT_THAT(twin.err(), HasSubstr("the clock did not move"));
}

}  // namespace
}  // namespace slipway::cli
