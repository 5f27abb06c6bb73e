#include "vision/labels.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace slipway {
namespace {

constexpr std::string_view kSpace = " \t\r\v\f";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// A line "12: name" taken apart.
struct Numbered {
  std::size_t number = 0;
  char separator = 0;
  std::string_view name;
};

std::optional<Numbered> numbered(std::string_view line) {
  Numbered out;
  const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), out.number);
  const auto digits = static_cast<std::size_t>(end - line.data());
  if (code != std::errc() || digits == line.size()) return std::nullopt;
  out.separator = line[digits] == '\t' ? ' ' : line[digits];
  if (out.separator != ' ' && out.separator != ':' && out.separator != ',') return std::nullopt;
  out.name = trimmed(line.substr(digits + 1));
  return out;
}

/// Takes the numbers off if all lines agree on them.
void strip_numbers(std::vector<std::string>& labels) {
  std::vector<std::string> names;
  std::size_t first = 0;
  char separator = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto parts = numbered(labels[i]);
    if (!parts) return;
    if (i == 0) {
      first = parts->number;
      separator = parts->separator;
    }
    if (first > 1 || parts->number != first + i || parts->separator != separator) return;
    names.emplace_back(parts->name);
  }
  labels = std::move(names);
}

}  // namespace

Result<std::vector<std::string>> parse_labels(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find('\0') != std::string_view::npos) {
    return fail(Code::invalid_input, "a label file is text; this one is binary");
  }
  std::vector<std::string> labels;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    labels.emplace_back(trimmed(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  if (labels.empty()) return fail(Code::invalid_input, "a label file without labels");
  if (labels.size() > 1) strip_numbers(labels);
  return labels;
}

std::string label_of(const Recipe& recipe, std::int64_t index) {
  const std::int64_t at = index + recipe.label_offset;
  if (at >= 0 && at < static_cast<std::int64_t>(recipe.labels.size())) {
    const std::string& label = recipe.labels[static_cast<std::size_t>(at)];
    if (!label.empty()) return label;
  }
  return fmt::format("class {}", index);
}

}  // namespace slipway
