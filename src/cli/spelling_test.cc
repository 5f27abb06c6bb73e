// Lines that other people's scripts have, and what they become.

#include "cli/spelling.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing.h"
#include "cli/verbs.h"

namespace slipway::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Spellings : public testing::Test {
 protected:
  Spellings() { verb_->describe(options_); }

  /// On a machine of four cores.
  Spelled of(std::vector<std::string> words) {
    auto out = spelled(twin_.world, words, options_.all(), 4);
    EXPECT_TRUE(out) << out.error().message;
    return out ? *out : Spelled();
  }

  std::string line(std::vector<std::string> words) {
    return fmt::format("{}", fmt::join(of(std::move(words)).words, " "));
  }

  Twin twin_;
  std::unique_ptr<Verb> verb_ = bench_command().make();
  Options options_;
};

TEST_F(Spellings, OurWordsStayAsTheyAre) {
  EXPECT_EQ(line({"net.onnx", "--dummy", "-n", "5", "--streams=2", "-q"}),
            "net.onnx --dummy -n 5 --streams=2 -q");
}

TEST_F(Spellings, FlagsOfRunModel) {
  EXPECT_EQ(line({"--arch", "fbnetc_100", "--dummy", "--min-test-duration", "60",
                  "--max-test-duration=60", "--precision", "bp16"}),
            "fbnetc_100 --dummy --min-duration 60 --max-duration 60 --precision bf16");
}

TEST_F(Spellings, WhatHasNoMeaningHereIsAcceptedAndListed) {
  const auto out = of({"net", "--ipex", "yes", "--amp=no", "--jit", "trace", "--proxy", "p:1"});
  EXPECT_THAT(out.words, ElementsAre("net"));
  EXPECT_THAT(out.no_effect, ElementsAre("--ipex", "--amp", "--jit", "--proxy"));
  EXPECT_EQ(line({"net", "--jit", "--dummy", "--ipex"}), "net --dummy");
}

TEST_F(Spellings, AVariableThatIsWrongIsNamed) {
  auto& world = twin_.world;
  world.variables = {{"STREAMS", "many"}, {"NUM_ITERATIONS", "x"}};
  const std::string message = "--streams takes a whole number, not 'many'";
  EXPECT_EQ(blame_variable(world, {"net", "--dummy"}, message),
            "the variable STREAMS says 'many': " + message);
  EXPECT_EQ(blame_variable(world, {"net", "--streams=many"}, message), message);
  EXPECT_EQ(blame_variable(world, {"net", "-nstreams", "many"}, message), message);
  EXPECT_EQ(blame_variable(world, {"net"}, "--seed takes a whole number, not 'x'"),
            "--seed takes a whole number, not 'x'");
  EXPECT_EQ(blame_variable(world, {"net", "--inferences=0"}, "-n takes a number, not 0"),
            "-n takes a number, not 0");
  EXPECT_THAT(blame_variable(world, {"net"}, "--inferences takes a whole number, not 'x'"),
              HasSubstr("the variable NUM_ITERATIONS says 'x'"));
}

TEST_F(Spellings, VariablesFillInWhatNoFlagSays) {
  auto& variables = twin_.world.variables;
  variables = {{"MODEL_NAME", "fbnetc_100"}, {"BATCH_SIZE", "4"},        {"PLATFORM", "Flex"},
               {"MIN_TEST_DURATION", "60"},  {"MAX_TEST_DURATION", "0"}, {"DUMMY", "yes"},
               {"https_proxy", "p:1"}};
  const auto out = of({"--batch-size", "8"});
  EXPECT_EQ(fmt::format("{}", fmt::join(out.words, " ")),
            "fbnetc_100 --batch-size 8 --dummy --min-duration 60");
  EXPECT_THAT(out.from_outside,
              ElementsAre("MODEL_NAME=fbnetc_100", "DUMMY=yes", "MIN_TEST_DURATION=60"));
  EXPECT_THAT(out.no_effect, ElementsAre("PLATFORM"));
  variables = {{"MODEL_NAME", "fbnetc_100"}, {"DUMMY", "no"}};
  EXPECT_EQ(line({"signs"}), "signs");
}

TEST_F(Spellings, DummyOnTheLineWinsOverADataSetOutside) {
  twin_.world.variables = {{"DATASET_DIR", "/imagenet"}};
  EXPECT_EQ(line({"signs", "--dummy"}), "signs --dummy");
}

TEST_F(Spellings, PinningOfBenchmarkApp) {
  EXPECT_EQ(line({"-m", "net.xml", "-pin", "YES"}), "net.xml --pin yes --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-pin", "NO"}), "net.xml --pin no --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-pin", "NUMA"}), "net.xml --pin auto --dummy");
  EXPECT_FALSE(spelled(twin_.world, {"-m", "net.xml", "-pin", "maybe"}, options_.all(), 4));
}

TEST_F(Spellings, BenchmarkApp) {
  EXPECT_EQ(line({"-m", "net.xml", "-niter", "100", "-b", "4", "-infer_precision", "f32"}),
            "net.xml -n 100 --batch-size 4 --precision fp32 --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-hint", "latency", "-t", "15"}),
            "net.xml --min-duration 15 --streams 1 --threads 0 --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-hint", "tput"}), "net.xml --streams 4 --threads 0 --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-hint", "throughput", "-nstreams", "2", "-nthreads", "1"}),
            "net.xml --streams 2 --threads 1 --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-nireq", "3", "-no_warmup"}),
            "net.xml --warmup 0 --streams 3 --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-api", "sync", "-report_type", "no_counters"}),
            "net.xml --streams 1 --dummy");
  EXPECT_EQ(line({"-m", "net.xml", "-report_folder", "out", "-d", "CPU"}),
            "net.xml --output-dir out --device CPU --dummy");
}

TEST_F(Spellings, WrongValuesAreNamed) {
  const auto bad = [&](std::vector<std::string> words) {
    const auto out = spelled(twin_.world, words, options_.all(), 4);
    return out ? std::string("accepted") : out.error().message;
  };
  EXPECT_EQ(bad({"-m", "a.xml", "-hint", "fast"}),
            "-hint takes latency, throughput or none, not 'fast'");
  EXPECT_EQ(bad({"-m", "a.xml", "-api", "batch"}), "-api takes sync or async, not 'batch'");
  EXPECT_EQ(bad({"-m"}), "-m needs a value");
}

}  // namespace
}  // namespace slipway::cli
