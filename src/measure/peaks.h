#pragma once
// What this processor can do at most, and how to time on a machine that is not ours alone.

#include <functional>
#include <string>
#include <vector>

#include "kernels/isa.h"

namespace slipway::measure {

/// Seconds of one run: the least of many short samples, of which only those count during which the
/// processor ran at its full clock. A sample is between two chains of dependent multiplications,
/// and counts when both took hardly longer than the fastest chain so far.
class Stopwatch {
 public:
  /// Runs for about `seconds`.
  double best_seconds(const std::function<void()>& run, double seconds);

  /// Of all samples, those that did not count.
  [[nodiscard]] double refused_share() const {
    return samples_ == 0 ? 0 : static_cast<double>(refused_) / static_cast<double>(samples_);
  }

  /// Dependent multiplications per second, in 10^9, of the fastest chain.
  [[nodiscard]] double chain_ghz() const;

 private:
  /// Whether the processor ran at its full clock just now.
  bool full_clock();

  double fastest_chain_ = 1e9;
  long samples_ = 0;
  long refused_ = 0;
};

/// What is multiplied.
enum class Numbers { floats, bytes, bf16, halves };

/// One kind of arithmetic at full speed in registers.
struct Peak {
  std::string name;
  kernels::Isa isa;
  Numbers numbers;
  double gops;  // 10^9 multiplications and additions per second
};

/// Those that this processor has.
std::vector<Peak> measure_peaks(Stopwatch& watch, double seconds);

/// 10^9 bytes that one thread reads in a second from a block of so many bytes, again and again: of
/// the caches where it fits there. With an instruction set that the processor has.
double measure_reading(Stopwatch& watch, kernels::Isa isa, std::size_t bytes, double seconds);

}  // namespace slipway::measure
