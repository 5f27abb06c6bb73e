#include "base/program.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway {
namespace {

constexpr std::size_t kMostOutput = std::size_t{1} << 30U;

/// A connection to a stream of the other program. Sockets, because writing to one that is closed
/// can be an error instead of a signal.
class Connection {
 public:
  Connection() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
    ours_ = ends[0];
    theirs_ = ends[1];
    ::fcntl(ours_, F_SETFL, O_NONBLOCK);  // NOLINT: fcntl is variadic
  }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ~Connection() {
    close_ours();
    close_theirs();
  }

  [[nodiscard]] int ours() const { return ours_; }

  [[nodiscard]] int theirs() const { return theirs_; }

  void close_ours() { close(ours_); }

  void close_theirs() { close(theirs_); }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }

  int ours_ = -1;
  int theirs_ = -1;
};

/// The three streams of one program while it runs.
struct Streams {
  Connection in;
  Connection out;
  Connection err;
};

/// Takes what has come; false at the end.
bool read_some(int from, Bytes& into) {
  constexpr std::size_t kChunk = std::size_t{1} << 16U;
  const auto old = into.size();
  into.resize(old + kChunk);
  const auto count = ::read(from, into.data() + old, kChunk);
  into.resize(old + static_cast<std::size_t>(count > 0 ? count : 0));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/// Gives what can be taken; false when all is given, or nobody takes more.
bool write_some(int to, BytesView& rest) {
  if (rest.empty()) return false;
  const auto count = ::send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  rest = rest.subspan(static_cast<std::size_t>(count));
  return !rest.empty();
}

/// Moves bytes until the program has closed its streams.
Result<void> talk(Streams& streams, BytesView input, std::chrono::milliseconds limit,
                  const std::string& path, ProgramResult& result) {
  constexpr int kTurnMs = 50;
  auto left = limit;
  bool out_open = true;
  bool err_open = true;
  if (input.empty()) streams.in.close_ours();
  while (out_open || err_open) {
    pollfd ends[] = {{streams.in.ours(), POLLOUT, 0},
                     {out_open ? streams.out.ours() : -1, POLLIN, 0},
                     {err_open ? streams.err.ours() : -1, POLLIN, 0}};
    const int ready = ::poll(ends, 3, kTurnMs);
    if (ready == 0) {
      // Turns without a byte are what is limited: as much as is needed here, without a clock.
      left -= std::chrono::milliseconds(kTurnMs);
      if (left.count() <= 0) {
        return fail(Code::timeout, "{} did not end within {} seconds", path,
                    limit.count() / 1000.0);
      }
      continue;
    }
    if (ends[0].revents != 0 && !write_some(streams.in.ours(), input)) streams.in.close_ours();
    if (ends[1].revents != 0) out_open = read_some(streams.out.ours(), result.out);
    if (ends[2].revents != 0) err_open = read_some(streams.err.ours(), result.err);
    if (result.out.size() > kMostOutput || result.err.size() > kMostOutput)
      return fail(Code::unsupported, "{} writes over 1 GB", path);
  }
  return {};
}

/// Whether Ctrl-C on our terminal is for the other program, too.
enum class Group : std::uint8_t { ours, its_own };

/// The child's number; our ends of its streams are open.
Result<pid_t> spawn(Streams& streams, const std::string& path,
                    const std::vector<std::string>& arguments, Group group) {
  if (streams.in.ours() < 0 || streams.out.ours() < 0 || streams.err.ours() < 0)
    return fail(Code::unavailable, "no more files can be opened");
  std::vector<std::string> words = {path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, streams.in.theirs(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.out.theirs(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.err.theirs(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  if (group == Group::its_own) ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t child = -1;
  const int started =
      ::posix_spawn(&child, path.c_str(), &actions, &attributes, pointers.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (started != 0) {
    return fail(Code::not_found, "{} cannot be started: {}", path,
                std::generic_category().message(started));
  }
  streams.in.close_theirs();
  streams.out.close_theirs();
  streams.err.close_theirs();
  return child;
}

/// Its status, when it has ended.
int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<ProgramResult> SystemPrograms::run(const std::string& path,
                                          const std::vector<std::string>& arguments,
                                          BytesView input, std::chrono::milliseconds limit) const {
  Streams streams;
  const pid_t child = SLIPWAY_TRY(spawn(streams, path, arguments, Group::ours));
  ProgramResult result;
  auto talked = talk(streams, input, limit, path, result);
  if (!talked) ::kill(child, SIGKILL);
  const int status = wait_for(child);
  if (!talked) return std::move(talked).error();
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

Result<std::shared_ptr<const void>> SystemPrograms::start(const std::string& path,
                                                          const std::vector<std::string>& arguments,
                                                          std::chrono::milliseconds limit) const {
  auto streams = std::make_unique<Streams>();
  const pid_t child = SLIPWAY_TRY(spawn(*streams, path, arguments, Group::its_own));
  Bytes out;
  bool open = true;
  while (open && as_text(out).find('\n') == std::string_view::npos) {
    pollfd end = {streams->out.ours(), POLLIN, 0};
    if (::poll(&end, 1, static_cast<int>(limit.count())) == 0) {
      ::kill(child, SIGKILL);
      wait_for(child);
      return fail(Code::timeout, "{} said nothing within {} seconds", path, limit.count() / 1000.0);
    }
    open = read_some(streams->out.ours(), out);
  }
  if (!open) {
    wait_for(child);
    Bytes said;
    read_some(streams->err.ours(), said);
    const auto text = as_text(said);
    return fail(Code::unavailable, "{} ended at once: {}", path, text.substr(0, text.find('\n')));
  }
  return std::shared_ptr<const void>(streams.release(), [child, limit](Streams* kept) {
    const std::unique_ptr<Streams> owned(kept);
    owned->in.close_ours();
    // Its output ends with it.
    Bytes rest;
    bool is_open = true;
    while (is_open) {
      pollfd end = {owned->out.ours(), POLLIN, 0};
      if (::poll(&end, 1, static_cast<int>(limit.count())) == 0) {
        ::kill(child, SIGKILL);
        break;
      }
      rest.clear();
      is_open = read_some(owned->out.ours(), rest);
    }
    wait_for(child);
  });
}

Result<ProgramResult> FakePrograms::run(const std::string& path, const std::vector<std::string>&,
                                        BytesView, std::chrono::milliseconds) const {
  const auto answer = answers.find(path);
  if (answer == answers.end()) return fail(Code::not_found, "{} cannot be started", path);
  return answer->second;
}

Result<std::shared_ptr<const void>> FakePrograms::start(const std::string& path,
                                                        const std::vector<std::string>&,
                                                        std::chrono::milliseconds) const {
  if (!answers.contains(path)) return fail(Code::not_found, "{} cannot be started", path);
  return std::shared_ptr<const void>(std::make_shared<const int>(0));
}

}  // namespace slipway
