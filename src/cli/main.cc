// The one place that opens real doors: the clock, the disk, the terminal, the environment.

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

std::map<std::string, std::string, std::less<>> all_variables() {
  std::map<std::string, std::string, std::less<>> out;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view line = *at;
    const auto sign = line.find('=');
    if (sign != std::string_view::npos)
      out.emplace(std::string(line.substr(0, sign)), std::string(line.substr(sign + 1)));
  }
  return out;
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

/// Waits for a child, and tells it to stop when we are told.
int wait_for(pid_t child) {
  constexpr int kTurnMs = 100;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));  // NOLINT: variadic
  bool told = false;
  pollfd ended = {.fd = handle, .events = POLLIN, .revents = 0};
  while (handle >= 0 && ::poll(&ended, 1, kTurnMs) <= 0) {
    if (caught_signal == 0 || told) continue;
    ::kill(child, caught_signal);
    told = true;
  }
  if (handle >= 0) ::close(handle);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int apart(const std::function<int()>& work) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return 4;
  if (child > 0) return wait_for(child);
  // Our end is its end, also where it came before we could say so.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // NOLINT: variadic
  if (::getppid() != parent) ::_exit(4);
  // Ctrl-C is for the parent, which tells us. Twice would be to stop at once.
  ::setpgid(0, 0);
  ::_exit(work());
}

}  // namespace

int main(int count, char** words) {
  // As for every tool in a pipe: the reader's end closes, we end. Some parents ignore the signal.
  std::signal(SIGPIPE, SIG_DFL);
  // A limit on the size of files is an error of the write that meets it, which can be told.
  std::signal(SIGXFSZ, SIG_IGN);

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
                            .variables = all_variables(),
                            .apart = apart,
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
