#include "cli/write_model.h"

#include <fmt/ranges.h>

#include "base/suggest.h"

namespace slipway::cli {

std::vector<std::string> extensions_to_write() {
  std::vector<std::string> out;
  for (const auto& format : all_formats()) {
    if (format.write != nullptr) out.push_back(fmt::format(".{}", format.extension));
  }
  return out;
}

Result<const Format*> format_to_write(World& world, const std::string& path) {
  const auto wanted = extension(path);
  const auto known = extensions_to_write();
  for (const auto& format : all_formats()) {
    if (format.extension != wanted) continue;
    if (format.write != nullptr) return &format;
    return world.usage("{} files are only read; those that can be written end in {}", format.name,
                       fmt::join(known, ", "));
  }
  const auto nearest = suggest("." + wanted, known);
  const auto base = wanted.empty() ? path : path.substr(0, path.size() - wanted.size() - 1);
  return world
      .usage("{} does not say which format: those that can be written end in {}", path,
             fmt::join(known, ", "))
      .with_remedy(nearest.empty() ? std::string() : fmt::format("-o {}{}", base, nearest));
}

}  // namespace slipway::cli
