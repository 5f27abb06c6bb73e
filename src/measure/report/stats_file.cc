#include "measure/report/stats_file.h"

#include <charconv>
#include <cmath>
#include <string>

#include "measure/report/text.h"

namespace slipway::report {
namespace {

constexpr std::string_view kWhat =
    "a stats file has three lines: seconds to load, seconds of all inferences, frames per second";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const auto from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

}  // namespace

Result<Stats> parse_stats(std::string_view text) {
  Stats out;
  double* const values[] = {&out.load_s, &out.inference_s, &out.fps};
  std::size_t line = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto word = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    if (word.empty() && line > std::size(values)) continue;
    constexpr std::size_t kShown = 40;
    if (line > std::size(values))
      return fail(Code::invalid_input, "line {} is '{}', one too many", line,
                  brief(clean(word), kShown))
          .with_remedy(std::string(kWhat));
    double value = 0;
    const auto [at, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (problem != std::errc() || at != word.data() + word.size() || !std::isfinite(value) ||
        value < 0)
      return fail(Code::invalid_input, "line {} is '{}', not a number of 0 or more", line,
                  brief(clean(word), kShown))
          .with_remedy(std::string(kWhat));
    *values[line - 1] = value;
  }
  if (line < std::size(values))
    return fail(Code::invalid_input, "it has {} of three lines", line)
        .with_remedy(std::string(kWhat));
  return out;
}

}  // namespace slipway::report
