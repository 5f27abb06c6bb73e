#include "measure/sample_log.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::measure {
namespace {

Clock::Time at(std::int64_t ns) { return Clock::Time(std::chrono::nanoseconds(ns)); }

TEST(SampleLog, EachLatencyComesBackInItsOrder) {
  SampleLog log(2);
  Random random(3);
  std::vector<std::vector<std::int64_t>> all(2);
  for (int i = 0; i < 5000; ++i) {
    const auto stream = static_cast<std::size_t>(random.integer(0, 1));
    // From nothing to an hour.
    const auto ns =
        random.integer(0, 1) == 0 ? random.integer(0, 100) : random.integer(0, 3'600'000'000'000);
    log.add(stream, at(7), at(7 + ns));
    all[stream].push_back(ns);
  }
  const auto back = read_samples(log.packed());
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*back)[i].latencies, all[i]);
    EXPECT_EQ((*back)[i].samples, std::ssize(all[i]));
  }
}

TEST(SampleLog, WhatDoesNotFitIsCounted) {
  SampleLog log(1, 100);
  for (int i = 0; i < 1000; ++i) log.add(0, at(0), at(i % 2 == 0 ? 1'000'000 : 5));
  const auto back = read_samples(log.packed());
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)[0].samples, 1000);
  EXPECT_GT((*back)[0].latencies.size(), 20U);
  EXPECT_LT((*back)[0].latencies.size(), 100U);
  for (std::size_t i = 0; i < (*back)[0].latencies.size(); ++i)
    EXPECT_EQ((*back)[0].latencies[i], i % 2 == 0 ? 1'000'000 : 5);
}

TEST(SampleLog, AnHourOfThreeMicrosecondsTakesNoMoreMemory) {
  SampleLog log(1, 1U << 16U);
  for (int i = 0; i < 2'000'000; ++i) log.add(0, at(0), at(3000 + i % 7));
  EXPECT_LT(log.packed().size(), 1U << 16U);
}

TEST(SampleLog, FirstInferencesAreKeptAsTheyWere) {
  SampleLog log(1);
  for (int i = 0; i < 3000; ++i) log.add(0, at(i), at(i + 1));
  ASSERT_EQ(log.spans(0).size(), SampleLog::kSpans);
  EXPECT_EQ(log.spans(0)[999].begin, at(999));
}

TEST(SampleLog, WhatItDidNotWriteIsRefused) {
  SampleLog log(1);
  log.add(0, at(0), at(70'000));
  const auto packed = log.packed();
  for (std::size_t length = 0; length < packed.size(); ++length)
    EXPECT_EQ(read_samples(BytesView(packed).first(length)).error().code, Code::corrupt);
}

}  // namespace
}  // namespace slipway::measure
