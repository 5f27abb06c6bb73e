#include "cli/table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/check.h"
#include "measure/report/text.h"

namespace slipway::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  // a column that may shrink keeps this much

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Three digits that say something.
std::string three_digits(double x) {
  if (x >= 99.95) return fmt::format("{:.0f}", x);
  if (x >= 9.995) return fmt::format("{:.1f}", x);
  return fmt::format("{:.2f}", x);
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::size_t length = columns_of(text);
  const std::string space(width > length ? width - length : 0, ' ');
  return align == Align::left ? text + space : space + text;
}

/// The names of a column in `width` columns.
void shorten(std::vector<std::vector<std::string>>& rows, std::size_t column, std::size_t width) {
  constexpr std::size_t kLeast = 12;  // below which they are cut as all text is
  if (width < kLeast) return;
  std::vector<std::string> names;
  for (const auto& row : rows)
    if (!row.empty()) names.push_back(report::clean(row[column]));
  const auto shorter = report::brief_all(names, width);
  std::size_t at = 0;
  for (auto& row : rows) {
    if (row.empty()) continue;
    if (shorter[at] != names[at]) row[column] = shorter[at];
    ++at;
  }
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string cut(const std::string& text, std::size_t width, Shrink shrink) {
  const std::size_t length = columns_of(text);
  if (length <= width) return text;
  if (width == 0) return {};
  const std::size_t kept = shrink == Shrink::start ? length - (width - 1) : width - 1;
  std::size_t at = 0;  // where the first `kept` columns end
  for (std::size_t seen = 0; at < text.size(); ++at) {
    if (!is_continuation(text[at]) && seen++ == kept) break;
  }
  return shrink == Shrink::start ? "…" + text.substr(at) : text.substr(0, at) + "…";
}

void Table::row(std::vector<std::string> cells) {
  SLIPWAY_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::rule() { rows_.emplace_back(); }

std::string Table::text(int width, bool bold) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t widest = columns_of(columns_[c].title);
    for (const auto& row : rows_) {
      if (!row.empty()) widest = std::max(widest, columns_of(row[c]));
    }
    widths.push_back(widest);
  }
  const auto total = [&] {
    std::size_t sum = kGap * (widths.size() - 1);
    for (const auto w : widths) sum += w;
    return sum;
  };
  while (width > 0 && total() > static_cast<std::size_t>(width)) {
    std::size_t* widest = nullptr;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      if (columns_[c].shrink != Shrink::never && widths[c] > kNarrowest &&
          (widest == nullptr || widths[c] > *widest))
        widest = &widths[c];
    }
    if (widest == nullptr) break;
    --*widest;
  }
  auto cells = rows_;
  for (std::size_t c = 0; c < columns_.size(); ++c)
    if (columns_[c].shrink == Shrink::names) shorten(cells, c, widths[c]);
  std::string out;
  const auto line = [&](const auto& cell_of, bool heavy) {
    std::string text;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      text += padded(cut(cell_of(c), widths[c], columns_[c].shrink), widths[c], columns_[c].align);
      text += std::string(kGap, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += heavy ? fmt::format("\x1b[1m{}\x1b[0m\n", text) : text + "\n";
  };
  line([&](std::size_t c) { return columns_[c].title; }, bold);
  for (const auto& row : cells) {
    if (row.empty()) {
      std::string rule;
      for (const auto w : widths) rule += fmt::format("{:─<{}}{:{}}", "", w, "", kGap);
      rule.erase(rule.find_last_not_of(' ') + 1);
      out += rule + "\n";
    } else {
      line([&](std::size_t c) { return row[c]; }, false);
    }
  }
  return out;
}

std::string count_text(std::int64_t n) {
  const auto x = static_cast<double>(n);
  if (n < 1000) return fmt::to_string(n);
  if (x < 999.5e3) return three_digits(x / 1e3) + " k";
  if (x < 999.5e6) return three_digits(x / 1e6) + " M";
  return three_digits(x / 1e9) + " G";
}

std::string bytes_text(std::int64_t bytes) {
  const auto x = static_cast<double>(bytes);
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (x < 999.5e3) return three_digits(x / 1e3) + " kB";
  if (x < 999.5e6) return three_digits(x / 1e6) + " MB";
  return three_digits(x / 1e9) + " GB";
}

std::string ms_text(double ms) {
  if (ms >= 999.5) return three_digits(ms / 1e3) + " s";
  if (ms >= 0.9995) return three_digits(ms) + " ms";
  return three_digits(ms * 1e3) + " µs";
}

std::string percent_text(double part) { return fmt::format("{:.1f} %", part * 100); }

std::string number_text(double x) { return fmt::format("{:.4g}", x); }

}  // namespace slipway::cli
