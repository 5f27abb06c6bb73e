// The one place that opens real doors: the clock, the disk, the terminal, the environment.

#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
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

/// Where the XDG base directory specification puts what can be made again.
std::string cache_home() {
  const char* cache = environment("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return cache;
  const char* home = environment("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache" : std::string();
}

volatile std::sig_atomic_t caught_signal = 0;

void remember(int signal) {
  caught_signal = signal;
  constexpr std::string_view kWords = "\nstopping; once more to stop at once\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kWords.data(), kWords.size());
}

void catch_signals(bool on) {
  struct sigaction action = {};
  action.sa_handler = on ? remember : SIG_DFL;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

int main(int count, char** words) {
  // As for every tool in a pipe: the reader's end closes, we end. Some parents ignore the signal.
  std::signal(SIGPIPE, SIG_DFL);

  const slipway::SystemClock clock;
  slipway::SystemEntropy entropy;
  const slipway::SystemPrograms programs;
  slipway::SystemFiles files(entropy);
  const char* no_color = environment("NO_COLOR");
  const char* path = environment("PATH");
  const char* isa = environment("SLIPWAY_ISA");
  slipway::cli::World world{.clock = clock,
                            .files = files,
                            .entropy = entropy,
                            .out = stdout,
                            .err = stderr,
                            .search_path = path == nullptr ? "" : path,
                            .isa = isa == nullptr ? "" : isa,
                            .cache_home = cache_home(),
                            .programs = &programs,
                            .catch_signals = catch_signals,
                            .caught = &caught_signal,
                            .goal = {}};
  world.terminal.out_columns = columns(STDOUT_FILENO);
  world.terminal.err_columns = columns(STDERR_FILENO);
  world.terminal.color =
      world.terminal.out_columns > 0 && (no_color == nullptr || *no_color == '\0');

  const std::vector<std::string> line(words + (count > 0 ? 1 : 0), words + count);
  return slipway::cli::finish(world, slipway::cli::run_app(world, line));
}
