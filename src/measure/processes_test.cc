// Streams that are processes: what they measure, and what becomes of the others when one is gone.

#include "measure/processes.h"

#include <cerrno>
#include <csignal>
#include <memory>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "measure/sample_log.h"

namespace slipway::measure {
namespace {

using std::chrono::milliseconds;

/// An inference that takes as long as it says, of the system's clock.
Infer spinning(const Clock& clock, std::chrono::nanoseconds time) {
  return [&clock, time]() -> Result<void> {
    const auto end = clock.now() + time;
    while (clock.now() < end) {
    }
    return {};
  };
}

Result<Infer> half_a_millisecond(std::size_t) {
  static const SystemClock clock;
  return spinning(clock, std::chrono::microseconds(500));
}

TEST(Processes, MeasureInTheirCommonWindow) {
  const SystemClock clock;
  const auto is = measure_processes(clock, 2, half_a_millisecond,
                                    {.warm_up = 2, .inferences = 40, .at_least = milliseconds(30)});
  ASSERT_TRUE(is) << is.error().message;
  EXPECT_EQ(is->ended, Ended::done);
  ASSERT_EQ(is->streams.size(), 2U);
  std::int64_t count = 0;
  for (const auto& stream : is->streams) {
    EXPECT_GE(stream.latencies.min(), 500'000);
    EXPECT_GE(stream.last_begin, is->begin);
    count += stream.latencies.count();
  }
  EXPECT_GE(count, 40);
  EXPECT_GE(is->window, milliseconds(30));
  EXPECT_GE(is->first, std::chrono::microseconds(500));
  EXPECT_LE(is->inferences, static_cast<double>(count));
  EXPECT_GT(is->inferences, static_cast<double>(count) - 2);
}

TEST(Processes, ALimitEndsThem) {
  const SystemClock clock;
  const auto is = measure_processes(clock, 2, half_a_millisecond,
                                    {.inferences = 1'000'000, .at_most = milliseconds(20)});
  ASSERT_TRUE(is);
  EXPECT_EQ(is->ended, Ended::at_most);
}

TEST(Processes, AStopIsHeardByAll) {
  const SystemClock clock;
  int asked = 0;
  Rules rules{.inferences = 1'000'000, .at_least = std::chrono::hours(1)};
  rules.stop = [&] { return ++asked > 10; };
  const auto is = measure_processes(clock, 2, half_a_millisecond, rules);
  ASSERT_TRUE(is);
  EXPECT_EQ(is->ended, Ended::stopped);
}

TEST(Processes, SamplesReachTheLogOfTheOneThatMeasures) {
  const SystemClock clock;
  SampleLog log(2);
  Rules rules{.inferences = 20};
  rules.sample = [&](std::size_t stream, Clock::Time begin, Clock::Time end) {
    log.add(stream, begin, end);
  };
  const auto is = measure_processes(clock, 2, half_a_millisecond, rules);
  ASSERT_TRUE(is);
  const auto kept = read_samples(log.packed());
  ASSERT_TRUE(kept);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ((*kept)[i].samples, is->streams[i].latencies.count());
}

/// The sentence of a measurement that must not succeed.
std::string problem(const MakeInfer& make, milliseconds patience = std::chrono::minutes(1)) {
  const SystemClock clock;
  const auto is = measure_processes(
      clock, 3, make, {.warm_up = 1, .inferences = 1, .at_least = std::chrono::hours(1)}, patience);
  return is ? "it was measured" : is.error().message;
}

TEST(Processes, OneThatIsKilledEndsAll) {
  const auto killed_at = [](int when) {
    return problem([when](std::size_t stream) -> Result<Infer> {
      if (when == 0 && stream == 1) ::raise(SIGKILL);
      auto count = std::make_shared<int>(0);
      auto infer = *half_a_millisecond(0);
      return Infer([=]() -> Result<void> {
        if (stream == 1 && ++*count == when) ::raise(SIGKILL);
        return infer();
      });
    });
  };
  EXPECT_EQ(killed_at(0), "stream 1 was ended by signal 9");   // while it gets ready
  EXPECT_EQ(killed_at(1), "stream 1 was ended by signal 9");   // while it becomes warm
  EXPECT_EQ(killed_at(20), "stream 1 was ended by signal 9");  // while it is measured
}

TEST(Processes, OneThatFailsEndsAllWithItsSentence) {
  EXPECT_EQ(problem([](std::size_t stream) -> Result<Infer> {
              if (stream == 2) return fail(Code::unavailable, "no memory for stream {}", stream);
              return half_a_millisecond(stream);
            }),
            "no memory for stream 2");
  EXPECT_EQ(problem([](std::size_t stream) -> Result<Infer> {
              if (stream != 2) return half_a_millisecond(stream);
              return Infer([]() -> Result<void> { return fail(Code::internal, "it broke"); });
            }),
            "it broke");
}

TEST(Processes, OneThatKeepsTheOthersWaitingEndsAll) {
  EXPECT_EQ(problem(
                [](std::size_t stream) {
                  if (stream == 1) ::raise(SIGSTOP);
                  return half_a_millisecond(stream);
                },
                milliseconds(200)),
            "stream 1 was not ready within 0.2 s");
}

TEST(Processes, OnesThatHangInTheWindowAreNotWaitedForWithoutEnd) {
  EXPECT_EQ(problem(
                [](std::size_t) -> Result<Infer> {
                  auto count = std::make_shared<int>(0);
                  auto infer = *half_a_millisecond(0);
                  return Infer([=]() -> Result<void> {
                    if (++*count == 20) ::raise(SIGSTOP);
                    return infer();
                  });
                },
                milliseconds(200)),
            "no stream has ended an inference within 0.2 s");
}

// What is left behind would be our child.
TEST(Processes, NoneIsLeft) {
  problem([](std::size_t stream) -> Result<Infer> {
    if (stream == 0) return fail(Code::internal, "it broke");
    return half_a_millisecond(stream);
  });
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace slipway::measure
