// Where streams run, seen from inside.

#include "measure/pin.h"

#include <array>
#include <mutex>

#include <gtest/gtest.h>

#include "engine/pool.h"
#include "measure/crew.h"
#include "measure/feed.h"
#include "measure/processes.h"
#include "measure/scenario.h"
#include "measure/watch.h"

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;

/// Where the calling thread may run, in order.
std::set<int> allowed_now() {
  const auto cpus = usable_cpus();
  return {cpus.begin(), cpus.end()};
}

/// What each of some streams saw of itself.
class Seen {
 public:
  explicit Seen(std::size_t streams) : seen_(streams) {}

  /// Looks, and moves the clock.
  Infer stream(std::size_t number) {
    return [this, number]() -> Result<void> {
      const std::lock_guard lock(mutex_);
      auto now = allowed_now();
      is_always_the_same_ = is_always_the_same_ && (seen_[number].empty() || seen_[number] == now);
      seen_[number] = std::move(now);
      return {};
    };
  }

  [[nodiscard]] const std::set<int>& of(std::size_t number) const { return seen_[number]; }

  [[nodiscard]] bool is_always_the_same() const { return is_always_the_same_; }

 private:
  std::mutex mutex_;
  std::vector<std::set<int>> seen_;
  bool is_always_the_same_ = true;
};

std::set<int> set_of(const Cpus& cpus) { return {cpus.begin(), cpus.end()}; }

/// A place for each of two streams; where there is one processor only, the same for both.
std::vector<Cpus> two_places() {
  const auto usable = usable_cpus();
  return {{usable.front()}, {usable.back()}};
}

TEST(Pin, AStreamGetsItsShare) {
  const Cpus usable = {0, 2, 4, 1, 3, 5};
  EXPECT_EQ(shared_out(usable, 2, 3), (std::vector<Cpus>{{0, 2, 4}, {1, 3, 5}}));
  EXPECT_EQ(shared_out(usable, 3, 1), (std::vector<Cpus>{{0}, {2}, {4}}));
  EXPECT_TRUE(shared_out(usable, 4, 2).empty());
  EXPECT_TRUE(shared_out(usable, 1, 7).empty());
}

TEST(Pin, TheThreadIsLetGoAgain) {
  const auto before = allowed_now();
  {
    const Pinned pinned(Cpus{*before.rbegin()});
    EXPECT_TRUE(pinned.is_kept());
    EXPECT_EQ(allowed_now(), std::set<int>{*before.rbegin()});
  }
  EXPECT_EQ(allowed_now(), before);
  {
    const Pinned nowhere(Cpus{});
    EXPECT_FALSE(nowhere.is_kept());
    EXPECT_EQ(allowed_now(), before);
  }
  EXPECT_EQ(allowed_now(), before);
}

TEST(Pin, StreamsThatAreThreadsStayInTheirPlaces) {
  const auto before = allowed_now();
  const SystemClock clock;
  const auto places = two_places();
  Seen seen(2);
  const std::vector<Infer> streams = {seen.stream(0), seen.stream(1)};
  ASSERT_TRUE(measure(clock, streams, {.warm_up = 2, .inferences = 50, .cpus = places}));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(seen.of(i), set_of(places[i])) << i;
  EXPECT_TRUE(seen.is_always_the_same());
  EXPECT_EQ(allowed_now(), before);
}

TEST(Pin, WithoutPlacesTheyRunWhereTheyMay) {
  const auto before = allowed_now();
  const SystemClock clock;
  Seen seen(2);
  const std::vector<Infer> streams = {seen.stream(0), seen.stream(1)};
  ASSERT_TRUE(measure(clock, streams, {.warm_up = 2, .inferences = 50}));
  EXPECT_EQ(seen.of(0), before);
  EXPECT_EQ(seen.of(1), before);
}

TEST(Pin, AFailureLetsTheThreadGo) {
  const auto before = allowed_now();
  const SystemClock clock;
  const std::vector<Infer> streams(
      2, []() -> Result<void> { return fail(Code::unavailable, "the device is gone"); });
  EXPECT_FALSE(measure(clock, streams, {.inferences = 5, .cpus = two_places()}));
  EXPECT_EQ(allowed_now(), before);
}

