#include "device/cpu/tune.h"

#include <gmock/gmock.h>

#include "device/cpu/testing.h"
#include "device/cpu/tuning_file.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

constexpr auto kLayers = R"(
  x: f32[1,6,6,4] = Input
  w: f32[3,3,4,8] = Constant
  a: f32[1,4,4,8] = Conv(x, w)
  v: f32[1,1,8,8] = Constant
  b: f32[1,4,4,8] = Conv(a, v)
  c: f32[1,4,4,8] = Conv(b, v)
  return c
)";

Graph layers() { return with_random(graph_of(kLayers), {"w", "v"}); }

/// Each look takes less time than the one before: what is measured later is faster.
class HurryingClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override {
    step_ = step_ * 99 / 100;
    return now_ += std::chrono::nanoseconds(step_);
  }

 private:
  mutable Time now_{};
  mutable std::int64_t step_ = 1'000'000'000'000;
};

TEST(Tune, AsksOncePerKindOfLayerAndTakesTheFastest) {
  std::vector<std::pair<std::size_t, std::size_t>> seen;
  TuneOptions tuning;
  tuning.seconds = 0;
  tuning.progress = [&](std::size_t done, std::size_t all) { seen.emplace_back(done, all); };
  const auto measured = tune(layers(), {kernels::newest_here(), {}}, tuning, HurryingClock());
  ASSERT_TRUE(measured) << measured.error().message;
  ASSERT_EQ(measured->size(), 2U);
  ASSERT_GT(seen.size(), 3U);  // two kinds alone, then the network for each candidate
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(seen.front().second, seen.back().second);
  EXPECT_EQ(seen.back().first, seen.back().second);
  for (const auto& layer : *measured) {
    EXPECT_GT(layer.candidates.size(), 1U);
    EXPECT_EQ(layer.best().candidate, layer.candidates.back().candidate) << layer.layer;
  }
}

TEST(Tune, LeavesChosenLayersAlone) {
  const auto questions = lower(layers(), {kernels::newest_here(), {}})->questions;
  ASSERT_EQ(questions.size(), 2U);
  LowerOptions options{kernels::newest_here(),
                       {{questions[0].layer, questions[0].candidates.back()}}};
  const auto measured = tune(layers(), options, {.seconds = 0}, HurryingClock());
  ASSERT_TRUE(measured);
  ASSERT_EQ(measured->size(), 1U);
  EXPECT_EQ(measured->front().layer, questions[1].layer);
}

TEST(Tune, ACandidateThatComputesSomethingElseIsNotTaken) {
  const LayerTimes layer{"conv", {{"exact", 2, true, 0}, {"wrong", 1, false, 0.1}}};
  EXPECT_EQ(layer.best().candidate, "exact");
}

// Rounded, the picture between these two is too small for them to be asked as a pair: what is there
// to be measured then depends on what the first one takes.
constexpr auto kPair = R"(
  x: f32[1,56,56,24] = Input
  w: f32[1,1,24,144] = Constant
  a: f32[1,56,56,144] = Conv(x, w) {activation=relu6}
  v: f32[3,3,1,144] = Constant
  b: f32[1,56,56,144] = Conv(a, v) {pad_begin=[1,1], pad_end=[1,1], group=144}
  s: f32[1,1,144,24] = Constant
  y: f32[1,56,56,24] = Conv(b, s)
  return y
)";

TEST(Tune, SaysWhatLayersThatRoundWouldTakeInstead) {
  const std::vector<LayerTimes> measured = {
      {"a", {{"new rounded", 1}, {"old", 4}, {"new", 3}, {"wrong", 2, false}}},
      {"b", {{"new rounded", 2}, {"new", 1}}},
      {"c", {{"new rounded", 1}}},
  };
  const auto chosen = chosen_of(measured);
  EXPECT_EQ(chosen.best, (Choices{{"a", "new rounded"}, {"b", "new"}, {"c", "new rounded"}}));
  ASSERT_EQ(chosen.exact.size(), 1U);
  EXPECT_EQ(chosen.exact.at("a").candidate, "new");
  EXPECT_EQ(chosen.exact.at("a").saved, 2);
}

