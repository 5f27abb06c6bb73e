#include "measure/report/text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>

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

constexpr std::string_view kBetween = " /,_.:;-";  // words of a name

/// Names that differ, as places in the list of all.
using Places = std::span<const std::size_t>;

/// At most `most` characters of what others have, too: an ellipsis where that is hardly any.
std::string brief_part(std::string_view part, std::size_t most) {
  constexpr std::size_t kLeast = 7;
  if (length(part) <= most) return std::string(part);
  return most < kLeast ? std::string(kEllipsis) : brief(part, most);
}

/// Each with less of the words that all begin or end with, so that they fit if they can.
std::vector<std::string> less_common(const std::vector<std::string>& names, Places places,
                                     std::size_t most) {
  std::string_view front = names[places[0]];
  std::string_view behind = front;
  std::size_t shortest = front.size();
  for (const auto place : places) {
    const std::string_view name = names[place];
    shortest = std::min(shortest, name.size());
    const auto differs = std::ranges::mismatch(front, name).in1;
    front = front.substr(0, static_cast<std::size_t>(differs - front.begin()));
    std::size_t same = 0;
    while (same < std::min(behind.size(), name.size()) &&
           behind[behind.size() - 1 - same] == name[name.size() - 1 - same])
      ++same;
    behind = behind.substr(behind.size() - same);
  }
  front = front.substr(0, front.find_last_of(kBetween) + 1);  // npos + 1 is 0
  behind = behind.substr(std::min(behind.find_first_of(kBetween), behind.size()));
  if (front.size() + behind.size() > shortest) behind = {};
  const auto inner_of = [&](std::size_t place) {
    return names[place].substr(front.size(), names[place].size() - front.size() - behind.size());
  };
  std::size_t longest = 0;
  for (const auto place : places) longest = std::max(longest, length(inner_of(place)));
  // What is left beside the longest of them: a third for the end, unless the front needs less.
  const auto left = most > longest ? most - longest : 0;
  const auto for_front = std::min(length(front), left - std::min(length(behind), left / 3));
  const auto before = brief_part(front, for_front);
  const auto after = brief_part(behind, left - std::min(left, length(before)));
  std::vector<std::string> out;
  for (const auto place : places) out.push_back(before + inner_of(place) + after);
  return out;
}

/// Fills in what becomes of the names at `places`, of which there are two at least.
void shorten(const std::vector<std::string>& names, Places places, std::size_t most,
             std::map<std::string, std::string>& into) {
  const auto fits = [&](std::size_t place) { return length(names[place]) <= most; };
  if (std::ranges::all_of(places, fits)) {
    for (const auto place : places) into[names[place]] = names[place];
    return;
  }
  const auto inner = less_common(names, places, most);
  std::map<std::string, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < places.size(); ++i) alike[brief(inner[i], most)].push_back(places[i]);
  for (const auto& [text, group] : alike) {
    if (group.size() == 1 || group.size() == places.size()) {
      for (const auto place : group) into[names[place]] = text;
    } else {
      shorten(names, group, most, into);
    }
  }
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

std::vector<std::string> brief_all(const std::vector<std::string>& names, std::size_t most) {
  SLIPWAY_CHECK(most >= 12);
  std::set<std::string> seen;
  std::vector<std::size_t> places;  // of names that differ
  for (std::size_t i = 0; i < names.size(); ++i)
    if (seen.insert(names[i]).second) places.push_back(i);
  std::map<std::string, std::string> shorter;
  if (places.size() > 1) shorten(names, places, most, shorter);
  std::map<std::string, int> times;
  for (const auto& [name, text] : shorter) ++times[text];
  for (const auto place : places) {
    if (places.size() < 2 || times.at(shorter.at(names[place])) < 2) continue;
    auto& text = shorter.at(names[place]);
    const auto number = fmt::format("#{}", place + 1);
    text = brief(text, most - std::min(number.size(), most - 3)) + number;
  }
  std::vector<std::string> out;
  for (const auto& name : names)
    out.push_back(places.size() > 1 ? shorter.at(name) : brief(name, most));
  return out;
}

std::string figure(double x) {
  if (std::fabs(x) >= 100) return fmt::format("{:.2f}", x);
  return fmt::format("{:.4g}", x);
}

}  // namespace slipway::report
