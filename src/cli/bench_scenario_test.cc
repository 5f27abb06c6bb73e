// `bench --scenario` on a clock that only inferences and waiting move.

#include "cli/bench_scenario.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing.h"

namespace slipway::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  ScenarioReport report;
  measure::Measured measured;
  std::string table;
};

/// Inferences of a millisecond on one stream, with these flags.
Result<Ran> ran(Twin& twin, const std::vector<std::string>& words, measure::Rules rules,
                std::uint64_t seed = 1) {
  ScenarioFlags flags;
  Options options;
  flags.describe(options);
  SLIPWAY_TRY(options.parse(words));
  SLIPWAY_TRY(flags.check(twin.world, 1));
  const std::vector<measure::Infer> streams = {[&]() -> Result<void> {
    twin.clock.advance(1ms);
    return {};
  }};
  Ran out;
  out.report = SLIPWAY_TRY(flags.run(twin.world, streams, rules, seed, out.measured));
  print_table(twin.world, out.report);
  out.table = twin.out();
  return out;
}

TEST(Slo, Parses) {
  const auto slo = parse_slo("p99.9=1.5ms");
  ASSERT_TRUE(slo);
  EXPECT_EQ(slo->percent.thousandths, 99'900);
  EXPECT_EQ(slo->bound, 1500us);
  for (const auto* bad :
       {"", "p99", "99=20ms", "p100=1s", "p99=", "p99=fast", "p99=0", "p50,99=1s"})
    EXPECT_FALSE(parse_slo(bad)) << bad;
}

// Requests that come evenly wait for nothing up to 1000/s, and for ever beyond.
TEST(ScenarioFlags, FindsThePeakOfEvenArrivals) {
  Twin twin;
  twin.world.verbose = true;
  const auto is = ran(twin, {"--slo", "p99=20ms", "--find-peak", "--arrivals", "constant"},
                      {.inferences = 1, .at_least = 10s});
  ASSERT_TRUE(is);
  ASSERT_TRUE(is->report.peak && is->report.peak->rate);
  EXPECT_LE(*is->report.peak->rate, 1002);
  EXPECT_GE(*is->report.peak->rate, 980);
  EXPECT_TRUE(is->report.is_kept());
  EXPECT_GE(is->report.duration, 10s);  // what is reported is whole, and is that of the peak
  EXPECT_EQ(is->report.rate, *is->report.peak->rate);
  EXPECT_THAT(is->table, HasSubstr("peak        "));
  EXPECT_THAT(is->table, HasSubstr("slo         p99 within 20.000 ms: kept, 0 of "));
  EXPECT_THAT(twin.err(), HasSubstr("/s, whole: kept, 0 of "));
  EXPECT_THAT(twin.err(), HasSubstr("/s: not kept, "));
}

// The same load, with gaps as they come: the queue needs room.
TEST(ScenarioFlags, PoissonArrivalsKeepLess) {
  Twin twin;
  const auto is =
      ran(twin, {"--slo", "p99=5ms", "--find-peak"}, {.inferences = 1, .at_least = 60s});
  ASSERT_TRUE(is);
  ASSERT_TRUE(is->report.peak && is->report.peak->rate);
  // Of M/D/1 at s = 1 ms, p99 is 5 ms at about 560/s, and early stopping wants to be sure.
  EXPECT_GE(*is->report.peak->rate, 470);
  EXPECT_LE(*is->report.peak->rate, 600);
}

TEST(ScenarioFlags, ABoundThatNoRateKeeps) {
  Twin twin;
  const auto is =
      ran(twin, {"--slo", "p99=0.01ms", "--find-peak"}, {.inferences = 1, .at_least = 1s});
  ASSERT_TRUE(is);
  EXPECT_FALSE(is->report.peak->rate);
  EXPECT_FALSE(is->report.is_kept());
  EXPECT_THAT(is->table, HasSubstr("peak        none: no rate of "));
}

TEST(ScenarioFlags, ADeviceThatTakesNoTimeHasNoPeak) {
  Twin twin;
  ScenarioFlags flags;
  Options options;
  flags.describe(options);
  ASSERT_TRUE(options.parse({"--slo", "p99=20ms", "--find-peak"}));
  ASSERT_TRUE(flags.check(twin.world, 1));
  const std::vector<measure::Infer> streams = {[]() -> Result<void> { return {}; }};
  measure::Measured measured;
  const auto is = flags.run(twin.world, streams, {}, 1, measured);
  ASSERT_FALSE(is);
  EXPECT_THAT(is.error().message, HasSubstr("there is no highest rate"));
}

TEST(ScenarioFlags, AnSloThatIsNotKeptSaysWhatIsMissing) {
  Twin twin;
  const auto is = ran(twin, {"--rate", "1500", "--arrivals", "constant", "--slo", "p90=3ms"},
                      {.inferences = 1, .at_least = 1s});
  ASSERT_TRUE(is);
  EXPECT_FALSE(is->report.is_kept());
  EXPECT_THAT(is->table, HasSubstr("scenario    server, constant at 1500.00/s\n"));
  EXPECT_THAT(is->table, HasSubstr("inference   1.000 ms on average, without waiting\n"));
  EXPECT_THAT(is->table, HasSubstr("queue       grows: "));
  EXPECT_THAT(is->table, HasSubstr("rules       not valid: the queue grows; p90 is over its bound; "
                                   "p90 of 1501 "));
  EXPECT_THAT(is->table, HasSubstr("slo         p90 within 3.000 ms: not kept, 14"));
  const auto json = to_json(is->report);
  EXPECT_FALSE(*json.find("loadgen_rules")->find("bound_met")->boolean());
  EXPECT_EQ(*json.find("slo")->find("over")->integer(), is->report.over);
}

// Its percentile is within the bound because it ends before it is not.
TEST(ScenarioFlags, WhatAQueueThatGrowsKeepsIsNotKept) {
  Twin twin;
  const auto is = ran(twin, {"--rate", "1100", "--arrivals", "constant", "--slo", "p90=20s"},
                      {.inferences = 1, .at_least = 10s});
  ASSERT_TRUE(is);
  EXPECT_TRUE(is->report.verdict.valid());
  EXPECT_FALSE(is->report.is_kept());
  const auto json = to_json(is->report);
  EXPECT_TRUE(*json.find("queue_grows")->boolean());
  EXPECT_FALSE(*json.find("loadgen_rules")->find("valid")->boolean());
}

TEST(ScenarioFlags, ARateThatIsFarTooHighEnds) {
  Twin twin;
  const auto is = ran(twin, {"--rate", "1000000"}, {.inferences = 1, .at_least = 10s});
  ASSERT_TRUE(is);
  EXPECT_EQ(is->measured.ended, measure::Ended::overrun);
  EXPECT_LT(is->measured.window, 11s);
}

// A second time, and with other gaps between queries, it is about the same rate.
TEST(ScenarioFlags, ThePeakIsFoundAgain) {
  std::vector<double> rates;
  for (const std::uint64_t seed : {1, 2, 3}) {
    Twin twin;
    const auto is =
        ran(twin, {"--slo", "p99=5ms", "--find-peak"}, {.inferences = 1, .at_least = 60s}, seed);
    ASSERT_TRUE(is && is->report.peak->rate);
    rates.push_back(*is->report.peak->rate);
  }
  const auto [low, high] = std::ranges::minmax(rates);
  EXPECT_LT(high / low, 1.1);
}

TEST(ScenarioFlags, ReadsATrace) {
  Twin twin;
  const std::string times = "0\n0\n0.5\n";
  ASSERT_TRUE(twin.files.write("times", as_bytes(times)));
  const auto is = ran(twin, {"--trace", "times"}, {.inferences = 1, .at_least = 10s});
  ASSERT_TRUE(is);
  EXPECT_EQ(is->report.queries, 3);
  EXPECT_EQ(is->measured.window, 501ms);
  EXPECT_THAT(is->table, HasSubstr("scenario    server, as the trace says\n"));
  EXPECT_TRUE(to_json(is->report).find("rate")->is_null());
}

TEST(ScenarioFlags, EarlyStoppingSaysWhatAPercentileIsAtMost) {
  Twin twin;
  const auto is = ran(twin, {"--scenario", "single"}, {.inferences = 64});
  ASSERT_TRUE(is);
  EXPECT_THAT(is->table, HasSubstr("p90         at most 1.000 ms, 99 % sure (early stopping)\n"
                                   "rules       valid (of LoadGen)\n"));
  Twin other;
  const auto few = ran(other, {"--scenario", "single"}, {.inferences = 63});
  ASSERT_TRUE(few);
  EXPECT_THAT(few->table, Not(HasSubstr("at most")));
  EXPECT_THAT(few->table, HasSubstr("not valid: p90 of 63 queries with 0 over it would need 64"));
}

}  // namespace
}  // namespace slipway::cli
