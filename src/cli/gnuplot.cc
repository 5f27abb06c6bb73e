#include "cli/gnuplot.h"

#include <chrono>
#include <sstream>

#include "cli/tools.h"
#include "measure/report/text.h"

namespace slipway::cli {
namespace {

/// Whether a picture has its beginning and its end.
bool is_whole(std::string_view bytes, report::Picture picture) {
  const auto tail = bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 64));
  switch (picture) {
    case report::Picture::svg:
      return bytes.starts_with("<?xml") && tail.find("</svg>") != tail.npos;
    case report::Picture::png:
      return bytes.starts_with("\x89PNG") && tail.find("IEND") != tail.npos;
    case report::Picture::pdf:
      break;
  }
  return bytes.starts_with("%PDF") && tail.find("%%EOF") != tail.npos;
}

/// The line of gnuplot's talk that says what is wrong: the last one that is not empty.
std::string last_line(std::string_view talk) {
  std::istringstream lines{std::string(talk)};
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t\r^") != std::string::npos) out = line;
  return out.empty() ? "it does not say why" : report::clean(out);
}

}  // namespace

Result<Bytes> draw_charts(World& world, const std::vector<report::Chart>& charts,
                          const std::string& note, report::Picture picture) {
  const auto gnuplot = find_program(world, "gnuplot");
  if (gnuplot.empty() || world.programs == nullptr)
    return fail(Code::unavailable,
                "drawing takes the program 'gnuplot', which is not on this machine")
        .with_remedy("sudo apt-get install --no-install-recommends gnuplot-nox");
  world.detail("running {}", gnuplot);
  const auto script = report::gnuplot_script(charts, note, picture);
  // Nobody's own settings, and the script through the pipe: no file is left behind.
  auto result = SLIPWAY_TRY(
      world.programs->run(gnuplot, {"-d", "-"}, as_bytes(script), std::chrono::minutes(2)));
  if (result.status != 0 || !is_whole(as_text(result.out), picture))
    return fail(
        Code::unsupported, "{} {}: {}", gnuplot,
        result.status != 0 ? fmt::format("ends with {}", result.status) : "made no whole picture",
        last_line(as_text(result.err)));
  return std::move(result.out);
}

}  // namespace slipway::cli
