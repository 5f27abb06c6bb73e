#pragma once
// Comma-separated tables with a first row that names the columns.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slipway {

/// A table as text. Rows are as long as the header.
struct Csv {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  /// The place of a column, or nothing where there is none of that name.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;
};

/// Reads quoted cells, either kind of line end, and an end without one. Empty lines are skipped.
///
/// Errors  corrupt: no header, a row of another length, or a quote that does not end; with the line
/// Source  RFC 4180
Result<Csv> parse_csv(std::string_view text);

/// Text as a cell: quoted where it must be.
[[nodiscard]] std::string csv_cell(const std::string& text);

}  // namespace slipway
