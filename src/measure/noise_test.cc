#include "measure/noise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/watch.h"

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// A /proc and /sys in memory, of a machine with two processors and a process with one thread.
struct Machine {
  std::int64_t ran_ms = 0;
  std::int64_t waited_ms = 0;
  std::int64_t involuntary = 0;
  std::string allowed = "0-1";
  std::int64_t busy_ms = 0;  // of each processor
  std::int64_t steal_ms = 0;
  std::int64_t khz = 3'000'000;
  std::int64_t throttled = 0;
  std::int64_t quota = 0;

  void write(MemoryFiles& files) const {
    const auto put = [&](const std::string& path, const std::string& text) {
      ASSERT_TRUE(files.write(path, as_bytes(text)));
    };
    const auto status = fmt::format("Cpus_allowed_list:\t{}\nnonvoluntary_ctxt_switches:\t{}\n",
                                    allowed, involuntary);
    put("/proc/self/status", status);
    put("/proc/self/task/7/status", status);
    put("/proc/self/task/7/schedstat",
        fmt::format("{} {} 12\n", ran_ms * 1'000'000, waited_ms * 1'000'000));
    std::string stat = "cpu  1 2 3 4 5 6 7 8 9 10\n";
    for (int cpu = 0; cpu < 3; ++cpu)  // of which the third is not allowed
      stat += fmt::format("cpu{} {} 0 0 1000 0 0 0 {} 0 0\n", cpu, busy_ms / 10, steal_ms / 10);
    put("/proc/stat", stat + "ctxt 500\n");
    for (int cpu = 0; cpu < 2; ++cpu) {
      const auto folder = fmt::format("/sys/devices/system/cpu/cpu{}/", cpu);
      put(folder + "cpufreq/scaling_cur_freq", fmt::format("{}\n", khz));
      put(folder + "thermal_throttle/core_throttle_count", fmt::format("{}\n", throttled));
    }
    put("/proc/self/cgroup", "1:cpuset:/\n0::/mine\n");
    put("/sys/fs/cgroup/mine/cpu.stat",
        fmt::format("usage_usec 5\nnr_periods 9\nnr_throttled {}\n", quota));
  }
};

/// What is said when a second changes the machine like this.
Noise noise_of(Machine begin, const std::function<void(Machine&)>& change,
               const Watched& watched = {}, int running = 1) {
  const std::vector<std::string> self = {"self"};
  MemoryFiles files;
  begin.write(files);
  const auto before = vitals_of(files, Clock::Time(0s), self);
  begin.ran_ms += 990;
  begin.busy_ms += 500;  // two of them
  change(begin);
  begin.write(files);
  return noise_between(before, vitals_of(files, Clock::Time(1s), self), watched, running);
}

std::string words_of(const Noise& noise, std::size_t reason) {
  return reason < noise.reasons.size() ? noise.reasons[reason].words : "";
}

TEST(Noise, AQuietMachineIsClean) {
  const auto noise = noise_of({}, [](Machine& machine) {
    machine.waited_ms += 1;
    machine.involuntary += 30;
  });
  EXPECT_EQ(noise.verdict(), "clean") << words_of(noise, 0);
  EXPECT_THAT(noise.not_told, ElementsAre());
  EXPECT_NEAR(*noise.figures.waited_part, 1.0 / 991, 1e-9);
  EXPECT_NEAR(*noise.figures.others_cores, 0.01, 1e-9);
  EXPECT_EQ(text_of(noise), "clean");
}

TEST(Noise, ACompetitorMakesThreadsWait) {
  const auto noise = noise_of({}, [](Machine& machine) {
    machine.ran_ms -= 490;
    machine.waited_ms += 500;
    machine.involuntary += 300;
  });
  EXPECT_EQ(noise.verdict(), "competitor");
  EXPECT_THAT(words_of(noise, 0), HasSubstr("waited 50.0 % of the time"));
}

TEST(Noise, OwnThreadsThatAreTooManyAreNoCompetitor) {
  const auto crowd = [](Machine& machine) {
    machine.ran_ms += 1000;
    machine.busy_ms += 500;
    machine.waited_ms += 2000;
  };
  EXPECT_EQ(noise_of({}, crowd, {}, 4).verdict(), "oversubscribed");
  // Unless the processors did more than that.
  const auto both = noise_of(
      {},
      [&](Machine& machine) {
        crowd(machine);
        machine.ran_ms -= 800;
      },
      {}, 4);
  EXPECT_EQ(both.verdict(), "competitor");
}

TEST(Noise, AMildNeighbourOfFarTooManyThreadsIsNotTheVerdict) {
  const auto noise = noise_of(
      {},
      [](Machine& machine) {
        machine.ran_ms += 700;  // 1.7 of the two processors; somebody else has the rest
        machine.busy_ms += 500;
        machine.waited_ms += 62'000;
      },
      {}, 64);
  EXPECT_EQ(noise.verdict(), "oversubscribed");
  EXPECT_THAT(words_of(noise, 0), HasSubstr("64 threads share 2 processors"));
  ASSERT_EQ(noise.reasons.size(), 2U);
  EXPECT_THAT(words_of(noise, 1), HasSubstr("other programs kept 0.31 of its processors busy"));
}

TEST(Noise, AGapInWhichNothingRanIsAStop) {
  const auto noise = noise_of({}, [](Machine& machine) { machine.ran_ms -= 300; },
                              {.longest_gap = 280ms, .gaps = 280ms, .other_cpus = {}});
  EXPECT_EQ(noise.verdict(), "stopped");
  EXPECT_THAT(words_of(noise, 0), HasSubstr("for 280.0 ms nothing ran"));
}

