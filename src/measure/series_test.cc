#include "measure/series.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHeader =
    "time_s,throughput (images/s),accuracy-top1 (%),accuracy-top5 (%),latency (ms),"
    "batches-per-time-step (count)\n";

Clock::Time at(std::chrono::nanoseconds time) { return Clock::Time(time); }

TEST(Series, ARowEndsWithTheInferenceThatMakesItLongEnough) {
  Series series(2);
  // 400 ms each, and one of three seconds; the run began a second before.
  for (int i = 0; i < 4; ++i) series.add(1, at(1s + i * 400ms), at(1s + (i + 1) * 400ms));
  series.add(1, at(2600ms), at(5600ms));
  EXPECT_EQ(series.csv(1, at(0s), 4), std::string(kHeader) +
                                          "2.200,10.00,,,400.000000,3\n"
                                          "5.600,2.35,,,1700.000000,2\n");
  EXPECT_EQ(series.csv(0, at(0s), 4), kHeader);
}

TEST(Series, AccuracyIsThatOfTheRow) {
  Series series(1);
  series.add(0, at(0s), at(500ms));
  series.judged(0, 0);
  series.judged(0, 4);
  series.add(0, at(500ms), at(1s));
  series.judged(0, 5);  // a batch of two with one picture in it
  series.add(0, at(1s), at(3s));
  series.judged(0, 0);
  series.judged(0, 0);
  EXPECT_EQ(series.csv(0, at(0s), 2), std::string(kHeader) +
                                          "1.000,3.00,33.33,66.67,500.000000,2\n"
                                          "3.000,1.00,100.00,100.00,2000.000000,1\n");
}

TEST(Series, OfPicturesWithoutClassesThereIsNoAccuracy) {
  Series series(1);
  series.add(0, at(0s), at(1s));
  series.judged(0, std::nullopt);
  EXPECT_EQ(series.csv(0, at(0s), 8), std::string(kHeader) + "1.000,1.00,,,1000.000000,1\n");
}

TEST(Series, WhatIsTooMuchForItsMemoryIsMerged) {
  Series series(1);
  constexpr int kSeconds = 10'000;
  for (int i = 0; i < kSeconds; ++i) series.add(0, at(i * 1s), at(i * 1s + 500ms));
  const auto text = series.csv(0, at(0s), 1);
  const auto rows = std::ranges::count(text, '\n') - 1;
  EXPECT_LE(rows, static_cast<std::ptrdiff_t>(Series::kRows));
  EXPECT_GE(rows, static_cast<std::ptrdiff_t>(Series::kRows) / 2);
  // Nothing is lost: the last column adds up, and the last row ends with the last inference.
  std::int64_t inferences = 0;
  for (auto begin = text.find('\n') + 1; begin < text.size();) {
    const auto end = text.find('\n', begin);
    inferences += std::stoll(text.substr(text.rfind(',', end) + 1));
    begin = end + 1;
  }
  EXPECT_EQ(inferences, kSeconds);
  EXPECT_NE(text.find("\n9999.500,"), std::string::npos);
}

}  // namespace
}  // namespace slipway::measure
