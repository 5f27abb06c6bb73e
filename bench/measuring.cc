// How far what measures can be believed: intervals, stalls, a device that does nothing, memory.
//
// usage: measuring coverage [RUNS] | versus [RUNS] | stalls [SECONDS] | null [TIMES] |
//                  overhead [SECONDS] | memory
//
// coverage  how often the 95 % interval of p99 holds the truth, of 5,000 samples of four series
// versus    how often two that are the same are called different, and 5 % are found; simulated
// stalls    200 ms each 500 requests at 450/s: p99 beside the analytic value; server, closed loop
// null      a device that spins for 3,000 ns: the median of what is reported
// overhead  inferences a second of a device that does nothing
// memory    100,000,000 samples

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "base/random.h"
#include "measure/scenario.h"
#include "measure/versus.h"

namespace slipway::bench {
namespace {

using namespace std::chrono_literals;
using namespace slipway::measure;
using std::chrono::nanoseconds;

constexpr double kMs = 1e6;

double unit(Random& random) { return (static_cast<double>(random.next() >> 11U) + 1) * 0x1p-53; }

double normal(Random& random) {
  return std::sqrt(-2 * std::log(unit(random))) * std::cos(2 * std::numbers::pi * unit(random));
}

// ---- coverage -----------------------------------------------------------------------------------

struct Series {
  const char* name;
  double p99;
  std::function<double(Random&, double& state)> next;
};

const std::vector<Series>& series() {
  static const std::vector<Series> kSeries = {
      {"exponential", -std::log(0.01),
       [](Random& random, double&) { return -std::log(unit(random)); }},
      {"uniform", 1.99, [](Random& random, double&) { return 1 + unit(random); }},
      {"two levels, 5 % on the upper", 3.4,
       [](Random& random, double&) {
         return unit(random) < 0.95 ? unit(random) : 1 + 3 * unit(random);
       }},
      {"normal, neighbours correlated 0.7", 10 + 2.3263478740,
       [](Random& random, double& state) {
         state = 0.7 * state + std::sqrt(1 - 0.49) * normal(random);
         return 10 + state;
       }},
  };
  return kSeries;
}

int coverage(int runs) {
  bool fits = true;
  for (const auto& each : series()) {
    Random random(99);
    int held = 0;
    for (int run = 0; run < runs; ++run) {
      Samples samples;
      double state = normal(random);
      for (int i = 0; i < 5000; ++i) samples.add(std::llround(kMs * each.next(random, state)));
      const auto& ns = summary_of(samples, {{99'000}}).percentiles[0].ns;
      held += ns && static_cast<double>(ns->low) <= kMs * each.p99 &&
              kMs * each.p99 <= static_cast<double>(ns->high);
    }
    const double percent = 100.0 * held / runs;
    fits &= percent >= 94 && percent <= 97.5;
    fmt::print("{:<34} {} of {} intervals hold the true p99: {:.2f} %\n", each.name, held, runs,
               percent);
  }
  return fits ? 0 : 1;
}

// ---- versus -------------------------------------------------------------------------------------

/// A machine as it is found: its level wanders (3 %) and drifts, samples differ by 4 %, one of
/// twenty is up to twice as long.
std::vector<double> turns_of(Random& random, double ratio) {
  std::vector<double> out;
  double level = 0;
  for (std::int64_t turn = 0; turn < 20 * kTurnsInRound; ++turn) {
    level = 0.9 * level + 0.03 * std::sqrt(1 - 0.81) * normal(random);
    std::vector<std::int64_t> ns;
    for (int i = 0; i < 9; ++i) {
      const double tail = unit(random) < 0.05 ? 1 + unit(random) : 1;
      const double noise = level + 0.001 * static_cast<double>(turn) + 0.04 * normal(random);
      ns.push_back(
          std::llround(kMs * tail * (side_of(turn) == Side::b ? ratio : 1) * std::exp(noise)));
    }
    out.push_back(median_of(std::move(ns)));
  }
  return out;
}

int compare(int runs) {
  Random random(98);
  int different = 0;
  int found = 0;
  for (int run = 0; run < runs; ++run) {
    const auto same = versus(turns_of(random, 1));
    different += same->is_faster() || same->is_slower();
    found += versus(turns_of(random, 1.05))->is_slower();
  }
  fmt::print("the same: {} of {} called different ({:.2f} %)\n", different, runs,
             100.0 * different / runs);
  fmt::print("5 % slower: found in {} of {} ({:.2f} %)\n", found, runs, 100.0 * found / runs);
  return different <= runs * 6 / 100 && found >= runs * 95 / 100 ? 0 : 1;
}

// ---- stalls -------------------------------------------------------------------------------------

/// Keeps the processor busy; a stall sleeps.
void spin(const Clock& clock, nanoseconds time) {
  const auto end = clock.now() + time;
  while (clock.now() < end) {
  }
}

Infer stalling(const Clock& clock) {
  return [&clock, i = 0]() mutable -> Result<void> {
    if (++i % 500 == 0) {
      clock.wait_until(clock.now() + 200ms);
    } else {
      spin(clock, 1ms);
    }
    return {};
  };
}

int stalls(double seconds) {
  const SystemClock clock;
  const nanoseconds at_least(std::llround(seconds * 1e9));
  // The k-th request behind a stalled one waits for 200 ms - k (1/450 s - 1 ms); of 500, five are
  // over p99.
  const double analytic = 200 - 5 * (1000.0 / 450 - 1);
  bool fits = true;
  const auto report = [&](const char* name, const Samples& latencies) {
    const auto p99 = summary_of(latencies, {{99'000}}).percentiles[0];
    if (!p99.ns) {
      fmt::print("{:<20} {} samples: p99 needs {}\n", name, latencies.count(), p99.needs);
      return 0.0;
    }
    const double is = static_cast<double>(p99.ns->value) / kMs;
    fmt::print("{:<20} {} samples: p99 {:.2f} ms, {:.2f} to {:.2f}; analytic {:.2f}: {:+.1f} %\n",
               name, latencies.count(), is, static_cast<double>(p99.ns->low) / kMs,
               static_cast<double>(p99.ns->high) / kMs, analytic, 100 * (is / analytic - 1));
    return is / analytic;
  };
  for (const bool is_even : {true, false}) {
    const std::vector<Infer> streams = {stalling(clock)};
    const auto run =
        run_scenario(clock, streams,
                     {.scenario = Scenario::server,
                      .arrivals = is_even ? Arrivals::constant(450) : Arrivals::poisson(450, 1),
                      .at_least = at_least});
    if (!run) return 1;
    const double ratio = report(is_even ? "server, constant" : "server, Poisson",
                                run->measured.streams[0].latencies);
    fits &= std::abs(ratio - 1) <= 0.05;
  }
  const std::vector<Infer> streams = {stalling(clock)};
  const auto run = measure::measure(clock, streams, {.at_least = at_least});
  if (!run) return 1;
  report("closed loop", run->streams[0].latencies);
  return fits ? 0 : 1;
}

// ---- null, overhead, memory ---------------------------------------------------------------------

int null(int times) {
  const SystemClock clock;
  std::vector<std::int64_t> medians;
  std::vector<std::int64_t> of_server;
  const std::vector<Infer> streams = {[&]() -> Result<void> {
    spin(clock, 3000ns);
    return {};
  }};
  const auto median = [](const Samples& latencies) {
    return summary_of(latencies, {{50'000}}).percentiles[0].ns->value;
  };
  for (int i = 0; i < times; ++i) {
    const auto run = measure::measure(clock, streams, {.warm_up = 10, .at_least = 100ms});
    const auto single = run_scenario(
        clock, streams, {.scenario = Scenario::single, .warm_up = 10, .at_least = 100ms});
    if (!run || !single) return 1;
    medians.push_back(median(run->streams[0].latencies));
    of_server.push_back(median(single->measured.streams[0].latencies));
  }
  const double is = median_of(medians);
  fmt::print(
      "a device that spins 3000 ns, {} runs of 0.1 s, the median of their medians: {:.0f} ns "
      "on a stream ({} to {}), {:.0f} ns of --scenario single\n",
      times, is, std::ranges::min(medians), std::ranges::max(medians), median_of(of_server));
  return std::abs(is - 3000) <= 200 ? 0 : 1;
}

int overhead(double seconds) {
  const SystemClock clock;
  const nanoseconds at_least(std::llround(seconds * 1e9));
  const Infer nothing = []() -> Result<void> { return {}; };
  const std::vector<Infer> one = {nothing};
  const auto loop = measure::measure(clock, one, {.at_least = at_least});
  const auto of = [&](Scenario scenario) {
    return run_scenario(clock, one,
                        {.scenario = scenario,
                         .arrivals = Arrivals::constant(1e9),
                         .queries = scenario == Scenario::server ? 5'000'000 : 1,
                         .at_least = scenario == Scenario::server ? nanoseconds(0) : at_least});
  };
  const auto single = of(Scenario::single);
  const auto server = of(Scenario::server);
  const auto offline = of(Scenario::offline);
  if (!loop || !single || !server || !offline) return 1;
  const auto rate = [](const Measured& measured) {
    return measured.inferences / std::chrono::duration<double>(measured.window).count();
  };
  fmt::print(
      "inferences a second that do nothing: {:.0f} on a stream, {:.0f} single, {:.0f} server, "
      "{:.0f} offline\n",
      rate(*loop), rate(single->measured), rate(server->measured), rate(offline->measured));
  return 0;
}

/// The most memory that the process had, in KiB.
std::int64_t most_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

int memory() {
  Random random(97);
  Samples samples;
  Course course;
  for (std::int64_t i = 0; i < 100'000'000; ++i) {
    const auto ns = static_cast<std::int64_t>(random.next() >> 40U);
    samples.add(ns);
    course.add(ns);
  }
  const auto summary = summary_of(samples, {{50'000}, {99'000}, {99'900}});
  const double error =
      std::abs(static_cast<double>(summary.percentiles[1].ns->value) / (0.99 * 0x1p24) - 1);
  fmt::print("{} samples: the whole process had {:.1f} MiB; p99 is {:.3f} % from the truth\n",
             summary.count, static_cast<double>(most_memory()) / 1024, error * 100);
  return most_memory() <= 64 * 1024 ? 0 : 1;
}

int run(const std::string& what, const char* number) {
  const double value = number != nullptr ? std::atof(number) : 0;
  const auto count = [&](int usual) { return value > 0 ? static_cast<int>(value) : usual; };
  if (what == "coverage") return coverage(count(10'000));
  if (what == "versus") return compare(count(10'000));
  if (what == "stalls") return stalls(value > 0 ? value : 60);
  if (what == "null") return null(count(100));
  if (what == "overhead") return overhead(value > 0 ? value : 3);
  if (what == "memory") return memory();
  fmt::print(stderr, "measuring coverage | versus | stalls | null | overhead | memory [NUMBER]\n");
  return 2;
}

}  // namespace
}  // namespace slipway::bench

int main(int count, char** words) {
  return slipway::bench::run(count > 1 ? words[1] : "", count > 2 ? words[2] : nullptr);
}
