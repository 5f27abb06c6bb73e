#include "measure/feed.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

/// Streams that note what they did.
struct World {
  FakeClock clock;
  std::mutex mutex;
  std::multiset<std::int64_t> made;
  std::multiset<std::int64_t> judged;
  std::atomic<int> inferences = 0;

  Feed feed(std::int64_t items, int makers = 1) {
    Feed out;
    out.items = items;
    out.makers = makers;
    out.make = [this](std::int64_t item) -> Result<bool> {
      const std::lock_guard lock(mutex);
      made.insert(item);
      return true;
    };
    return out;
  }

  FedStream stream() {
    return {.load = [](std::int64_t) -> Result<void> { return {}; },
            .infer = [this]() -> Result<void> {
              ++inferences;
              return {};
            },
            .judge = [this](std::int64_t item) -> Result<void> {
              const std::lock_guard lock(mutex);
              judged.insert(item);
              return {};
            }};
  }
};

std::multiset<std::int64_t> numbers(std::int64_t count) {
  std::multiset<std::int64_t> out;
  for (std::int64_t i = 0; i < count; ++i) out.insert(i);
  return out;
}

TEST(Feed, GivesEachItemToOneStreamOnce) {
  World world;
  const FedStream streams[] = {world.stream(), world.stream(), world.stream()};
  Rules rules;
  rules.warm_up = 2;
  const auto fed = feed(world.clock, world.feed(500, 2), streams, rules);
  ASSERT_TRUE(fed.ok());
  EXPECT_EQ(world.made, numbers(500));
  EXPECT_EQ(world.judged, numbers(500));
  EXPECT_EQ(world.inferences, 500 + 1 + 3 * 2);  // the first, and the warm-up of each
  EXPECT_EQ(fed->measured.inferences, 500);
  EXPECT_EQ(fed->measured.ended, Ended::done);
  std::int64_t samples = 0;
  for (const auto& stream : fed->measured.streams) samples += stream.latencies.count();
  EXPECT_EQ(samples, 500);
}

TEST(Feed, SaysWhenItsWindowBeginsAndEnds) {
  World world;
  const FedStream streams[] = {world.stream(), world.stream()};
  Rules rules;
  std::vector<std::size_t> judged;  // by then
  rules.window_begins = [&] { judged.push_back(world.judged.size()); };
  rules.window_ends = [&] { judged.push_back(world.judged.size()); };
  ASSERT_TRUE(feed(world.clock, world.feed(50, 2), streams, rules).ok());
  EXPECT_EQ(judged, (std::vector<std::size_t>{0, 50}));
}

TEST(Feed, TimesInferencesAlone) {
  World world;
  auto stream = world.stream();
  stream.load = [&](std::int64_t) -> Result<void> {
    world.clock.advance(nanoseconds(100));
    return {};
  };
  stream.infer = [&]() -> Result<void> {
    world.clock.advance(nanoseconds(7));
    return {};
  };
  stream.judge = [&](std::int64_t) -> Result<void> {
    world.clock.advance(nanoseconds(1000));
    return {};
  };
  Rules rules;
  rules.warm_up = 3;
  const auto fed = feed(world.clock, world.feed(4), {&stream, 1}, rules);
  ASSERT_TRUE(fed.ok());
  const auto& measured = fed->measured;
  EXPECT_EQ(measured.first, nanoseconds(7));
  EXPECT_EQ(measured.warm_up, nanoseconds(3 * 7));
  EXPECT_EQ(measured.streams[0].latencies.min(), 7);
  EXPECT_EQ(measured.streams[0].latencies.max(), 7);
  EXPECT_EQ(measured.window, nanoseconds(4 * 107 + 3 * 1000));  // the last judging lies behind it
}

TEST(Feed, MakesNoMoreAheadThanItMay) {
  World world;
  auto feed_of = world.feed(100, 3);
  feed_of.ahead = 2;
  std::atomic<std::int64_t> taken = 0;
  std::atomic<std::int64_t> made = 0;
  std::atomic<bool> too_many = false;
  feed_of.make = [&](std::int64_t) -> Result<bool> {
    // Two wait, and one that was taken has not said so yet.
    if (++made - taken > 3) too_many = true;
    return true;
  };
  auto stream = world.stream();
  stream.load = [&](std::int64_t) -> Result<void> {
    ++taken;
    return {};
  };
  ASSERT_TRUE(feed(world.clock, feed_of, {&stream, 1}, {}).ok());
  EXPECT_FALSE(too_many);
  EXPECT_EQ(taken, 100);
}

