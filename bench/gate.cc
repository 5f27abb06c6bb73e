// How fast the processor's clock really runs: GHz of each given core under a chain of
// multiplications.
//
// usage: gate [CORE...]
//
// A virtual machine is sometimes cut by its host, and cores are shared with others. A measurement
// counts only where this says the full clock before and after it. One line: the slowest of the
// cores, all of them loaded at once for 25 ms.

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <pthread.h>
#include <sched.h>

#include "base/clock.h"

namespace slipway::bench {
namespace {

constexpr double kMilliseconds = 25;
constexpr int kLatency = 3;  // cycles of a 64-bit multiplication that waits for the one before
constexpr int kLinks = 1000;

double gigahertz(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(core), &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0) return 0;
  const SystemClock clock;
  std::uint64_t x = 3;
  double cycles = 0;
  double took = 0;
  const auto start = clock.now();
  while (took < kMilliseconds) {
    for (int i = 0; i < kLinks; ++i) {
      x *= x;
      asm volatile("" : "+r"(x));  // keeps the chain as it is written
    }
    cycles += static_cast<double>(kLinks) * kLatency;
    took = milliseconds(start, clock.now());
  }
  return cycles / took * 1e-6;
}

int run(const std::vector<int>& cores) {
  std::vector<double> found(cores.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < cores.size(); ++i)
    threads.emplace_back([&found, &cores, i] { found[i] = gigahertz(cores[i]); });
  for (auto& thread : threads) thread.join();
  fmt::print("{:.3f}\n", *std::ranges::min_element(found));
  return 0;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) {
  std::vector<int> cores;
  for (int i = 1; i < argc; ++i) cores.push_back(std::atoi(argv[i]));
  if (cores.empty()) cores.push_back(0);
  return slipway::bench::run(cores);
}
