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

#include "base/held.h"
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
volatile std::sig_atomic_t only_asks = 0;  // whether somebody looks at it
volatile std::sig_atomic_t is_child = 0;   // whose parent talks
volatile std::sig_atomic_t told_to_pause = 0;

void say(std::string_view words) {
  if (is_child != 0) return;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words.data(), words.size());
}

/// The first one asks where somebody looks; otherwise it ends us, and nothing of ours stays behind.
void on_stop(int signal) {
  if (only_asks != 0 && caught_signal == 0) {
    caught_signal = signal;
    say("\nstopping; once more to stop at once\n");
    return;
  }
  slipway::remove_held_locks();
  say("\nstopped\n");
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // comes when this handler is left
}

void install(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESTART);
  ::sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction action = {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void catch_signals(bool on) {
  only_asks = on ? 1 : 0;
  if (!on) return;
  for (const int signal : {SIGINT, SIGTERM}) install(signal, on_stop);
}

/// Stops the child's group and us, as Ctrl-Z does with one that is no parent, until both go on.
void pause_with(pid_t child) {
  ::kill(-child, SIGSTOP);
  std::signal(SIGTSTP, SIG_DFL);
  std::raise(SIGTSTP);
  install(SIGTSTP, [](int) { told_to_pause = 1; });
  ::kill(-child, SIGCONT);
}

/// Waits for a child, and tells it to stop, or to pause, when we are told.
int wait_for(pid_t child) {
  told_to_pause = 0;
  const bool may_pause = !is_ignored(SIGTSTP);
  if (may_pause) install(SIGTSTP, [](int) { told_to_pause = 1; });
  constexpr int kTurnMs = 100;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));  // NOLINT: variadic
  bool told = false;
  pollfd ended = {.fd = handle, .events = POLLIN, .revents = 0};
  while (handle >= 0 && ::poll(&ended, 1, kTurnMs) <= 0) {
    if (told_to_pause != 0) {
      told_to_pause = 0;
      pause_with(child);
    }
    if (caught_signal == 0 || told) continue;
    ::kill(child, caught_signal);
    told = true;
  }
  if (may_pause) std::signal(SIGTSTP, SIG_DFL);
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
  if (child > 0) {
    ::setpgid(child, child);  // it does so itself, but we may be told something before that
    return wait_for(child);
  }
  is_child = 1;
  only_asks = 0;
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

  // What a parent has ignored (of jobs in the background of scripts) stays so for verbs that a
  // signal would only end; long ones, which write what they have, take it from there.
  for (const int signal : {SIGINT, SIGTERM})
    if (!is_ignored(signal)) install(signal, on_stop);

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
