// The one place that opens real doors: the clock, the disk, the terminal, the environment.

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/app.h"

namespace {

/// The width of the terminal behind a stream, or 0 where there is none.
int columns(int fd) {
  if (::isatty(fd) == 0) return 0;
  winsize size = {};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;  // NOLINT: variadic
  return known ? size.ws_col : 80;
}

const char* environment(const char* name) {
  return std::getenv(name);  // NOLINT: nothing else runs yet
}

}  // namespace

int main(int count, char** words) {
  // As for every tool in a pipe: the reader's end closes, we end. Some parents ignore the signal.
  std::signal(SIGPIPE, SIG_DFL);

  const slipway::SystemClock clock;
  slipway::SystemEntropy entropy;
  slipway::SystemFiles files(entropy);
  const char* no_color = environment("NO_COLOR");
  const char* path = environment("PATH");
  slipway::cli::World world{.clock = clock,
                            .files = files,
                            .entropy = entropy,
                            .out = stdout,
                            .err = stderr,
                            .search_path = path == nullptr ? "" : path,
                            .goal = {}};
  world.terminal.out_columns = columns(STDOUT_FILENO);
  world.terminal.err_columns = columns(STDERR_FILENO);
  world.terminal.color =
      world.terminal.out_columns > 0 && (no_color == nullptr || *no_color == '\0');

  const std::vector<std::string> line(words + (count > 0 ? 1 : 0), words + count);
  return slipway::cli::finish(world, slipway::cli::run_app(world, line));
}
