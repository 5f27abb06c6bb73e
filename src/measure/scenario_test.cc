#include "measure/scenario.h"

#include <atomic>
#include <barrier>
#include <cmath>

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr double kMs = 1e6;

/// One stream on a clock that only it and its waiting move; inference `i` takes `time(i)`.
Result<ScenarioRun> simulated(const std::function<nanoseconds(std::int64_t i)>& time,
                              const ScenarioRules& rules) {
  FakeClock clock;
  std::int64_t i = 0;
  const std::vector<Infer> streams = {[&]() -> Result<void> {
    clock.advance(time(i++));
    return {};
  }};
  return run_scenario(clock, streams, rules);
}

nanoseconds ten(std::int64_t) { return 10ms; }

const Samples& latencies_of(const Result<ScenarioRun>& run) {
  return run->measured.streams.at(0).latencies;
}

double p99_ms(const Samples& samples) {
  return static_cast<double>(summary_of(samples, {{99'000}}).percentiles[0].ns->value) / kMs;
}

// LoadGen counts until the last query was issued: it ends with the first that comes late enough.
TEST(Scenario, SingleEndsWithTheQueryThatComesLateEnough) {
  const auto run = simulated(ten, {.scenario = Scenario::single, .warm_up = 2, .at_least = 95ms});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->queries, 11);
  EXPECT_EQ(run->duration, 100ms);
  EXPECT_EQ(run->measured.first, 10ms);
  EXPECT_EQ(run->measured.warm_up, 20ms);
  EXPECT_EQ(run->measured.window, 110ms);
  EXPECT_EQ(run->measured.inferences, 11);
  EXPECT_EQ(run->measured.ended, Ended::done);
  EXPECT_EQ(latencies_of(run).max(), nanoseconds(10ms).count());
}

TEST(Scenario, NumberAndMostTime) {
  const auto by_number =
      simulated(ten, {.scenario = Scenario::single, .queries = 40, .at_least = 95ms});
  ASSERT_TRUE(by_number);
  EXPECT_EQ(by_number->queries, 40);
  const auto capped =
      simulated(ten, {.scenario = Scenario::single, .queries = 40, .at_most = 95ms});
  ASSERT_TRUE(capped);
  EXPECT_EQ(capped->queries, 10);
  EXPECT_EQ(capped->measured.ended, Ended::at_most);
}

TEST(Scenario, AQueryOfMultiTakesAsLongAsAllOfItsSamples) {
  const auto run =
      simulated(ten, {.scenario = Scenario::multi, .samples_per_query = 3, .at_least = 61ms});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->queries, 4);  // issued at 0, 30, 60 and 90 ms
  EXPECT_EQ(run->duration, 90ms);
  EXPECT_EQ(latencies_of(run).min(), nanoseconds(30ms).count());
  EXPECT_EQ(run->service.count(), 12);
  EXPECT_EQ(run->service.max(), nanoseconds(10ms).count());
  EXPECT_EQ(run->measured.inferences, 12);
}

TEST(Scenario, SamplesOfAQueryAreSharedAmongStreams) {
  const SystemClock clock;
  std::atomic<int> ran = 0;
  std::vector<Infer> streams(3, [&]() -> Result<void> {
    ++ran;
    return {};
  });
  const auto run = run_scenario(
      clock, streams, {.scenario = Scenario::multi, .samples_per_query = 8, .queries = 50});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->queries, 50);
  EXPECT_EQ(run->service.count(), 400);
  EXPECT_EQ(ran, 401);  // and the first of all
}

TEST(Scenario, SamplesOfOfflineAreAllDueAtTheBegin) {
  const auto run = simulated(ten, {.scenario = Scenario::offline, .at_least = 95ms});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->queries, 10);
  EXPECT_EQ(run->duration, 100ms);
  EXPECT_EQ(run->measured.window, 100ms);
  EXPECT_EQ(latencies_of(run).min(), nanoseconds(10ms).count());
  EXPECT_EQ(latencies_of(run).max(), nanoseconds(100ms).count());
}

