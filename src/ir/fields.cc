#include "ir/fields.h"

namespace slipway::field {

std::string print(const std::string& x) {
  std::string out = "\"";
  for (const char c : x) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

Result<void> parse(std::string_view text, bool& out) {
  if (text != "true" && text != "false")
    return fail(Code::invalid_input, "'{}' is neither true nor false", text);
  out = text == "true";
  return {};
}

Result<void> parse(std::string_view text, float& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return fail(Code::invalid_input, "'{}' is no number", text);
  }
  return {};
}

Result<void> parse(std::string_view text, DType& out) {
  const auto dtype = dtype_from(text);
  if (!dtype) return fail(Code::invalid_input, "'{}' is no element type", text);
  out = *dtype;
  return {};
}

Result<void> parse(std::string_view text, std::string& out) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) {
    return fail(Code::invalid_input, "'{}' is not in quotes", text);
  }
  text = text.substr(1, text.size() - 2);
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (++i < text.size()) {
      out += text[i] == 'n' ? '\n' : text[i];
    }
  }
  return {};
}

Result<std::vector<std::string_view>> items(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('[') || !text.ends_with(']')) {
    return fail(Code::invalid_input, "'{}' is no list in brackets", text);
  }
  text = text.substr(1, text.size() - 2);
  std::vector<std::string_view> out;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '\\') {
      ++i;
    } else if (i < text.size() && text[i] == '"') {
      quoted = !quoted;
    } else if (i >= text.size() || (text[i] == ',' && !quoted)) {
      const auto item = text.substr(start, i - start);
      if (!item.empty() || !out.empty()) out.push_back(item);
      start = i + 1;
    }
  }
  return out;
}

}  // namespace slipway::field
