#include "measure/streams.h"

#include <atomic>
#include <barrier>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// A clock that threads may advance.
class SharedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time(nanoseconds(now_.load())); }

  void advance(nanoseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ = 0;
};

/// One stream whose inferences take these times, and the last one's again and again.
Result<Measured> run_one(const std::vector<nanoseconds>& times, const Rules& rules) {
  FakeClock clock;
  std::size_t i = 0;
  const std::vector<Infer> streams = {[&]() -> Result<void> {
    clock.advance(times[std::min(i++, times.size() - 1)]);
    return {};
  }};
  return measure(clock, streams, rules);
}

TEST(Streams, TellsThePhasesApart) {
  const auto measured = run_one({70ms, 20ms, 20ms, 10ms}, {.warm_up = 2, .inferences = 5});
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->first, 70ms);
  EXPECT_EQ(measured->warm_up, 40ms);
  EXPECT_EQ(measured->window, 50ms);
  EXPECT_EQ(measured->inferences, 5);
  EXPECT_EQ(measured->ended, Ended::done);
  const auto& latencies = measured->streams.at(0).latencies;
  EXPECT_EQ(latencies.count(), 5);
  EXPECT_EQ(latencies.max(), nanoseconds(10ms).count());
}

TEST(Streams, SaysOnceWhenTheWindowBeginsAndEnds) {
  const SharedClock clock;
  std::string log;
  const std::vector<Infer> streams = {[&]() -> Result<void> {
    log += "i";
    return {};
  }};
  Rules rules{.warm_up = 1, .inferences = 2};
  rules.window_begins = [&] { log += "("; };
  rules.window_ends = [&] { log += ")"; };
  ASSERT_TRUE(measure(clock, streams, rules));
  EXPECT_EQ(log, "ii(ii)");
}

// The system forgets what threads did when they are gone.
TEST(Streams, ThreadsLiveUntilTheEndOfTheWindowWasLookedAt) {
  SharedClock clock;
  std::atomic<int> running = 0;

  struct Here {
    explicit Here(std::atomic<int>& count) : count_(count) { ++count_; }

    Here(const Here&) = delete;
    Here& operator=(const Here&) = delete;

    ~Here() { --count_; }

   private:
    std::atomic<int>& count_;
  };

  const Infer infer = [&]() -> Result<void> {
    thread_local const Here here(running);
    clock.advance(1ms);
    return {};
  };
  const std::vector<Infer> streams(3, infer);
  int begins = 0;
  int seen = 0;
  Rules rules{.warm_up = 1, .inferences = 300};
  rules.window_begins = [&] { ++begins; };
  rules.window_ends = [&] { seen = running; };
  bool is_measured = false;  // by a thread that ends here: it is one of the three
  std::thread([&] { is_measured = measure(clock, streams, rules).ok(); }).join();
  ASSERT_TRUE(is_measured);
  EXPECT_EQ(begins, 1);
  EXPECT_EQ(seen, 3);
}

TEST(Streams, GoesOnUntilBothTimeAndNumberAreReached) {
  const auto by_time = run_one({10ms}, {.inferences = 5, .at_least = 95ms});
  ASSERT_TRUE(by_time);
  EXPECT_EQ(by_time->streams[0].latencies.count(), 10);
  EXPECT_EQ(by_time->window, 100ms);
  const auto by_number = run_one({10ms}, {.inferences = 50, .at_least = 95ms});
  ASSERT_TRUE(by_number);
  EXPECT_EQ(by_number->streams[0].latencies.count(), 50);
  EXPECT_EQ(by_number->ended, Ended::done);
}

TEST(Streams, NoLongerThanItMay) {
  const auto measured = run_one({10ms}, {.inferences = 50, .at_most = 100ms});
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->window, 100ms);
  EXPECT_EQ(measured->ended, Ended::at_most);
}

TEST(Streams, GoesOnUntilItIsSteady) {
  std::vector<nanoseconds> times(3000);
  for (std::size_t i = 0; i < times.size(); ++i)  // slow down, then stay
    times[i] = std::chrono::microseconds(1000 + std::min<std::size_t>(i, 1000));
  const auto measured = run_one(times, {.at_least = 1200ms, .steady_by = 60s});
  ASSERT_TRUE(measured);
  EXPECT_GT(measured->window, 2s);
  EXPECT_LT(measured->window, 30s);
  EXPECT_EQ(measured->ended, Ended::done);
  EXPECT_EQ(steadiness_of(measured->streams).is, Steadiness::Is::steady);
  const auto given_up = run_one(times, {.at_least = 1200ms, .steady_by = 1500ms});
  ASSERT_TRUE(given_up);
  EXPECT_NEAR(milliseconds({}, Clock::Time(given_up->window)), 1500, 3);
  EXPECT_EQ(steadiness_of(given_up->streams).is, Steadiness::Is::drifts);
}

