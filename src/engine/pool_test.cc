#include "engine/pool.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace slipway::engine {
namespace {

struct Drop {
  void operator()(Pool* pool) const { Pool::drop(pool); }
};

constexpr Pool::Parts kBoth[] = {Pool::Parts::whole, Pool::Parts::in_pieces};

using OwnedPool = std::unique_ptr<Pool, Drop>;

/// How often each unit was done.
std::vector<int> counts(Pool& pool, int units, Pool::Parts parts = Pool::Parts::whole) {
  std::vector<int> done(static_cast<std::size_t>(units));
  pool.share(
      units,
      [](void* context, int first, int last) {
        auto& all = *static_cast<std::vector<int>*>(context);
        for (int i = first; i < last; ++i) ++all[static_cast<std::size_t>(i)];
      },
      &done, parts);
  return done;
}

TEST(Pool, DoesEveryUnitOnce) {
  for (const int threads : {1, 2, 3, 7}) {
    const OwnedPool pool(Pool::make(threads));
    ASSERT_EQ(pool->threads(), threads);
    for (const int units : {0, 1, 2, 3, 5, 64, 1000})
      for (const auto parts : kBoth)
        EXPECT_EQ(counts(*pool, units, parts), std::vector<int>(static_cast<std::size_t>(units), 1))
            << threads << " threads, " << units
            << " units, in pieces: " << (parts == Pool::Parts::in_pieces);
  }
}

/// Each round reads what other threads wrote in the one before.
void expect_rounds_seen(int threads, Pool::Parts parts) {
  const OwnedPool pool(Pool::make(threads));
  std::vector<long> values(97, 1);
  long expected = 97;
  for (int round = 0; round < 500; ++round) {
    std::vector<long> next(values.size());

    struct Both {
      const std::vector<long>& from;
      std::vector<long>& to;
    } both{values, next};

    pool->share(
        static_cast<int>(values.size()),
        [](void* context, int first, int last) {
          const auto& vectors = *static_cast<Both*>(context);
          const auto size = vectors.from.size();
          for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i)
            vectors.to[i] = vectors.from[size - 1 - i] + 1;
        },
        &both, parts);
    values = next;
    expected += 97;
  }
  EXPECT_EQ(std::accumulate(values.begin(), values.end(), 0L), expected)
      << threads << " threads, in pieces: " << (parts == Pool::Parts::in_pieces);
}

TEST(Pool, SeesWhatTheRoundBeforeDid) {
  for (const int threads : {2, 4})
    for (const auto parts : kBoth) expect_rounds_seen(threads, parts);
}

/// Steps that read what the one before wrote, of one unit and of many, whole and in pieces.
void expect_steps_in_order(int threads) {
  constexpr int kSizes[] = {64, 1, 1, 97, 3, 1, 64, 2, 64};

  struct Step {
    const std::vector<long>* from;
    std::vector<long>* to;
  };

  const OwnedPool pool(Pool::make(threads));
  for (int round = 0; round < 200; ++round) {
    std::vector<std::vector<long>> values = {{1, 2, 3}};
    for (const int size : kSizes) values.emplace_back(static_cast<std::size_t>(size));
    auto expected = values;
    for (std::size_t i = 1; i < values.size(); ++i) {
      const long sum = std::accumulate(expected[i - 1].begin(), expected[i - 1].end(), 0L) % 1001;
      for (std::size_t k = 0; k < values[i].size(); ++k)
        expected[i][k] = sum + static_cast<long>(k);
    }
    pool->run(
        [](void* context, Pool::Member& member) {
          auto& all = *static_cast<std::vector<std::vector<long>>*>(context);
          for (std::size_t i = 1; i < all.size(); ++i) {
            Step step{&all[i - 1], &all[i]};
            member.share(
                static_cast<int>(all[i].size()),
                [](void* of, int first, int last) {
                  const auto& [from, to] = *static_cast<Step*>(of);
                  const long sum = std::accumulate(from->begin(), from->end(), 0L) % 1001;
                  for (int k = first; k < last; ++k) (*to)[static_cast<std::size_t>(k)] = sum + k;
                },
                &step, kBoth[i / 2 % 2]);
          }
        },
        &values);
    ASSERT_EQ(values, expected) << threads << " threads, round " << round;
  }
}

