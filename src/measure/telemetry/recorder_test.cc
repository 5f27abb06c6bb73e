#include "measure/telemetry/recorder.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::HasSubstr;

using Values = std::vector<std::optional<double>>;

/// Says what it is told to.
class Told final : public Source {
 public:
  Told(std::vector<Channel> channels, std::function<Values(Clock::Time)> values,
       nanoseconds interval = 0ns)
      : channels_(std::move(channels)), values_(std::move(values)), interval_(interval) {}

  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }

  [[nodiscard]] const std::vector<Missing>& missing() const override { return missing_; }

  [[nodiscard]] nanoseconds interval() const override { return interval_; }

  void forget() override { ++forgot; }

  [[nodiscard]] Values sample(Clock::Time now) override { return values_(now); }

  int forgot = 0;

 private:
  std::vector<Channel> channels_;
  std::vector<Missing> missing_ = {{"warp", "no drive"}};
  std::function<Values(Clock::Time)> values_;
  nanoseconds interval_;
};

std::vector<std::unique_ptr<Source>> one(std::unique_ptr<Source> source) {
  std::vector<std::unique_ptr<Source>> out;
  out.push_back(std::move(source));
  return out;
}

TEST(Recorder, SumsUpFromBeginToEnd) {
  FakeClock clock;
  Values next = {1.0, std::nullopt};
  Recorder recorder(clock,
                    one(std::make_unique<Told>(std::vector<Channel>{{"a", "MiB"}, {"p", "W"}},
                                               [&](Clock::Time) { return next; })),
                    100ms);
  recorder.begin();
  next = {4.0, 10.0};
  clock.advance(100ms);
  EXPECT_EQ(recorder.due(), 0ns);
  recorder.sample();
  EXPECT_EQ(recorder.due(), 100ms);
  next = {7.0, 20.0};
  clock.advance(50ms);
  recorder.end();
  const auto& is = recorder.recording();
  EXPECT_EQ(is.length, 150ms);
  EXPECT_EQ(is.samples, 3);
  const auto& memory = is.channels.at(0);
  EXPECT_EQ(memory.samples, 3);
  EXPECT_EQ(*memory.average, 4);
  EXPECT_EQ(*memory.min, 1);
  EXPECT_EQ(*memory.max, 7);
  EXPECT_EQ(*memory.stdev, 3);
  EXPECT_FALSE(memory.joules);
  const auto& power = is.channels.at(1);
  EXPECT_EQ(power.samples, 2);
  EXPECT_DOUBLE_EQ(*power.joules, 10 * 0.1 + 20 * 0.05);
  EXPECT_EQ(to_csv(is), "time_s,a (MiB),p (W)\n0.000000,1,\n0.100000,4,10\n0.150000,7,20\n");
}

TEST(Recorder, ASensorWithoutAValueIsNullAndEmptyNeverZero) {
  FakeClock clock;
  Recorder recorder(
      clock,
      one(std::make_unique<Told>(std::vector<Channel>{{"a", "%"}, {"b", "%"}, {"c", "%"}},
                                 [](Clock::Time) {
                                   return Values{{}, 0.0 / 0.0};
                                 })),
      100ms);
  recorder.begin();
  clock.advance(100ms);
  recorder.end();
  const auto json = to_json(recorder.recording());
  for (const auto& row : *json.find("channels")->array()) {
    EXPECT_EQ(*row.find("samples")->integer(), 0);
    EXPECT_TRUE(row.find("average")->is_null());
    EXPECT_TRUE(row.find("min")->is_null());
  }
  EXPECT_THAT(json.text(0), HasSubstr(R"("missing":[{"name":"warp","why":"no drive"}])"));
  EXPECT_EQ(to_csv(recorder.recording()), "time_s,a (%),b (%),c (%)\n0.000000,,,\n0.100000,,,\n");
}

TEST(Recorder, ForgetsWhatWasBefore) {
  FakeClock clock;
  double value = 100;
  auto source = std::make_unique<Told>(std::vector<Channel>{{"a", "%"}},
                                       [&](Clock::Time) { return Values{value}; });
  const auto& told = *source;
  Recorder recorder(clock, one(std::move(source)), 100ms);
  recorder.begin();
  recorder.end();
  value = 1;
  clock.advance(10s);
  recorder.begin();
  EXPECT_EQ(told.forgot, 2);  // what a source remembers is of one recording
  recorder.end();
  EXPECT_EQ(recorder.recording().samples, 1);
  EXPECT_EQ(*recorder.recording().channels[0].max, 1);
  EXPECT_FALSE(recorder.recording().channels[0].stdev);
}

TEST(Recorder, AsksASourceNoMoreOftenThanItAllows) {
  FakeClock clock;
  int asked = 0;
  Recorder recorder(clock,
                    one(std::make_unique<Told>(
                        std::vector<Channel>{{"a", "%"}},
                        [&](Clock::Time) { return Values{static_cast<double>(++asked)}; }, 1s)),
                    100ms);
  recorder.begin();
  for (int i = 0; i < 20; ++i) {
    clock.advance(100ms);
    recorder.sample();
  }
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(recorder.recording().samples, 21);
  EXPECT_EQ(recorder.recording().channels[0].samples, 3);
}

TEST(Recorder, TimesOfRowsGrowWhateverHappens) {
  FakeClock clock;
  Recorder recorder(clock,
                    one(std::make_unique<Told>(std::vector<Channel>{{"a", "%"}},
                                               [](Clock::Time) { return Values{1.0}; })),
                    100ms);
  recorder.begin();
  recorder.sample();       // at the same time: no row
  clock.advance(12345ms);  // late by a lot: one row, not a hundred
  recorder.sample();
  EXPECT_EQ(recorder.due(), 100ms);
  clock.advance(1ms);
  recorder.end();  // right behind the last sample: no row
  const auto& rows = recorder.recording().rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at, 0ns);
  EXPECT_EQ(rows[1].at, 12345ms);
}

TEST(Recorder, DropsRowsWhereThereAreTooManyAndCountsAllSamples) {
  FakeClock clock;
  Recorder recorder(clock,
                    one(std::make_unique<Told>(std::vector<Channel>{{"a", "%"}},
                                               [](Clock::Time) { return Values{1.0}; })),
                    100ms);
  recorder.begin();
  const auto many = static_cast<std::int64_t>(Recorder::kMostRows) * 3;
  for (std::int64_t i = 1; i < many; ++i) {
    clock.advance(100ms);
    recorder.sample();
  }
  const auto& is = recorder.recording();
  EXPECT_EQ(is.samples, many);
  EXPECT_EQ(is.channels[0].samples, many);
  EXPECT_LT(is.rows.size(), Recorder::kMostRows);
  // Those that are left are evenly spaced.
  const auto step = is.rows[1].at - is.rows[0].at;
  for (std::size_t i = 1; i < is.rows.size(); ++i)
    ASSERT_EQ(is.rows[i].at - is.rows[i - 1].at, step) << i;
}

}  // namespace
}  // namespace slipway::measure
