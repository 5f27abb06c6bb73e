#include "measure/samples.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace slipway::measure {
namespace {

Samples samples_of(const std::vector<std::int64_t>& values) {
  Samples out;
  for (const auto value : values) out.add(value);
  return out;
}

TEST(Samples, MeanAndDeviation) {
  const auto samples = samples_of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(samples.count(), 8);
  EXPECT_DOUBLE_EQ(samples.mean(), 5);
  EXPECT_DOUBLE_EQ(samples.stdev(), std::sqrt(32.0 / 7));
  EXPECT_EQ(samples.min(), 2);
  EXPECT_EQ(samples.max(), 9);
  EXPECT_EQ(samples_of({7}).stdev(), 0);
}

// The sum of squares of such numbers does not fit into the digits of a double.
TEST(Samples, DeviationOfLargeNumbersThatAreNearlyTheSame) {
  const std::int64_t base = 1'000'000'000'000'000;
  EXPECT_NEAR(samples_of({base + 4, base + 7, base + 13, base + 16}).stdev(), std::sqrt(30.0),
              1e-6);
}

TEST(Samples, ExactWhileTheyAreFew) {
  Random random(1);
  std::vector<std::int64_t> values(1000);
  for (auto& value : values) value = random.integer(0, 1'000'000'000);
  const auto samples = samples_of(values);
  EXPECT_TRUE(samples.is_exact());
  std::ranges::sort(values);
  const auto is = samples.at(std::array<std::int64_t, 4>{1, 500, 990, 1000});
  EXPECT_EQ(is, (std::vector<std::int64_t>{values[0], values[499], values[989], values[999]}));
}

// From nanoseconds to hours: buckets of one, and the widest.
TEST(Samples, WithinTheirErrorWhenTheyAreMany) {
  Random random(2);
  std::vector<std::int64_t> values(static_cast<std::size_t>(Samples::kExact) + 1000);
  for (auto& value : values) value = random.integer(0, INT64_MAX) >> random.integer(0, 62);
  const auto samples = samples_of(values);
  EXPECT_FALSE(samples.is_exact());
  std::ranges::sort(values);
  for (std::int64_t rank = 1; rank <= samples.count(); rank += 997) {
    const auto is = static_cast<double>(samples.at(std::array{rank})[0]);
    const auto should = static_cast<double>(values[static_cast<std::size_t>(rank - 1)]);
    EXPECT_NEAR(is, should, should * Samples::kRelativeError) << rank;
  }
  EXPECT_EQ(samples.min(), values.front());
  EXPECT_EQ(samples.max(), values.back());
  EXPECT_EQ(samples.at(std::array{samples.count()})[0] <= samples.max(), true);
}

TEST(Samples, TheLargestNumber) {
  Samples samples;
  for (std::int64_t i = 0; i <= Samples::kExact; ++i) samples.add(INT64_MAX);
  EXPECT_EQ(samples.at(std::array<std::int64_t, 1>{1})[0], INT64_MAX);
}

TEST(Samples, CountsWhatLiesOutside) {
  Samples few = samples_of({1, 2, 3, 4, 100});
  EXPECT_EQ(few.count_below(2), 1);
  EXPECT_EQ(few.count_above(4), 1);
  for (std::int64_t i = 0; i < Samples::kExact; ++i) few.add(50);
  EXPECT_FALSE(few.is_exact());
  EXPECT_EQ(few.count_below(50), 4);
  EXPECT_EQ(few.count_above(50), 1);
}

TEST(Samples, TheHistogramHasEachSampleInANarrowBucket) {
  Random random(5);
  std::vector<std::int64_t> values = {0, 1, 1, 2047, 2048, 2049, std::int64_t{1} << 40};
  for (int i = 0; i < 5000; ++i) values.push_back(random.integer(0, 9'000'000));
  const auto histogram = samples_of(values).histogram();
  std::int64_t all = 0;
  std::int64_t behind = 0;
  for (const auto& bucket : histogram) {
    EXPECT_GE(bucket.low, behind);
    EXPECT_LE(static_cast<double>(bucket.high - bucket.low),
              std::max(1.0, static_cast<double>(bucket.low) * 0.004));
    const auto inside = std::ranges::count_if(
        values, [&](auto ns) { return ns >= bucket.low && ns < bucket.high; });
    EXPECT_EQ(inside, bucket.count) << bucket.low;
    EXPECT_GT(bucket.count, 0);
    behind = bucket.high;
    all += bucket.count;
  }
  EXPECT_EQ(all, std::ssize(values));
}

TEST(Samples, NeighboursThatAreAlike) {
  Samples alike;
  Samples opposite;
  Samples random;
  Random numbers(3);
  for (int i = 0; i < 10'000; ++i) {
    alike.add(i / 100 % 2 == 0 ? 10 : 20);
    opposite.add(i % 2 == 0 ? 10 : 20);
    random.add(numbers.integer(0, 1000));
  }
  EXPECT_NEAR(alike.lag1(), 0.98, 0.001);
  EXPECT_NEAR(opposite.lag1(), -1, 0.001);
  EXPECT_NEAR(random.lag1(), 0, 0.03);
  EXPECT_EQ(samples_of({5, 5, 5}).lag1(), 0);
}

// A stream that is slower than another does not make neighbours alike.
TEST(Samples, JoinedSeriesKeepTheirOwnNeighbours) {
  Random numbers(4);
  Samples slow;
  Samples fast;
  for (int i = 0; i < 10'000; ++i) {
    slow.add(numbers.integer(100'000, 101'000));
    fast.add(numbers.integer(100, 1100));
  }
  slow.add(fast);
  EXPECT_NEAR(slow.lag1(), 0, 0.03);
}

// A stall of 200 ms delays 5 of 500 requests, one behind the other: they say as much as one of
// them.
TEST(Samples, WhatIsLargeComesInGroups) {
  Samples grouped;
  Samples single;
  Random numbers(5);
  for (int i = 0; i < 50'000; ++i) {
    grouped.add(numbers.integer(0, 10'000) < 20 || i % 500 < 5 ? 1000 : 1);
    single.add(numbers.integer(0, 99) == 0 ? 1000 : 1);
  }
  EXPECT_NEAR(grouped.grouping(1000), 4.2, 0.5);  // one of six comes alone
  EXPECT_NEAR(single.grouping(1000), 1, 0.15);
  EXPECT_EQ(samples_of({1, 2, 3}).grouping(5), 1);
}

RC_GTEST_PROP(Samples, JoinedAreAsIfTheyHadBeenOne, ()) {
  const auto numbers = rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
  const auto a = *numbers;
  const auto b = *numbers;
  auto joined = samples_of(a);
  joined.add(samples_of(b));
  auto all = a;
  all.insert(all.end(), b.begin(), b.end());
  RC_PRE(!all.empty());
  const auto one = samples_of(all);
  RC_ASSERT(joined.count() == one.count());
  RC_ASSERT(joined.min() == one.min());
  RC_ASSERT(joined.max() == one.max());
  RC_ASSERT(std::abs(joined.mean() - one.mean()) < 1e-3);
  RC_ASSERT(std::abs(joined.stdev() - one.stdev()) < 1e-3);
  for (std::int64_t rank = 1; rank <= one.count(); ++rank)
    RC_ASSERT(joined.at(std::array{rank}) == one.at(std::array{rank}));
}

TEST(Samples, TravelToAnotherProcessAsTheyAre) {
  for (const int count : {0, 1, 1000, 70'000}) {
    Samples samples;
    for (int i = 0; i < count; ++i) samples.add(1000 + (i * 7919) % 5000);
    const auto bytes = samples.packed();
    const auto back = Samples::unpacked(bytes);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->packed(), bytes);
    EXPECT_EQ(back->count(), count);
    EXPECT_EQ(back->stdev(), samples.stdev());
    EXPECT_FALSE(Samples::unpacked(BytesView(bytes).first(bytes.size() - 8)));
  }
}

}  // namespace
}  // namespace slipway::measure