// Three at once: the second and third wait. The fourth comes when nobody waits any more.
TEST(Scenario, LatencyCountsFromWhenAQueryWasDue) {
  const auto run = simulated(ten, {.scenario = Scenario::server,
                                   .arrivals = *Arrivals::trace("0\n0\n0\n0.1\n"),
                                   .queries = 4,
                                   .bound = 25ms});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->queries, 4);
  EXPECT_EQ(latencies_of(run).mean(), 17.5 * kMs);  // 10, 20, 30 and 10
  EXPECT_EQ(run->over, 1);
  EXPECT_EQ(run->duration, 100ms);
  EXPECT_EQ(run->measured.window, 110ms);
  EXPECT_EQ(run->late.count(), 1);
  EXPECT_EQ(run->late.max(), 0);
}

TEST(Scenario, ATraceEndsWhereItEnds) {
  const auto run = simulated(
      ten, {.scenario = Scenario::server, .arrivals = *Arrivals::trace("0\n0.5\n"), .queries = 5});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->queries, 2);
}

// Pollaczek and Khinchine: with Poisson arrivals and equal service the mean time in the system is
// s (1 + r / (2 (1 - r))), r the load.
TEST(Scenario, QueuesAsTheoryWantsThem) {
  const auto run = simulated(
      [](auto) { return 1ms; },
      {.scenario = Scenario::server, .arrivals = Arrivals::poisson(700, 5), .queries = 300'000});
  ASSERT_TRUE(run);
  EXPECT_NEAR(latencies_of(run).mean() / kMs, 1 + 0.7 / 0.6, 0.05);
  EXPECT_NEAR(run->service.mean() / kMs, 1, 1e-9);
}

// One inference of 500 takes 200 ms, 450 queries come in a second. A stalled query keeps those
// behind it waiting: the k-th of them for 200 ms - k (1/450 s - 1 ms), so that of 500 five are over
// 193.9 ms. A closed loop sees one slow inference of 500.
TEST(Scenario, StallsAreSeenByServerAndHiddenByAClosedLoop) {
  const auto stalls = [](std::int64_t i) -> nanoseconds { return i % 500 == 499 ? 200ms : 1ms; };
  const double analytic = 200 - 5 * (1000.0 / 450 - 1);
  for (const auto& arrivals : {Arrivals::constant(450), Arrivals::poisson(450, 1)}) {
    const auto run =
        simulated(stalls, {.scenario = Scenario::server, .arrivals = arrivals, .queries = 50'000});
    ASSERT_TRUE(run);
    EXPECT_NEAR(p99_ms(latencies_of(run)), analytic, analytic * 0.05);
  }
  const auto closed = simulated(stalls, {.scenario = Scenario::single, .queries = 50'000});
  ASSERT_TRUE(closed);
  EXPECT_EQ(p99_ms(latencies_of(closed)), 1);
}

// Each inference waits for another one: a single stream at a time would wait for ever.
TEST(Scenario, StreamsServeTheQueueTogether) {
  const SystemClock clock;
  std::barrier both(2);
  std::vector<Infer> streams;
  for (int i = 0; i < 2; ++i) {
    streams.emplace_back([&both, first = i == 0]() mutable -> Result<void> {
      if (!first) both.arrive_and_wait();
      first = false;
      return {};
    });
  }
  std::string trace;
  for (int i = 0; i < 100; ++i) trace += "0\n";
  const auto run = run_scenario(
      clock, streams,
      {.scenario = Scenario::server, .arrivals = *Arrivals::trace(trace), .queries = 100});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->queries, 100);
  ASSERT_EQ(run->measured.streams.size(), 2U);
  EXPECT_EQ(run->measured.streams[0].latencies.count(), 50);
}

TEST(Scenario, EndsWhereNothingIsLeftToProve) {
  const auto run = simulated(ten, {.scenario = Scenario::server,
                                   .arrivals = Arrivals::constant(1000),
                                   .queries = 100'000,
                                   .bound = 50ms,
                                   .most_over = 7});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->over, 8);
  EXPECT_LT(run->queries, 20);
}

TEST(Scenario, StopsWhenAsked) {
  for (const auto scenario : {Scenario::single, Scenario::server, Scenario::offline}) {
    int asked = 0;
    ScenarioRules rules{.scenario = scenario, .queries = 1000};
    rules.stop = [&] { return ++asked == 3; };
    const auto run = simulated(ten, rules);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->measured.ended, Ended::stopped);
    EXPECT_LT(run->queries, 5);
    asked = 0;
    rules.warm_up = 10;
    const auto cold = simulated(ten, rules);
    ASSERT_TRUE(cold);
    EXPECT_EQ(cold->measured.ended, Ended::stopped);
    EXPECT_TRUE(cold->measured.streams.empty());
  }
}

TEST(Scenario, WaitsForNoQueryPastItsTime) {
  ScenarioRules rules{.scenario = Scenario::server,
                      .arrivals = Arrivals::constant(1.0 / 3600),
                      .queries = 1000,
                      .at_most = 1s};
  const auto late = simulated(ten, rules);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->measured.ended, Ended::at_most);
  EXPECT_LT(late->duration, 2s);
  int asked = 0;
  rules.at_most = {};
  rules.stop = [&] { return ++asked == 3; };
  const auto stopped = simulated(ten, rules);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->measured.ended, Ended::stopped);
  EXPECT_LT(stopped->duration, 10s);
}

/// Inferences of 10 ms: 100 can be answered in a second.
Result<ScenarioRun> at_rate(double rate, ScenarioRules rules = {}) {
  rules.scenario = Scenario::server;
  rules.arrivals = Arrivals::poisson(rate, 7);
  return simulated(ten, rules);
}

TEST(Scenario, AQueueGrowsWhereMoreComesThanIsAnswered) {
  for (const double load : {1.1, 1.5, 4.0, 100.0}) {
    const auto run = at_rate(100 * load, {.queries = 2000});
    ASSERT_TRUE(run);
    EXPECT_TRUE(run->grows) << load;
  }
  for (const double load : {0.1, 0.5, 0.8, 0.9}) {
    const auto run = at_rate(100 * load, {.queries = 2000});
    ASSERT_TRUE(run);
    EXPECT_FALSE(run->grows) << load;
  }
}

// Behind a stall of two seconds what has come meanwhile is worked off, and nearly done at the end.
TEST(Scenario, AQueueThatIsWorkedOffDoesNotGrow) {
  const auto run =
      simulated([](std::int64_t i) -> nanoseconds { return i == 200 ? 2000ms : 10ms; },
                {.scenario = Scenario::server, .arrivals = Arrivals::constant(60), .queries = 450});
  ASSERT_TRUE(run);
  EXPECT_FALSE(run->grows);
  EXPECT_GT(latencies_of(run).max(), nanoseconds(1900ms).count());
}

TEST(Backlog, OfFewQueriesNothingIsSaid) {
  Backlog backlog;
  for (std::int64_t i = 1; i < Backlog::kFewest; ++i) backlog.add(i * 1ms);
  EXPECT_FALSE(backlog.grows());
  backlog.add(1s);
  EXPECT_TRUE(backlog.grows());
}

TEST(Backlog, WhereSomebodyWaitedInTheSecondHalfItIsEmptyAgainAndAgain) {
  Backlog backlog;
  for (std::int64_t i = 0; i < 1000; ++i) backlog.add(i == 501 ? -1ms : i * 1ms);
  EXPECT_FALSE(backlog.grows());
  Backlog early;
  for (std::int64_t i = 0; i < 1000; ++i) early.add(i == 400 ? -1ms : i * 1ms);
  EXPECT_TRUE(early.grows());
}

// A hundred times what can be done: without an end, ten seconds of queries take a thousand.
TEST(Scenario, QueriesThatWaitTooLongEndIt) {
  const auto run = at_rate(10'000, {.at_least = 10s, .overrun = 10s});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->measured.ended, Ended::overrun);
  EXPECT_TRUE(run->grows);
  EXPECT_LT(run->measured.window, 11s);
  // One that is late for less long is answered to its end.
  const auto late = at_rate(150, {.at_least = 10s, .overrun = 10s});
  ASSERT_TRUE(late);
  EXPECT_EQ(late->measured.ended, Ended::done);
  EXPECT_GT(late->measured.window, 14s);
  EXPECT_LT(late->measured.window, 20s);
}

TEST(Scenario, ProgressOfAServerIsThatOfItsQueries) {
  std::vector<double> parts;
  ScenarioRules rules{.at_least = 10s};
  rules.progress = [&](double part) { parts.push_back(part); };
  ASSERT_TRUE(at_rate(200, rules));  // 20 s for the queries of 10
  ASSERT_GT(parts.size(), 1000U);
  EXPECT_NEAR(parts[parts.size() / 2], 0.5, 0.05);
  EXPECT_GT(parts.back(), 0.98);
}

TEST(Scenario, AStreamThatGotNoQueryKeepsItsNumber) {
  const SystemClock clock;
  std::vector<std::size_t> ran(3);
  std::vector<Infer> streams;
  for (std::size_t i = 0; i < 3; ++i) {
    streams.emplace_back([&ran, i]() -> Result<void> {
      ++ran[i];
      return {};
    });
  }
  const auto run = run_scenario(
      clock, streams,
      {.scenario = Scenario::server, .arrivals = *Arrivals::trace("0\n"), .queries = 1});
  ASSERT_TRUE(run);
  ASSERT_EQ(run->measured.streams.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto extra = i == 0 ? 1U : 0U;  // the first of all
    EXPECT_EQ(static_cast<std::size_t>(run->measured.streams[i].latencies.count()) + extra, ran[i]);
  }
}

TEST(Scenario, SaysWhenTheWindowBeginsAndEnds) {
  std::string order;
  ScenarioRules rules{.scenario = Scenario::server,
                      .arrivals = *Arrivals::trace("0\n0\n"),
                      .warm_up = 1,
                      .queries = 2};
  rules.window_begins = [&] { order += '('; };
  rules.window_ends = [&] { order += ')'; };
  rules.sample = [&](std::size_t stream, Clock::Time begin, Clock::Time end) {
    order += stream == 0 && end - begin == 10ms ? 'i' : '?';
  };
  ASSERT_TRUE(simulated(ten, rules));
  EXPECT_EQ(order, "(ii)");
}

TEST(Scenario, ProgressEndsAtOne) {
  std::vector<double> parts;
  ScenarioRules rules{.scenario = Scenario::offline, .queries = 4, .at_least = 80ms};
  rules.progress = [&](double part) { parts.push_back(part); };
  ASSERT_TRUE(simulated(ten, rules));
  ASSERT_EQ(parts.size(), 8U);
  EXPECT_DOUBLE_EQ(parts[0], 0.125);
  EXPECT_DOUBLE_EQ(parts[7], 1);
}

TEST(Scenario, AFailureStopsAll) {
  const SystemClock clock;
  for (const auto scenario : {Scenario::multi, Scenario::server, Scenario::offline}) {
    std::vector<Infer> streams;
    for (int i = 0; i < 3; ++i) {
      streams.emplace_back([i, runs = 0]() mutable -> Result<void> {
        if (i == 2 && ++runs == 6) return fail(Code::unavailable, "the device is gone");
        return {};
      });
    }
    const auto run = run_scenario(clock, streams,
                                  {.scenario = scenario,
                                   .arrivals = Arrivals::constant(1e5),
                                   .samples_per_query = 300,
                                   .warm_up = 2,
                                   .at_least = 24h});
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().message, "the device is gone");
  }
}

}  // namespace
}  // namespace slipway::measure