TEST(Pool, StepsOfARunSeeWhatThoseBeforeDid) {
  for (const int threads : {1, 2, 3, 4, 9}) expect_steps_in_order(threads);
}

TEST(Pool, WhoMeetHaveDoneWhatTheyShared) {
  const OwnedPool pool(Pool::make(3));

  struct Job {
    std::atomic<int> done = 0;
    std::atomic<int> wrong = 0;
  } job;

  pool->run(
      [](void* context, Pool::Member& member) {
        auto& all = *static_cast<Job*>(context);
        for (int step = 1; step <= 100; ++step) {
          member.share(
              7, [](void* of, int first, int last) { static_cast<Job*>(of)->done += last - first; },
              &all, kBoth[step % 2]);
          member.meet();
          if (all.done != 7 * step) ++all.wrong;
          member.meet();
        }
      },
      &job);
  EXPECT_EQ(job.wrong, 0);
}

TEST(Pool, GivesTheCallerTheFirstPart) {
  const OwnedPool pool(Pool::make(4));
  std::vector<std::thread::id> who(8);
  pool->share(
      8,
      [](void* context, int first, int last) {
        for (int i = first; i < last; ++i)
          (*static_cast<std::vector<std::thread::id>*>(context))[static_cast<std::size_t>(i)] =
              std::this_thread::get_id();
      },
      &who);
  EXPECT_EQ(who[0], std::this_thread::get_id());
  EXPECT_EQ(who[1], std::this_thread::get_id());
  for (std::size_t i = 2; i < 8; ++i) {
    EXPECT_NE(who[i], who[0]);
    EXPECT_EQ(who[i], who[i / 2 * 2]);
  }
}

// One that is put aside keeps the other waiting for a piece, not for all of its part.
TEST(Pool, WhoIsDoneTakesFromOthers) {
  const OwnedPool pool(Pool::make(2));
  constexpr int kUnits = 16;

  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    int done = 0;
    bool somebody_waits = false;
    bool is_in_time = false;
  } shared;

  pool->share(
      kUnits,
      [](void* context, int first, int last) {
        auto& all = *static_cast<Shared*>(context);
        std::unique_lock lock(all.mutex);
        all.done += last - first;
        all.changed.notify_one();
        if (std::exchange(all.somebody_waits, true)) return;
        // Who comes first stays until the other one has done all the rest.
        all.is_in_time = all.changed.wait_for(lock, std::chrono::seconds(60),
                                              [&] { return all.done == kUnits; });
      },
      &shared, Pool::Parts::in_pieces);
  EXPECT_TRUE(shared.is_in_time);
}

TEST(Pool, ManyPoolsWorkAtOnce) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([] {
      const OwnedPool pool(Pool::make(3));
      for (int round = 0; round < 200; ++round)
        EXPECT_EQ(counts(*pool, 31, kBoth[round % 2]), std::vector<int>(31, 1));
    });
  }
  for (auto& caller : callers) caller.join();
}

TEST(Pool, LeavesTheCallerWhereTheUserPutIt) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  const OwnedPool pool(Pool::make(2));
  for (int i = 0; i < 20; ++i) counts(*pool, 8);
  cpu_set_t after;
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

// The scheduler brings those together who wake each other.
TEST(Pool, MovesTheCallerAwayFromAHelper) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  if (CPU_COUNT(&before) < 2) GTEST_SKIP() << "there is one processor only";
  const OwnedPool pool(Pool::make(2));
  std::array<int, 2> places = {};
  const auto look = [](void* context, int first, int last) {
    for (int i = first; i < last; ++i)
      (*static_cast<std::array<int, 2>*>(context))[static_cast<std::size_t>(i)] = sched_getcpu();
  };
  pool->share(2, look, &places);
  cpu_set_t same;
  CPU_ZERO(&same);
  CPU_SET(static_cast<unsigned>(places[1]), &same);
  int apart = 0;  // the system may bring the caller back, on a busy machine
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(sched_setaffinity(0, sizeof same, &same), 0);
    ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
    pool->share(2, look, &places);
    if (places[0] != places[1]) ++apart;
  }
  EXPECT_GT(apart, 25);
}

TEST(Pool, TakesOneThreadPerCoreUnlessToldOtherwise) {
  const OwnedPool pool(Pool::make(0));
  EXPECT_EQ(pool->threads(), usable_cores());
}

}  // namespace
}  // namespace slipway::engine
