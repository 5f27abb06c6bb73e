#pragma once
// `compare-runs`, and `bench --against`.

#include "cli/take_turns.h"

namespace slipway::cli {

/// Where a comparison goes besides the terminal, and what it may not exceed.
class RunsOutput {
 public:
  void describe(Options& options);

  /// Errors  of usage: what is no percentage, or flags that exclude each other
  Result<void> check(World& world);

  /// A gate was asked for by --max-regress.
  [[nodiscard]] const std::optional<Gate>& gate() const { return gate_; }

  /// Prints and writes; the exit status: 1 where the gate was not passed.
  Result<int> write(World& world, const RunsReport& report) const;

 private:
  std::optional<std::string> max_regress_;
  bool github_ = false;
  std::optional<std::string> summary_;
  std::optional<std::string> junit_;
  std::optional<Gate> gate_;
};

}  // namespace slipway::cli
