#pragma once
// A profile: a table of measurements, one a row, and the command lines that they become.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/csv.h"
#include "cli/world.h"

namespace slipway::cli {

struct SweepRow {
  int number = 0;                                          // from 1
  std::vector<std::pair<std::string, std::string>> cells;  // column and text
  std::string folder;                                      // "out/test_3"
  std::vector<std::string> words;                          // of bench
  double seconds = 0;                                      // that it wants to measure; 0: unknown
};

struct SweepProfile {
  std::string text;  // as it was read
  std::vector<std::string> columns;
  std::vector<SweepRow> rows;
  std::vector<std::string> labels;  // columns that become no flag and are in no template
};

/// Whether one of these flags is among the words, with its value behind it or behind "=".
[[nodiscard]] bool has_flag(std::span<const std::string> words,
                            std::span<const std::string_view> names);

/// The text of a profile: a file, or one that this program carries ("c100.bf16.csv"), also where
/// the path leads to another place that is not there.
///
/// Errors  those of Files::read, naming what is carried
Result<std::string> profile_text(World& world, const std::string& path);

/// The rows of a profile below the folder `out`. Columns become flags of bench (model_name is
/// MODEL, test_duration both durations, others the flag of their name); behind them stand the words
/// of `pattern`, with {column}, {output_dir} and {row} replaced, and "{{" for "{".
///
/// Errors  corrupt: no table; invalid_input: no rows or no column for the model, a name in braces
///         that is no column, a column in no template whose name is nearly that of a flag
Result<SweepProfile> parse_profile(std::string text, std::span<const std::string> pattern,
                                   const std::string& out, bool dummy);

/// Refuses words of a pattern, `count` of them, that no row could be measured with: what is wrong
/// with them would be so in each.
///
/// Errors  of usage
Result<void> check_pattern(World& world, const SweepProfile& profile, std::size_t count);

/// `text` with the names in braces replaced.
///
/// Errors  invalid_input: a name that is not there, or a brace without its other one
Result<std::string> filled_in(std::string_view text,
                              std::span<const std::pair<std::string, std::string>> values);

}  // namespace slipway::cli