TEST(Tune, WhatIsSeenInPlaceIsWorthMoreThanAlone) {
  const LayerTimes layer{"a",
                         {{"first rounded", 4, true, 0, true},
                          {"hopeless", 3},
                          {"slow", 6, true, 0, true},
                          {"wrong", 1, false, 1, true}}};
  EXPECT_EQ(layer.best().candidate, "first rounded");
  EXPECT_EQ(layer.best_exact()->candidate, "slow");
}

TEST(TuningFile, KeepsWhatLayersThatRoundWouldTakeInstead) {
  const Tuning tuning{
      "some processor",
      {{"a",
        {{"new rounded", 1.0006e-6, true, 0, true},
         {"new", 3e-6, true, 0, true},
         {"wrong", 2e-6, false, 1, true}}},
       {"b", {{"new", 1e-6, true, 0, true}, {"new rounded", 2e-6, true, 0, true}}}}};
  const auto read = parse_tuning(text_of(tuning));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(tuning.chosen().exact.at("a").candidate, "new");
  EXPECT_EQ(read->chosen(), tuning.chosen());
  EXPECT_EQ(text_of(*read), text_of(tuning));
}

TEST(Tune, EveryCandidateOfAnyAnswerHasATime) {
  const auto graph = with_random(graph_of(kPair), {"w", "v", "s"});
  for (const auto precision : {Precision::fp32, Precision::bf16, Precision::mixed}) {
    const auto measured =
        tune(graph, {kernels::newest_here(), {}, precision}, {.seconds = 0}, HurryingClock());
    ASSERT_TRUE(measured) << measured.error().message;
    for (const auto& layer : *measured) {
      EXPECT_FALSE(layer.candidates.empty()) << layer.layer;
      for (const auto& one : layer.candidates)
        EXPECT_LT(one.seconds, 1e9) << layer.layer << ": " << one.candidate;
    }
    Tuning tuning{"some processor", {}};
    tuning.add(*measured);
    EXPECT_TRUE(parse_tuning(text_of(tuning))) << text_of(tuning);
  }
}

TEST(TuningFile, GivesTheSamePlanWhereverItIsRead) {
  const auto graph = layers();
  Tuning tuning{"some processor", {}};
  tuning.add(*tune(graph, {kernels::newest_here(), {}}, {.seconds = 0}, HurryingClock()));
  const auto read = parse_tuning(text_of(tuning));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->machine, "some processor");
  EXPECT_EQ(read->chosen(), tuning.chosen());
  EXPECT_EQ(text_of(*read), text_of(tuning));
  const auto a = lower(graph, {kernels::newest_here(), tuning.choices()});
  const auto b = lower(graph, {kernels::newest_here(), read->choices()});
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->plan, b->plan);
  EXPECT_EQ(a->constants, b->constants);
}

TEST(TuningFile, ThatIsNoneIsRefused) {
  const auto refused = [](std::string_view text) {
    const auto read = parse_tuning(text);
    EXPECT_FALSE(read) << text;
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(refused("{}"), "no tuning file: it has no \"format\": \"slipway tuning\"");
  EXPECT_EQ(refused(R"({"format": "slipway tuning", "version": 2})"),
            "a tuning file of another version than 1");
  EXPECT_EQ(refused(R"({"format": "slipway tuning", "version": 1, "machine": "m"})"),
            "a tuning file without \"machine\" and \"layers\"");
  EXPECT_EQ(refused(R"({"format": "slipway tuning", "version": 1, "machine": "m",
                        "layers": {"conv": {"choice": "a", "us": {"b": 1}}}})"),
            "the layer 'conv' is not as it should be");
}

}  // namespace
}  // namespace slipway::cpu
