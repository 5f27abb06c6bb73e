#pragma once
// Names and numbers as charts and tables have them.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::report {

/// Text from anywhere as UTF-8 on one line: what is no UTF-8 becomes U+FFFD, control characters and
/// those that turn the direction of writing become spaces.
[[nodiscard]] std::string clean(std::string_view text);

/// Whether it is UTF-8 without NUL.
[[nodiscard]] bool is_text(std::string_view text);

/// `text` in at most `most` characters: its middle gives way to an ellipsis. Needs clean text, and
/// most >= 3.
[[nodiscard]] std::string brief(std::string_view text, std::size_t most);

/// All of them in at most `most` characters: what they have in common in front and behind gives way
/// first, then the middle. Names that differ go on differing, if need be by a number. Needs clean
/// text, and most >= 12.
[[nodiscard]] std::vector<std::string> brief_all(const std::vector<std::string>& names,
                                                 std::size_t most);

/// How many characters; wide ones count as one. Needs clean text.
[[nodiscard]] std::size_t length(std::string_view text);

/// Two decimals from 100 on ("9199.48"), below that four digits ("12.35", "0.001234").
[[nodiscard]] std::string figure(double x);

}  // namespace slipway::report
