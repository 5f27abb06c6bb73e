// json PATH...: prints values of the JSON document on stdin, one a line; "images.0.label" is a
// path. Without paths it only checks that there is exactly one document.

#include "base/json.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

namespace {

/// The member or element that a word names, or nullptr.
const slipway::Json* step(const slipway::Json& at, const std::string& word) {
  const auto* array = at.array();
  if (array == nullptr) return at.find(word);
  const auto i = static_cast<std::size_t>(std::strtoul(word.c_str(), nullptr, 10));
  return i < array->size() ? &(*array)[i] : nullptr;
}

}  // namespace

int main(int count, char** words) {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const auto document = slipway::parse_json(text);
  if (!document) {
    std::fprintf(stderr, "not JSON: %s\n", document.error().message.c_str());
    return 1;
  }
  for (int i = 1; i < count; ++i) {
    const slipway::Json* at = &*document;
    std::string path = words[i];
    while (at != nullptr && !path.empty()) {
      const auto dot = std::min(path.find('.'), path.size());
      at = step(*at, path.substr(0, dot));
      path.erase(0, dot + 1);
    }
    const std::string value = at == nullptr             ? "missing"
                              : at->string() != nullptr ? *at->string()
                                                        : at->text(0);
    std::printf("%s\n", value.c_str());
  }
  return 0;
}
