#include "measure/report/text.h"

#include <cmath>
#include <cstdint>
#include <optional>

#include <fmt/core.h>

#include "base/check.h"

namespace slipway::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool is_inner(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// A character of UTF-8 and how many bytes it has.
struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
};

/// The first character; nothing where it is no UTF-8. Needs text that is not empty.
std::optional<Character> first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80U) return Character{lead, 1};
  std::size_t bytes = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;  // fewer bytes would have been enough below it
  if ((lead & 0xE0U) == 0xC0U) {
    bytes = 2, code = lead & 0x1FU, least = 0x80;
  } else if ((lead & 0xF0U) == 0xE0U) {
    bytes = 3, code = lead & 0x0FU, least = 0x800;
  } else if ((lead & 0xF8U) == 0xF0U) {
    bytes = 4, code = lead & 0x07U, least = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < bytes) return std::nullopt;
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_inner(text[i])) return std::nullopt;
    code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least || surrogate || code > 0x10FFFF) return std::nullopt;
  return Character{code, bytes};
}

/// Of those that end a line, or turn the direction of what stands behind them.
bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || (code >= 0x200E && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

}  // namespace

std::string clean(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto character = first_of(text);
    if (!character) {
      out += kReplacement;
    } else if (is_control(character->code)) {
      out += ' ';
    } else {
      out += text.substr(0, character->bytes);
    }
    text.remove_prefix(character ? character->bytes : 1);
  }
  return out;
}

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_of(text);
    if (!character || character->code == 0) return false;
    text.remove_prefix(character->bytes);
  }
  return true;
}

std::size_t length(std::string_view text) {
  std::size_t out = 0;
  for (const char c : text) out += is_inner(c) ? 0 : 1;
  return out;
}

std::string brief(std::string_view text, std::size_t most) {
  SLIPWAY_CHECK(most >= 3);
  const auto all = length(text);
  if (all <= most) return std::string(text);
  const auto front = most / 2;
  const auto behind = all - (most - 1 - front);  // the first character that stays
  std::string out;
  std::size_t at = 0;
  for (const char c : text) {
    at += is_inner(c) ? 0 : 1;  // 1 for the first character
    if (at <= front || at > behind) out += c;
    if (at == front + 1 && !is_inner(c)) out += kEllipsis;
  }
  return out;
}

std::string figure(double x) {
  if (std::fabs(x) >= 100) return fmt::format("{:.2f}", x);
  return fmt::format("{:.4g}", x);
}

}  // namespace slipway::report
