#pragma once
// The three lines that a job of the exercise leaves behind, and `bench --stats` writes.

#include <string_view>

#include "base/result.h"

namespace slipway::report {

struct Stats {
  double load_s = 0;       // reading, compiling and loading the model
  double inference_s = 0;  // of all inferences
  double fps = 0;          // frames per second
};

/// Three numbers, one a line, without names. Empty lines behind them do not count.
///
/// Errors  invalid_input: a line is missing, is no number or a negative one, or there are more
Result<Stats> parse_stats(std::string_view text);

}  // namespace slipway::report