TEST(Pin, StreamsOfAScenario) {
  const auto before = allowed_now();
  const SystemClock clock;
  const auto places = two_places();
  Seen seen(2);
  const std::vector<Infer> streams = {seen.stream(0), seen.stream(1)};
  ASSERT_TRUE(
      run_scenario(clock, streams,
                   {.scenario = Scenario::offline, .warm_up = 1, .queries = 100, .cpus = places}));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(seen.of(i), set_of(places[i])) << i;
  EXPECT_EQ(allowed_now(), before);
}

TEST(Pin, WhoMakesPicturesIsNotPinned) {
  const auto before = allowed_now();
  const SystemClock clock;
  const auto places = two_places();
  Seen seen(2);
  std::mutex mutex;
  std::set<std::set<int>> of_makers;
  Feed what{.items = 20, .makers = 2};
  what.make = [&](std::int64_t) -> Result<bool> {
    const std::lock_guard lock(mutex);
    of_makers.insert(allowed_now());
    return true;
  };
  const auto nothing = [](std::int64_t) { return Result<void>(); };
  const std::vector<FedStream> streams = {{nothing, seen.stream(0), nothing},
                                          {nothing, seen.stream(1), nothing}};
  ASSERT_TRUE(feed(clock, what, streams, {.warm_up = 1, .cpus = places}));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(seen.of(i), set_of(places[i])) << i;
  EXPECT_EQ(of_makers, std::set<std::set<int>>{before});
  EXPECT_EQ(allowed_now(), before);
}

// Each looks for itself: what it sees elsewhere is its failure.
TEST(Pin, StreamsThatAreProcessesStayInTheirPlaces) {
  const auto before = allowed_now();
  const SystemClock clock;
  const auto places = two_places();
  const auto make = [&](std::size_t stream) -> Result<Infer> {
    const auto look = [&places, stream]() -> Result<void> {
      if (allowed_now() == set_of(places[stream])) return {};
      return fail(Code::internal, "stream {} is elsewhere", stream);
    };
    SLIPWAY_TRY(look());  // where its memory and its helpers come from
    return Infer(look);
  };
  const auto is =
      measure_processes(clock, 2, make, {.warm_up = 2, .inferences = 20, .cpus = places});
  ASSERT_TRUE(is) << is.error().message;
  EXPECT_EQ(allowed_now(), before);
}

// The engine's helpers go where the one that makes them may run.
TEST(Pin, HelpersShareTheProcessorsOfTheirStream) {
  const auto usable = usable_cpus();
  if (usable.size() < 2) GTEST_SKIP() << "there is one processor only";
  const Cpus own = {usable[usable.size() - 2], usable.back()};
  const Pinned pinned(own);
  auto* pool = engine::Pool::make(2);
  std::array<std::set<int>, 2> seen;
  pool->share(
      2,
      [](void* context, int first, int last) {
        for (int i = first; i < last; ++i)
          (*static_cast<std::array<std::set<int>, 2>*>(context))[static_cast<std::size_t>(i)] =
              allowed_now();
      },
      &seen);
  engine::Pool::drop(pool);
  EXPECT_EQ(seen[0], set_of(own));
  ASSERT_EQ(seen[1].size(), 1U);
  EXPECT_TRUE(seen[0].contains(*seen[1].begin()));
}

TEST(Pin, OurOwnPinningIsNoDisturbance) {
  const SystemClock clock;
  SeededEntropy entropy(1);
  const SystemFiles files(entropy);
  Seen seen(2);
  const std::vector<Infer> streams = {seen.stream(0), seen.stream(1)};
  Watch watch(clock, files, {"self"}, 2);
  Rules rules{.warm_up = 1, .inferences = 50, .at_least = 60ms, .cpus = two_places()};
  rules.window_begins = [&] { watch.begin(); };
  rules.window_ends = [&] { watch.end(); };
  ASSERT_TRUE(measure(clock, streams, rules));
  for (const auto& reason : watch.noise().reasons)
    EXPECT_TRUE(reason.what != Disturbance::moved &&
                (usable_cpus().size() < 2 || reason.what != Disturbance::oversubscribed))
        << reason.words;
}

}  // namespace
}  // namespace slipway::measure
