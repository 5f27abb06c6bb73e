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

Result<WrittenModel> write_checked(World& world, const Format& format, const Graph& graph,
                                   const std::string& path) {
  MemoryFiles memory;
  WrittenModel out;
  out.paths = SLIPWAY_TRY(write_model(memory, format, graph, path));
  const auto again =
      SLIPWAY_TRY(read_model(memory, path).during("reading what would be written, to check it"));
  out.equal = again == graph;
  for (const auto& name : out.paths) {
    const auto bytes = SLIPWAY_TRY(memory.read(name));
    SLIPWAY_TRY(world.files.write(name, bytes));
    out.bytes += static_cast<std::int64_t>(bytes.size());
  }
  return out;
}

}  // namespace slipway::cli
