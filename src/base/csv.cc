#include "base/csv.h"

#include <algorithm>

namespace slipway {
namespace {

/// Splits text into rows of cells.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

  [[nodiscard]] int line() const { return line_; }

  /// The cells of the next row; one empty cell for an empty line.
  Result<std::vector<std::string>> row() {
    std::vector<std::string> cells(1);
    for (; !at_end(); ++at_) {
      const char c = text_[at_];
      if (c == '"' && cells.back().empty()) {
        SLIPWAY_TRY(quoted(cells.back()));
      } else if (c == ',') {
        cells.emplace_back();
      } else if (c == '\n') {
        ++at_;
        ++line_;
        break;
      } else if (c != '\r') {
        cells.back() += c;
      }
    }
    return cells;
  }

 private:
  /// From one quote to the next; two quotes stand for one. Ends on the closing quote.
  Result<void> quoted(std::string& cell) {
    const int start = line_;
    for (++at_; !at_end(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        cell += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell += text_[++at_];
      } else {
        return {};
      }
    }
    return fail(Code::corrupt, "line {}: a quote does not end", start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::optional<std::size_t> Csv::find(std::string_view column) const {
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

Result<Csv> parse_csv(std::string_view text) {
  Splitter splitter(text);
  Csv csv;
  while (!splitter.at_end()) {
    const int line = splitter.line();
    auto cells = SLIPWAY_TRY(splitter.row());
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (csv.columns.empty()) {
      csv.columns = std::move(cells);
    } else if (cells.size() != csv.columns.size()) {
      return fail(Code::corrupt, "line {}: {} cells under {} columns", line, cells.size(),
                  csv.columns.size());
    } else {
      csv.rows.push_back(std::move(cells));
    }
  }
  if (csv.columns.empty()) return fail(Code::corrupt, "a table without a header");
  return csv;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace slipway
