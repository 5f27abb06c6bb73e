#pragma once
// The files that `plot` and `report` are given.

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/world.h"
#include "measure/report/document.h"

namespace slipway::cli {

/// FILES and --labels.
class ChartFiles {
 public:
  void describe(Options& options, std::string argument);

  /// Reads all of them: stats files (three lines), results, and folders with `result.v1.json` or
  /// with such folders, among which those of a sweep's rows that failed may be. A .txt that is not
  /// there is kept as missing while another one is.
  ///
  /// Errors  not_found: absent; invalid_input: neither of both, or labels for another number of
  /// files
  [[nodiscard]] Result<report::Material> read(World& world) const;

  /// Whether `output` is one of the files, which it would replace.
  [[nodiscard]] bool has(const Files& files, const std::string& output) const;

 private:
  [[nodiscard]] Result<std::vector<std::string>> paths(const Files& files,
                                                       std::vector<report::Failed>& failed) const;
  [[nodiscard]] Result<std::vector<std::string>> labels(World& world, std::size_t count) const;

  std::vector<std::string> files_;
  std::optional<std::string> labels_;
};

}  // namespace slipway::cli
