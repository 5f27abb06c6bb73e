#include "measure/report/result_file.h"

#include <gmock/gmock.h>

#include "measure/report/testing.h"

namespace slipway::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string said(const std::string& text) {
  const auto run = parse_result(text);
  return run ? "read" : run.error().message;
}

TEST(ResultFile, IsReadAsFarAsChartsNeedIt) {
  const auto run = run_of(2, "measured", R"(, "top1": 71.5, "unknown": {"a": [1]})");
  EXPECT_EQ(run.model, "nets/net.onnx");
  EXPECT_EQ(run.streams, 2);
  EXPECT_EQ(run.img_s, 500);
  EXPECT_EQ(run.top1, 71.5);
  ASSERT_EQ(run.percentiles.size(), 3U);
  EXPECT_EQ(run.percentiles[0].percent, 50);
  EXPECT_EQ(run.percentiles[0].interval->low, 2);
  EXPECT_EQ(run.percentiles[2].ms, std::nullopt);
  EXPECT_EQ(run.percentiles[2].needs, 3688);
  ASSERT_EQ(run.histogram.size(), 2U);
  EXPECT_EQ(run.histogram[1].count, 200);
  EXPECT_EQ(run.environment.front().second, "Zen");
  EXPECT_TRUE(run.warnings.empty());
}

TEST(ResultFile, SaysWhatIsWrong) {
  EXPECT_THAT(said("{\"a\": "), HasSubstr("begins like JSON, but is broken"));
  EXPECT_THAT(said("{\"a\": \"\xFF\"}"), HasSubstr("broken"));
  EXPECT_THAT(said("{\"layers\": []}"), HasSubstr("no result of 'slipway bench'"));
  EXPECT_THAT(said("[1, 2]"), HasSubstr("no result of 'slipway bench'"));
  EXPECT_THAT(said(R"({"latency_ms": 3})"), HasSubstr("no result"));
  EXPECT_THAT(said(R"({"latency_ms": {"p50": "fast"}})"),
              HasSubstr("'latency_ms.p50' is \"fast\""));
  EXPECT_THAT(said(R"({"latency_ms": {}, "schema": 2})"), HasSubstr("its schema is 2"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "clock": "sundial"})"), HasSubstr("'sundial'"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "throughput_img_s": -1})"),
              HasSubstr("'throughput_img_s'"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "batch": 1.5})"), HasSubstr("'batch' is 1.5"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "model": 7})"), HasSubstr("'model' is 7"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "histogram": [[1, 2, 3], [1, 2, 3]]})"),
              HasSubstr("row 1 of 'histogram'"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "histogram": [[2, 1, 3]]})"), HasSubstr("row 0"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "histogram": [["a", 1]]})"), HasSubstr("row 0"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "profile": {"a": 1}})"), HasSubstr("'profile'"));
  EXPECT_EQ(said(R"({"latency_ms": {}})"), "read");
}

TEST(ResultFile, FiguresThatNothingCanHaveAreRefused) {
  EXPECT_THAT(said(R"({"latency_ms": {"p50": 1e300}})"), HasSubstr("'latency_ms.p50' is 1e+300"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "histogram": [[1, 1e300, 3]]})"), HasSubstr("row 0"));
  EXPECT_THAT(said(R"({"latency_ms": {}, "histogram": [[1, 2, 1e15]]})"), HasSubstr("row 0"));
  EXPECT_EQ(said(R"({"latency_ms": {"p50": 1e-300}})"), "read");
}

TEST(ResultFile, ARowThatFailedSaysWhy) {
  const auto failed = parse_failed(
      R"({"exit_status": 3, "reason": "no\nfile", "command": ["bench", "a", "--output-dir=x/1"]})");
  ASSERT_TRUE(failed) << failed.error().message;
  EXPECT_EQ(failed->reason, "no file");
  EXPECT_EQ(failed->command, "bench a");
  EXPECT_FALSE(parse_failed("{}"));
  EXPECT_FALSE(parse_failed("{"));
  EXPECT_FALSE(parse_failed(R"({"reason": 3})"));
}

TEST(ResultFile, NamesAreCleanedWhenTheyAreRead) {
  const auto run = parse_result("{\"model\": \"a\\nb\\u202ec\", \"latency_ms\": {}}");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->model, "a b c");
}

TEST(ResultFile, WarnsWhereTheRunDoes) {
  EXPECT_THAT(run_of(1, "measured", R"(, "noise": {"verdict": "clean"})").warnings, ElementsAre());
  EXPECT_THAT(
      run_of(1, "measured",
             R"(, "noise": {"verdict": "steal", "reasons": [{"reason": "steal", "words": "3 %"}]})")
          .warnings,
      ElementsAre("the machine was not quiet: steal, 3 %"));
  EXPECT_THAT(run_of(1, "measured", R"(, "noise": {"verdict": "unknown"})").warnings,
              ElementsAre(HasSubstr("does not tell")));
  const auto stopped = parse_result(R"({"latency_ms": {}, "ended": "stopped"})");
  ASSERT_TRUE(stopped);
  EXPECT_THAT(stopped->warnings, ElementsAre("stopped before it was done"));
}

TEST(ResultFile, TheRoofComesFromThePartThatWasReached) {
  const auto run = run_of(1, "measured", R"(, "profile": [{"name": "a", "kernel": "k",
      "time_us": 10, "gops": 30, "roofline_percent": 60, "operations": 300000, "bytes": 1000},
      {"name": "b", "time_us": 1, "gops": null, "roofline_percent": null}])");
  ASSERT_EQ(run.profile.size(), 2U);
  EXPECT_EQ(run.profile[0].roof_gops, 50);
  EXPECT_EQ(run.profile[1].roof_gops, std::nullopt);
}

TEST(ResultFile, LabelsHaveWhatTellsRunsApart) {
  Runs runs = {run_of(1), run_of(1)};
  runs[1].precision = "fp32";
  label_runs(runs);
  EXPECT_EQ(runs[0].label, "net.onnx, int8");
  EXPECT_EQ(runs[1].label, "net.onnx, fp32");
  runs[0].label = runs[1].label = "";
  runs[1].precision = "int8";
  runs[0].path = "out/a/result.v1.json";
  runs[1].path = "b.json";
  label_runs(runs);
  EXPECT_EQ(runs[0].label, "net.onnx (a)");
  EXPECT_EQ(runs[1].label, "net.onnx (b.json)");
}

TEST(ResultFile, AFolderIsADeploymentsName) {
  Runs runs = {run_of(1)};
  runs[0].model = "out/net_deploy/";
  label_runs(runs);
  EXPECT_EQ(runs[0].label, "net_deploy");
}

}  // namespace
}  // namespace slipway::report
