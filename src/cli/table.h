#pragma once
// Rows and columns for people: aligned, cut to the terminal, readable without one.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

enum class Align : std::uint8_t { left, right };

/// What goes where the terminal is too narrow: the end of the text, its start, or of names what
/// they have in common, and their middle: those that differ go on differing.
enum class Shrink : std::uint8_t { never, end, start, names };

struct Column {
  std::string title;
  Align align = Align::left;
  Shrink shrink = Shrink::never;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Needs as many cells as columns.
  void row(std::vector<std::string> cells);

  /// A line between the rows before and behind.
  void rule();

  /// The lines. `width` 0 cuts nothing; `bold` prints the titles in bold.
  [[nodiscard]] std::string text(int width, bool bold) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty one is a rule
};

/// How many columns UTF-8 text takes on a terminal; wide characters count as one.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// `width` columns of the text, with an ellipsis where something was cut.
[[nodiscard]] std::string cut(const std::string& text, std::size_t width,
                              Shrink shrink = Shrink::end);

// Numbers as people write them.
[[nodiscard]] std::string count_text(std::int64_t n);      // "13.6 M"
[[nodiscard]] std::string bytes_text(std::int64_t bytes);  // "1.90 MB"
[[nodiscard]] std::string ms_text(double ms);              // "12.3 ms", "1.20 s"
[[nodiscard]] std::string percent_text(double part);       // 0.973: "97.3 %"
[[nodiscard]] std::string number_text(double x);           // 4 digits

}  // namespace slipway::cli
