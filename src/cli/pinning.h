#pragma once
// --pin: whether streams keep to processors of their own.

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/world.h"
#include "measure/pin.h"

namespace slipway::cli {

class Pinning {
 public:
  void describe(Options& options);

  [[nodiscard]] bool is_asked() const { return flag_.has_value(); }

  /// The processors of each stream, or nothing: one stream alone is pinned when the flag says so,
  /// several where there is a processor for each of their threads and the system lets us.
  ///
  /// Errors  of usage: pinned they must be, and the processors are too few; unavailable: refused
  Result<std::vector<measure::Cpus>> places(World& world, int streams, int threads) const;

 private:
  std::optional<std::string> flag_;
};

/// "0 1 | 2 3".
[[nodiscard]] std::string text_of(const std::vector<measure::Cpus>& places);

/// A list for each stream, or null.
[[nodiscard]] Json to_json(const std::vector<measure::Cpus>& places);

}  // namespace slipway::cli
