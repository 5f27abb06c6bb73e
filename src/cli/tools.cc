#include "cli/tools.h"

#include <chrono>
#include <sstream>

#include "base/program.h"

namespace slipway::cli {

std::string find_program(const World& world, std::string_view program) {
  std::istringstream folders{world.search_path};
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto path = join(folder, program);
    if (!folder.empty() && world.files.kind(path) == Files::Kind::file) return path;
  }
  return {};
}

Result<Bytes> draw_graph(World& world, const std::string& source, const std::string& format) {
  const auto dot = find_program(world, "dot");
  if (dot.empty() || world.programs == nullptr) {
    return fail(Code::unavailable, "drawing takes the program 'dot', which is not on this machine")
        .with_remedy("sudo apt-get install --no-install-recommends graphviz");
  }
  world.detail("running {} -T{}", dot, format);
  auto result = SLIPWAY_TRY(
      world.programs->run(dot, {"-T" + format}, as_bytes(source), std::chrono::minutes(2)));
  if (result.status != 0) {
    const auto said = as_text(result.err);
    return fail(Code::unsupported, "{} ends with {}: {}", dot, result.status,
                said.substr(0, std::min(said.find('\n'), said.size())));
  }
  return std::move(result.out);
}

}  // namespace slipway::cli