TEST(Streams, StopsWhenAsked) {
  int asked = 0;
  Rules rules{.inferences = 50};
  rules.stop = [&] { return ++asked == 3; };
  const auto measured = run_one({10ms}, rules);
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->ended, Ended::stopped);
  EXPECT_EQ(measured->streams[0].latencies.count(), 3);

  asked = 0;
  rules.warm_up = 10;
  const auto cold = run_one({10ms}, rules);
  ASSERT_TRUE(cold);
  EXPECT_EQ(cold->ended, Ended::stopped);
  EXPECT_TRUE(cold->streams.empty());
}

TEST(Streams, ProgressIsThatOfTheSlowerRule) {
  std::vector<double> parts;
  Rules rules{.inferences = 4, .at_least = 80ms};
  rules.progress = [&](const SoFar& now) { parts.push_back(now.part); };
  ASSERT_TRUE(run_one({10ms}, rules));
  ASSERT_EQ(parts.size(), 8U);
  EXPECT_DOUBLE_EQ(parts[0], 0.125);
  EXPECT_DOUBLE_EQ(parts[7], 1);
}

// All begin together however long one needs to become warm, and none begins before the last is.
TEST(Streams, BeginTogether) {
  constexpr int kStreams = 3;
  SharedClock clock;
  std::atomic<int> warm = 0;
  std::atomic<int> early = 0;
  // Behind the warm-up they go in step: each round lasts 10 ms for all.
  std::barrier step(kStreams, [&]() noexcept { clock.advance(10ms); });
  std::vector<Infer> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.emplace_back([&, runs = 0, colds = i == 0 ? 5 : 4]() mutable -> Result<void> {
      if (++runs > colds) {
        early += warm < kStreams;
        step.arrive_and_wait();
        return {};
      }
      clock.advance(1ms);
      warm += runs == colds;
      return {};
    });
  }
  const auto measured = measure(clock, streams, {.warm_up = 4, .at_least = 1s});
  ASSERT_TRUE(measured);
  EXPECT_EQ(early, 0);
  EXPECT_EQ(measured->first, 1ms);
  EXPECT_EQ(measured->warm_up, 12ms);
  EXPECT_EQ(measured->window, 1s);
  EXPECT_EQ(measured->inferences, 300);
  for (const auto& stream : measured->streams) EXPECT_EQ(stream.latencies.count(), 100);
}

TEST(Streams, AFailureStopsAll) {
  constexpr int kStreams = 4;
  for (const int fails_at : {2, 20}) {  // while it becomes warm, and later
    SharedClock clock;
    std::vector<Infer> streams;
    for (int i = 0; i < kStreams; ++i) {
      streams.emplace_back([&clock, i, fails_at, runs = 0]() mutable -> Result<void> {
        clock.advance(1ns);
        if (i == 2 && ++runs == fails_at) return fail(Code::unavailable, "the device is gone");
        return {};
      });
    }
    const auto measured = measure(clock, streams, {.warm_up = 10, .at_least = 24h});
    ASSERT_FALSE(measured) << fails_at;
    EXPECT_EQ(measured.error().message, "the device is gone");
  }
}

TEST(Streams, AFirstInferenceThatFails) {
  const FakeClock clock;
  const std::vector<Infer> streams = {
      []() -> Result<void> { return fail(Code::unavailable, "no"); }};
  EXPECT_FALSE(measure(clock, streams, {.inferences = 1}));
}

TEST(Streams, AnInferenceThatReachesPastTheEndCountsInPart) {
  const auto at = [](nanoseconds time) { return Clock::Time(time); };
  std::vector<Stream> streams(2);
  for (int i = 0; i < 10; ++i) streams[0].latencies.add(10);
  streams[0].last_begin = at(90ns);
  streams[0].last_end = at(100ns);
  for (int i = 0; i < 3; ++i) streams[1].latencies.add(40);
  streams[1].last_begin = at(80ns);
  streams[1].last_end = at(120ns);
  EXPECT_DOUBLE_EQ(inferences_until(at(100ns), streams), 12.5);
}

}  // namespace
}  // namespace slipway::measure
