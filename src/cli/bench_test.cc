// What `bench` prints, from figures that are known.

#include <csignal>
#include <cstdio>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "cli/bench_report.h"
#include "cli/options.h"
#include "cli/testing.h"
#include "measure/pin.h"

namespace slipway::cli {
namespace {

using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::Not;

BenchReport report_of(const std::vector<std::int64_t>& latencies, double inferences,
                      nanoseconds window, std::int64_t batch) {
  BenchReport out;
  out.model = "net.onnx";
  out.name = "net";
  out.device = "CPU";
  out.isa = "avx2";
  out.precision = "int8";
  out.batch = batch;
  out.load_ms = 0.5;
  measure::Samples samples;
  for (const auto ns : latencies) samples.add(ns);
  out.measured.first = nanoseconds(3'000'000);
  out.measured.window = window;
  out.measured.inferences = inferences;
  out.measured.streams.push_back({samples, {}, {}});
  out.shown = {{50'000}, {99'000}};
  out.latency = measure::summary_of(samples, {{50'000}, {90'000}, {95'000}, {99'000}});
  out.environment.set("cpu", "a processor");
  out.environment.set("cores", 4);
  return out;
}

TEST(Bench, ThroughputIsPrintedToTheHundredth) {
  const auto report = report_of({31'394'199}, 2299.87, std::chrono::seconds(16), 64);
  Twin twin("portable");
  print_table(twin.world, report);
  EXPECT_THAT(twin.out(), HasSubstr("throughput  9199.48 img/s"));
  EXPECT_THAT(twin.out(), HasSubstr("mean     31.394\n"));
  EXPECT_THAT(to_json(report).text(), HasSubstr("\"mean\": 31.394199,"));
  EXPECT_NEAR(*to_json(report).find("throughput_img_s")->number(), 9199.48, 1e-9);
  EXPECT_NEAR(*to_json(report).find("throughput_inferences_s")->number(), 143.741875, 1e-9);
}

TEST(Bench, ShowsThreeMicrosecondsAsThree) {
  Twin twin("portable");
  print_table(twin.world,
              report_of(std::vector<std::int64_t>(100, 3'000), 100, nanoseconds(300'000), 1));
  EXPECT_THAT(twin.out(), HasSubstr("latency     µs  95 % interval\n"
                                    "mean     3.000\n"
                                    "stdev    0.000\n"
                                    "min      3.000\n"
                                    "p50      3.000  3.000 to 3.000\n"
                                    "p99        n/a  needs 368 samples\n"
                                    "max      3.000\n"));
}

TEST(Bench, WhatIsNotKnownIsNull) {
  const auto json = to_json(report_of({5, 5, 5}, 3, nanoseconds(0), 1));
  EXPECT_TRUE(json.find("throughput_img_s")->is_null());
  EXPECT_TRUE(json.find("latency_ms")->find("p99")->is_null());
  EXPECT_TRUE(json.find("compile_ms")->is_null());
}

TEST(Bench, PrecisionIsThatOfTheProducts) {
  EXPECT_EQ(precision_of({"product_u8 avx2, 16 x 2 x 4, magic", "softmax_f32 avx2"}), "int8");
  EXPECT_EQ(precision_of({"depthwise_f32 avx2", "product_bf16 bf16_512", "product_f16 fp16"}),
            "bf16+fp16+fp32");
  EXPECT_EQ(precision_of({"winograd_f32 avx512, 3 x 3 bf16"}), "fp32");
  EXPECT_EQ(precision_of({"winograd_f32 bf16_512"}), "bf16");
  EXPECT_EQ(precision_of({"chain amx, 49 x 16 x 96 in bf16, then 96 channels at 7x7"}),
            "bf16+fp32");
  EXPECT_EQ(precision_of({"pool portable"}), "");
}

// The clock of the twin stands still: what would be divided by its time is not printed.
TEST(Bench, PrintsNoFigureThatWasNotMeasured) {
  Twin twin("portable");
  EXPECT_EQ(run_app(twin.world, {"bench", "signs", "--dummy", "--tune", "none", "-n", "20"}), 0);
  EXPECT_THAT(twin.out(), HasSubstr("measured    20 inferences"));
  EXPECT_THAT(twin.out(), HasSubstr("processor   unknown"));
  EXPECT_THAT(twin.out(), Not(HasSubstr("throughput")));
}

TEST(Bench, StoppedInTheMiddleItPrintsWhatThereIs) {
  Twin twin("portable");
  const volatile std::sig_atomic_t caught = SIGINT;
  twin.world.caught = &caught;
  EXPECT_EQ(run_app(twin.world, {"bench", "signs", "--dummy", "--tune", "none", "--warmup", "0"}),
            128 + SIGINT);
  EXPECT_THAT(twin.out(), HasSubstr("measured    1 inference,"));
  EXPECT_THAT(twin.err(), HasSubstr("note: stopped after 1 inference"));
}

TEST(Bench, StoppedBeforeItPrintsNothing) {
  Twin twin("portable");
  const volatile std::sig_atomic_t caught = SIGTERM;
  twin.world.caught = &caught;
  EXPECT_EQ(run_app(twin.world, {"bench", "signs", "--dummy", "--tune", "none"}), 128 + SIGTERM);
  EXPECT_EQ(twin.out(), "");
  EXPECT_THAT(twin.err(), HasSubstr("note: stopped before anything was measured\n"));
}

// Inferences of no time end with the first: the clock stands still.
TEST(Bench, SaysWhereItsStreamsWerePinned) {
  auto usable = measure::usable_cpus();
  if (usable.size() > 2) usable.resize(2);  // of many, as if there were two
  const measure::Pinned few(usable);
  const auto pinned = [](const std::vector<std::string>& more) {
    Twin twin("portable");
    std::vector<std::string> words = {"bench", "signs", "--dummy",  "--tune", "none",
                                      "-n",    "2",     "--warmup", "0",      "--json"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(run_app(twin.world, words), 0) << twin.err();
    const auto json = parse_json(twin.out());
    return json ? json->find("pinned")->text(0) : twin.out();
  };
  EXPECT_EQ(pinned({}), "null");
  EXPECT_EQ(pinned({"--pin", "yes"}), fmt::format("[[{}]]", usable[0]));
  EXPECT_EQ(pinned({"--streams", "2", "--pin", "no"}), "null");
  EXPECT_EQ(pinned({"--streams", "2"}),
            usable.size() < 2 ? "null" : fmt::format("[[{}],[{}]]", usable[0], usable[1]));
  const auto too_many = std::to_string(usable.size() + 1);
  EXPECT_EQ(pinned({"--streams", too_many}), "null");
  EXPECT_EQ(measure::usable_cpus(), usable);  // the calling thread is free again
  Twin twin("portable");
  EXPECT_EQ(run_app(twin.world, {"bench", "signs", "--dummy", "--tune", "none", "--pin", "yes",
                                 "--streams", too_many}),
            2);
  EXPECT_THAT(twin.err(), HasSubstr("--pin yes wants a processor for each of " + too_many));
}

TEST(Bench, MoreMemoryThanThereIsIsRefused) {
  Twin twin("portable");
  ASSERT_TRUE(twin.files.write("/proc/meminfo", as_bytes("MemAvailable:   100 kB\n")));
  EXPECT_EQ(run_app(twin.world, {"bench", "signs", "--dummy", "--tune", "none", "-n", "2"}), 4);
  EXPECT_THAT(twin.err(), HasSubstr("of memory, and 0.0 are free"));
  EXPECT_EQ(twin.out(), "");
}

TEST(Durations, Parse) {
  nanoseconds is{};
  EXPECT_TRUE(convert("500ms", is));
  EXPECT_EQ(is, std::chrono::milliseconds(500));
  EXPECT_TRUE(convert("50us", is));
  EXPECT_EQ(is, std::chrono::microseconds(50));
  EXPECT_TRUE(convert("1.5", is));
  EXPECT_EQ(is, std::chrono::milliseconds(1500));
  EXPECT_TRUE(convert("2m", is));
  EXPECT_EQ(is, std::chrono::minutes(2));
  EXPECT_TRUE(convert("1h", is));
  EXPECT_EQ(is, std::chrono::hours(1));
  for (const auto* bad : {"", "s", "-1s", "1 s", "1d", "inf", "nan", "1e9", "99999999999h"})
    EXPECT_FALSE(convert(bad, is)) << bad;
}

TEST(Bench, AgainstRefusesWhatItHasNoUseFor) {
  const std::vector<std::vector<std::string>> all = {{"--output-dir", "out"},
                                                     {"--stats", "s.txt"},
                                                     {"--save", "net_deploy"},
                                                     {"--profile"},
                                                     {"-n", "5"},
                                                     {"--max-duration", "1s"},
                                                     {"--scenario", "offline"},
                                                     {"--percentiles", "50"},
                                                     {"--redact"}};
  for (const auto& more : all) {
    Twin twin("portable");
    std::vector<std::string> words = {"bench", "signs", "--dummy", "--against", "signs"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(run_app(twin.world, words), 2) << more[0];
    EXPECT_THAT(twin.err(), HasSubstr("--against takes no "));
    EXPECT_THAT(twin.err(), HasSubstr(more[0]));
    EXPECT_EQ(twin.files.kind("out"), Files::Kind::absent);
  }
}

TEST(Bench, AgainstRefusesABatchThatAModelDoesNotHave) {
  Twin twin("portable");
  EXPECT_EQ(run_app(twin.world, {"bench", "signs", "--dummy", "--tune", "none", "--against",
                                 "signs", "--batch-size", "4"}),
            3);
  EXPECT_THAT(twin.err(), HasSubstr("its batch is not open"));
}

}  // namespace
}  // namespace slipway::cli
