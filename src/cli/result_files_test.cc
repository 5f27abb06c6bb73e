// The files beside a measurement, from figures that are known.

#include "cli/result_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "cli/testing.h"

namespace slipway::cli {
namespace {

using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::Not;

/// Two streams of one second: 3 pictures at 300 ms, and 2.5 at 400 ms.
BenchReport two_streams() {
  BenchReport out;
  out.model = "/home/somebody/net.onnx";
  out.name = "net";
  out.device = "CPU";
  out.isa = "avx2";
  out.streams = 2;
  out.read_ms = 250;
  out.load_ms = 750;
  out.measured.window = std::chrono::seconds(1);
  out.measured.inferences = 5.5;
  const auto at = [](int ms) { return Clock::Time(std::chrono::milliseconds(ms)); };
  measure::Samples all;
  for (const int ms : {300, 400}) {
    measure::Samples samples;
    const int count = 3;
    for (int i = 0; i < count; ++i) samples.add(ms * 1'000'000);
    measure::Stream stream;
    stream.latencies = samples;
    stream.last_begin = at((count - 1) * ms);
    stream.last_end = at(count * ms);
    out.measured.streams.push_back(std::move(stream));
    all.add(samples);
  }
  out.latency = measure::summary_of(all, {});
  out.environment.set("cpu", "a processor");
  out.environment.set("cores", 4);
  return out;
}

double number(const Json& document, std::string path) {
  const Json* at = &document;
  while (at != nullptr && !path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    at = at->find(path.substr(0, slash));
    path.erase(0, slash + 1);
  }
  return at == nullptr ? -1 : at->number().value();
}

TEST(ResultFiles, YamlHasTheThreeKeysOfTheSeed) {
  auto report = two_streams();
  report.batch = 64;
  report.measured.inferences = 143.741875;
  report.latency.mean = 31'394'199;
  EXPECT_EQ(results_yaml(report, {.top1 = 76.06, .top5 = {}}),
            "results:\n"
            " - key: throughput\n   value: 9199.48\n   unit: img/s\n"
            " - key: latency\n   value: 31.394199\n   unit: ms\n"
            " - key: accuracy\n   value: 76.06\n   unit: percents\n");
  EXPECT_THAT(results_yaml(report, {}), HasSubstr("accuracy\n   value: 0\n"));
}

TEST(ResultFiles, TotalThroughputIsThatOfTheCommonWindow) {
  const auto json = results_json(two_streams(), {}, Json(), "2026-01-01T00:00:00Z", {});
  const auto* metrics = json.find("results")->find("metrics");
  EXPECT_DOUBLE_EQ(number(*metrics, "throughput/avg"), 5.5);
  // Streams alone, times their number, as the seed has it.
  EXPECT_DOUBLE_EQ(number(*metrics, "throughput/min"), 5.0);
  EXPECT_DOUBLE_EQ(number(*metrics, "throughput/max"), 6.0);
  EXPECT_DOUBLE_EQ(number(*metrics, "latency/avg"), 350);
  EXPECT_DOUBLE_EQ(number(*metrics, "latency/min"), 300);
  EXPECT_DOUBLE_EQ(number(*metrics, "latency/max"), 400);
  EXPECT_EQ(*metrics->find("accuracy-top1")->find("note")->string(), "not measured, dummy data");
}

TEST(ResultFiles, AStreamHasItsOwnFigures) {
  const auto json = results_json(two_streams(), {}, Json(), "", 1);
  const auto* metrics = json.find("results")->find("metrics");
  EXPECT_DOUBLE_EQ(number(*metrics, "throughput/avg"), 2.5);
  EXPECT_DOUBLE_EQ(number(*metrics, "latency/avg"), 400);
  EXPECT_DOUBLE_EQ(number(*metrics, "latency/stdev"), 0);
}

TEST(ResultFiles, AStreamWithoutAQueryHasNoLatency) {
  auto report = two_streams();
  report.measured.streams.emplace_back();
  const auto own = results_json(report, {}, Json(), "", 2);
  const auto* metrics = own.find("results")->find("metrics");
  EXPECT_DOUBLE_EQ(number(*metrics, "throughput/avg"), 0);
  EXPECT_EQ(*metrics->find("latency")->find("note")->string(),
            "not measured, the stream got no query");
  const auto all = results_json(report, {}, Json(), "", {});
  EXPECT_DOUBLE_EQ(number(*all.find("results")->find("metrics"), "latency/min"), 300);
}

TEST(ResultFiles, ThoseOfAnEarlierRunThatThisOneDoesNotHaveGo) {
  Twin twin("portable");
  const auto put = [&](const std::string& path) {
    ASSERT_TRUE(twin.files.write(path, as_bytes("mine")));
  };
  for (const auto* name :
       {"results_1.json", "results_17.json", "raw_perf_1.csv", "telemetry.csv", "failed.json",
        "results_test_1.json", "results_1.json.bak", "notes", "results_20261122.json"})
    put(std::string("/out/") + name);
  const auto run = [&] {
    ASSERT_EQ(run_app(twin.world, {"bench", "signs", "--dummy", "--tune", "none", "-n", "2",
                                   "--warmup", "0", "--output-dir=/out"}),
              0)
        << twin.err();
  };
  // Where no run of ours was, these are somebody else's.
  run();
  EXPECT_THAT(*twin.files.list("/out"),
              testing::IsSupersetOf({"results_1.json", "telemetry.csv", "failed.json"}));
  ASSERT_TRUE(twin.files.write("/out/failed.json", as_bytes(R"({"exit_status":4,"reason":"no"})")));
  run();
  EXPECT_THAT(*twin.files.list("/out"),
              testing::ElementsAre(
                  "notes", "output.log", "raw_perf_0.csv", "result.v1.json", "results.json",
                  "results.yaml", "results_0.json", "results_1.json.bak", "results_20261122.json",
                  "results_test_1.json", "samples.zst", "stats.txt", "trace.json"));
}

TEST(ResultFiles, ThreeLinesOfTheExercise) { EXPECT_EQ(stats_text(two_streams()), "1\n1\n5.5\n"); }

TEST(ResultFiles, RedactedTheyNameNoHostUserOrFolder) {
  const auto run = [](bool redact) {
    Twin twin("portable");
    twin.world.variables["USER"] = "somebody";
    const auto put = [&](const std::string& path, std::string_view text) {
      ASSERT_TRUE(twin.files.write(path, std::as_bytes(std::span(text))));
    };
    put("/proc/sys/kernel/hostname", "secret-host\n");
    put("/proc/cmdline", "root=/dev/secret-disk\n");
    EXPECT_EQ(run_app(twin.world, {"zoo", "make", "signs", "-o", "/secret/folder/net.slipway"}), 0);
    std::vector<std::string> words = {
        "bench", "/secret/folder/net.slipway", "--dummy", "--tune", "none", "-n",
        "2",     "--output-dir=/secret/out"};
    if (redact) words.emplace_back("--redact");
    EXPECT_EQ(run_app(twin.world, words), 0) << twin.err();
    std::string all;
    const auto names = twin.files.list("/secret/out");
    for (const auto& name : *names)
      all += std::string(as_text(*twin.files.read("/secret/out/" + name)));
    return all;
  };
  EXPECT_THAT(run(false), HasSubstr("secret-host"));
  EXPECT_THAT(run(false), HasSubstr("somebody"));
  EXPECT_THAT(run(true), Not(HasSubstr("secret")));
  EXPECT_THAT(run(true), Not(HasSubstr("somebody")));
}

TEST(ResultFiles, AbsoluteAndKnownPathsLoseTheirFoldersAndNothingElse) {
  EXPECT_EQ(without_folders("a  5 img/s, 1 / 2\n/net.onnx: '/secret/a b'\n"),
            "a  5 img/s, 1 / 2\nnet.onnx: 'a b'\n");
  EXPECT_EQ(without_folders("note: secret/me/net.onnx=/secret/x", {"secret/me/net.onnx"}),
            "note: net.onnx=x");
  EXPECT_EQ(without_folders("in /my secret/out/log.txt, /my", {"/my secret/out"}),
            "in log.txt, my");
  EXPECT_EQ(without_folders(""), "");
}

TEST(ResultFiles, RedactedVariablesNameNoFolder) {
  Twin twin;
  twin.world.variables["MODEL_NAME"] = "secret/net.onnx";
  twin.world.variables["LD_PRELOAD"] = "/secret/a.so:/secret/b.so";
  const auto text = [&](Redact redact) { return fingerprint_json(twin.world, redact).text(); };
  EXPECT_THAT(text(Redact::no), HasSubstr("/secret/b.so"));
  EXPECT_THAT(text(Redact::yes), Not(HasSubstr("secret")));
  EXPECT_THAT(text(Redact::yes), HasSubstr("\"LD_PRELOAD\": \"a.so:b.so\""));
}

TEST(ResultFiles, EqualMachinesHaveEqualDigests) {
  const auto digest = [](const std::string& board, const std::string& host) {
    Twin twin;
    const auto put = [&](const std::string& path, std::string_view text) {
      ASSERT_TRUE(twin.files.write(path, std::as_bytes(std::span(text))));
    };
    put("/sys/class/dmi/id/board_name", board);
    put("/proc/sys/kernel/hostname", host);
    return *fingerprint_json(twin.world, Redact::no).find("digest")->string();
  };
  EXPECT_EQ(digest("a", "one"), digest("a", "two"));
  EXPECT_NE(digest("a", "one"), digest("b", "one"));
}

}  // namespace
}  // namespace slipway::cli