TEST(Noise, OtherProcessorsAreAMoveWhateverElseFollows) {
  const auto noise = noise_of({}, [](Machine& machine) {
    machine.allowed = "1";
    machine.waited_ms += 400;
  });
  EXPECT_EQ(noise.verdict(), "moved");
  EXPECT_THAT(words_of(noise, 0), HasSubstr("the processors 0-1 were allowed, later 1"));
  const auto back = noise_of({}, [](Machine&) {}, {.other_cpus = {"1", "0-1"}});
  EXPECT_EQ(back.verdict(), "moved");
  EXPECT_THAT(words_of(back, 0), HasSubstr("later 1, then 0-1"));
}

TEST(Noise, NamesHeatQuotaHostFrequencyAndSwitches) {
  EXPECT_EQ(noise_of({}, [](Machine& machine) { machine.throttled = 2; }).verdict(), "throttled");
  EXPECT_EQ(noise_of({}, [](Machine& machine) { machine.quota = 3; }).verdict(), "quota");
  EXPECT_EQ(noise_of({}, [](Machine& machine) { machine.steal_ms += 50; }).verdict(), "steal");
  EXPECT_EQ(noise_of({}, [](Machine& machine) { machine.khz = 2'000'000; }).verdict(), "frequency");
  EXPECT_EQ(noise_of({}, [](Machine& machine) { machine.involuntary += 900; }).verdict(),
            "switches");
  EXPECT_EQ(noise_of({}, [](Machine& machine) { machine.busy_ms += 200; }).verdict(), "neighbour");
}

TEST(Noise, AHostThatTakesTheProcessorIsNoStop) {
  const auto noise = noise_of({}, [](Machine& machine) { machine.steal_ms += 100; },
                              {.longest_gap = 90ms, .gaps = 90ms, .other_cpus = {}});
  EXPECT_EQ(noise.verdict(), "steal");
}

TEST(Noise, WhatIsNotToldIsListedAndNullNeverZero) {
  const std::vector<std::string> self = {"self"};
  MemoryFiles files;
  const auto vitals = vitals_of(files, Clock::Time(0s), self);
  const auto noise = noise_between(vitals, vitals_of(files, Clock::Time(1s), self), {}, 1);
  EXPECT_EQ(noise.verdict(), "unknown");
  const auto json = to_json(noise);
  for (const auto& [name, value] : *json.find("figures")->object())
    EXPECT_TRUE(name == "window_s" || value.is_null()) << name;
  EXPECT_EQ(noise.not_told.size(), 9U);
}

TEST(Noise, ThreadsThatEndedAreLeftOut) {
  Vitals begin;
  begin.threads = {{"7", {.ran_ns = 100, .waited_ns = 5, .involuntary = 1}},
                   {"8", {.ran_ns = 900, .waited_ns = 900, .involuntary = 900}}};
  Vitals end;
  end.at = Clock::Time(1s);
  end.threads = {{"7", {.ran_ns = 200, .waited_ns = 5, .involuntary = 3}}};
  const auto noise = noise_between(begin, end, {}, 1);
  EXPECT_EQ(*noise.figures.waited_part, 0);
  EXPECT_EQ(*noise.figures.involuntary_per_s, 2);
}

TEST(Processors, AreReadFromALinuxList) {
  EXPECT_EQ(parse_cpus("0-2,8"), (std::set<int>{0, 1, 2, 8}));
  for (const auto* bad : {"", "a", "3-1", "1-", "0-99999999", ",", "-1"})
    EXPECT_FALSE(parse_cpus(bad)) << bad;
}

TEST(Looks, WhatIsLateWithoutWaitingIsAGap) {
  Looks looks(20ms);
  looks.begin("0-1");
  looks.add({.slept = 21ms, .waited = 0ms, .allowed = {}, .mhz = {}});
  looks.add({.slept = 150ms, .waited = 125ms, .allowed = {}, .mhz = {}});  // a competitor
  EXPECT_EQ(looks.seen().longest_gap, 0ms);
  looks.add({.slept = 320ms, .waited = 0ms, .allowed = {}, .mhz = {}});
  looks.add({.slept = 70ms, .waited = 0ms, .allowed = {}, .mhz = {}});
  EXPECT_EQ(looks.seen().longest_gap, 300ms);
  EXPECT_EQ(looks.seen().gaps, 350ms);
  looks.begin("0-1");
  EXPECT_EQ(looks.seen().gaps, 0ms);
}

TEST(Looks, RememberProcessorsThatCameAndWent) {
  Looks looks(20ms);
  looks.begin("0-1");
  for (const auto* list : {"0-1", "1", "1", "0-1", "0-1"})
    looks.add({.slept = 20ms, .waited = 0ms, .allowed = list, .mhz = {}});
  EXPECT_THAT(looks.seen().other_cpus, ElementsAre("1", "0-1"));
}

TEST(Watch, ReadsThisProcess) {
  SeededEntropy entropy(1);
  const SystemFiles files(entropy);
  const SystemClock clock;
  Watch watch(clock, files, {"self"}, 1);
  watch.begin();
  watch.end();
  const auto noise = watch.noise();
  EXPECT_TRUE(noise.is_known());
  EXPECT_GT(noise.figures.window_s, 0);
  EXPECT_TRUE(noise.figures.waited_part.has_value());
}

TEST(Watch, WithoutASystemKnowsNothing) {
  const FakeClock clock;
  const MemoryFiles files;
  Watch watch(clock, files, {"self"}, 1);
  watch.begin();
  watch.end();
  EXPECT_EQ(watch.noise().verdict(), "unknown");
}

}  // namespace
}  // namespace slipway::measure
