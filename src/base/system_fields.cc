#include "base/system_fields.h"

#include <sstream>

namespace slipway {

SystemFields system_fields(const Files& files, const std::string& path) {
  SystemFields out;
  const auto bytes = files.read(path);
  if (!bytes) return out;
  std::istringstream lines{std::string(as_text(*bytes))};
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto name_end = line.find_last_not_of(" \t", colon == 0 ? 0 : colon - 1);
    const auto value = line.find_first_not_of(" \t", colon + 1);
    out.emplace(line.substr(0, name_end + 1), value == std::string::npos ? "" : line.substr(value));
  }
  return out;
}

std::string value_of(const SystemFields& fields, std::string_view name) {
  const auto at = fields.find(name);
  return at == fields.end() ? std::string() : at->second;
}

}  // namespace slipway