TEST(Feed, LeavesOutWhatIsNothing) {
  World world;
  auto feed_of = world.feed(10, 2);
  feed_of.make = [](std::int64_t item) -> Result<bool> { return item % 3 != 0; };
  const FedStream streams[] = {world.stream(), world.stream()};
  const auto fed = feed(world.clock, feed_of, streams, {});
  ASSERT_TRUE(fed.ok());
  EXPECT_EQ(world.judged, (std::multiset<std::int64_t>{1, 2, 4, 5, 7, 8}));
}

TEST(Feed, OfNothingAtAllItInfersNothing) {
  World world;
  auto feed_of = world.feed(3);
  feed_of.make = [](std::int64_t) -> Result<bool> { return false; };
  const auto stream = world.stream();
  const auto fed = feed(world.clock, feed_of, {&stream, 1}, {});
  ASSERT_TRUE(fed.ok());
  EXPECT_EQ(fed->measured.inferences, 0);
  EXPECT_EQ(fed->measured.window, nanoseconds(0));
}

TEST(Feed, AMakerThatFailsEndsIt) {
  World world;
  auto feed_of = world.feed(1000, 2);
  feed_of.make = [](std::int64_t item) -> Result<bool> {
    if (item == 5) return fail(Code::corrupt, "no such picture");
    return true;
  };
  const FedStream streams[] = {world.stream(), world.stream()};
  const auto fed = feed(world.clock, feed_of, streams, {});
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().message, "no such picture");
}

TEST(Feed, AStreamThatFailsEndsIt) {
  World world;
  FedStream streams[] = {world.stream(), world.stream()};
  for (auto& stream : streams)
    stream.judge = [](std::int64_t item) -> Result<void> {
      if (item == 17) return fail(Code::internal, "the judge is ill");
      return {};
    };
  const auto fed = feed(world.clock, world.feed(100000), streams, {});
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().message, "the judge is ill");
  EXPECT_LT(world.judged.size(), 100000U);
}

TEST(Feed, StopsInTheMiddle) {
  World world;
  const FedStream streams[] = {world.stream()};
  Rules rules;
  rules.stop = [&] { return world.judged.size() == 3; };
  const auto fed = feed(world.clock, world.feed(100), streams, rules);
  ASSERT_TRUE(fed.ok());
  EXPECT_EQ(fed->measured.ended, Ended::stopped);
  EXPECT_EQ(fed->measured.inferences, 3);
}

TEST(Feed, StopsBeforeItBegins) {
  World world;
  const FedStream streams[] = {world.stream()};
  Rules rules;
  rules.warm_up = 2;
  rules.stop = [] { return true; };
  const auto fed = feed(world.clock, world.feed(100), streams, rules);
  ASSERT_TRUE(fed.ok());
  EXPECT_EQ(fed->measured.ended, Ended::stopped);
  EXPECT_TRUE(fed->measured.streams.empty());
  EXPECT_TRUE(world.made.empty());
}

// A maker that sleeps until a stream has begun with what it made before could not go on if both
// took turns.
TEST(Feed, MakesWhileOthersInfer) {
  World world;
  std::atomic<bool> is_made = false;
  auto feed_of = world.feed(2);
  feed_of.make = [&](std::int64_t item) -> Result<bool> {
    if (item == 1) is_made = true;
    return true;
  };
  auto stream = world.stream();
  stream.infer = [&]() -> Result<void> {
    if (world.inferences++ == 1)  // the first that has an item
      while (!is_made) std::this_thread::yield();
    return {};
  };
  ASSERT_TRUE(feed(world.clock, feed_of, {&stream, 1}, {}).ok());
  EXPECT_TRUE(is_made);
}

}  // namespace
}  // namespace slipway::measure
