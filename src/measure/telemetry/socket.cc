#include "measure/telemetry/socket.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace slipway::measure {
namespace {

constexpr std::chrono::milliseconds kQuestionLimit{200};  // a question comes with its connection
constexpr std::size_t kMostQuestion = 256;
constexpr std::size_t kMostAnswer = std::size_t{64} << 20U;

/// A file that is closed when it goes.
class Opened {
 public:
  explicit Opened(int fd) : fd_(fd) {}

  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  ~Opened() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string reason(int problem) { return std::generic_category().message(problem); }

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un out = {};
  out.sun_family = AF_UNIX;
  if (path.empty()) return fail(Code::invalid_input, "the socket has no name");
  if (path.size() >= sizeof(out.sun_path))
    return fail(Code::invalid_input, "the path of the socket has {} bytes, the system takes {}: {}",
                path.size(), sizeof(out.sun_path) - 1, path)
        .with_remedy("a shorter one, below /tmp for instance");
  std::memcpy(out.sun_path, path.data(), path.size());
  return out;
}

/// Connected, or the reason.
Result<int> connect_to(const std::string& path, int& problem) {
  const auto address = SLIPWAY_TRY(address_of(path));
  Opened fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return fail(Code::unavailable, "no socket can be opened: {}", reason(errno));
  const auto* any = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: as connect(2) has it
  problem = ::connect(fd.get(), any, sizeof(address)) == 0 ? 0 : errno;
  return fd.release();
}

/// Waits until something can be read or written; false: not within the limit.
bool is_ready(int fd, short events, std::chrono::milliseconds limit) {
  pollfd end = {fd, events, 0};
  return ::poll(&end, 1, static_cast<int>(limit.count())) > 0;
}

bool send_all(int fd, std::string_view text, std::chrono::milliseconds limit) {
  while (!text.empty()) {
    const auto count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    } else if (!is_ready(fd, POLLOUT, limit)) {
      return false;
    }
  }
  return true;
}

enum class Got : std::uint8_t { some, end, silence };

Got receive(int fd, std::string& into, std::chrono::milliseconds limit) {
  std::array<char, 4096> buffer = {};
  if (!is_ready(fd, POLLIN, limit)) return Got::silence;
  const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (count > 0) into.append(buffer.data(), static_cast<std::size_t>(count));
  if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) return Got::some;
  return Got::end;
}

/// The code of that name.
Code code_of(std::string_view name) {
  for (const auto code : {Code::invalid_input, Code::unsupported, Code::not_found, Code::conflict,
                          Code::unavailable, Code::timeout, Code::corrupt, Code::cancelled})
    if (name_of(code) == name) return code;
  return Code::internal;
}

/// The first line of an answer.
struct Head {
  std::string word;
  std::size_t bytes = 0;
};

std::optional<Head> parse_head(std::string_view line) {
  const auto space = line.find(' ');
  if (space == line.npos) return std::nullopt;
  Head out{std::string(line.substr(0, space)), 0};
  const auto number = line.substr(space + 1);
  const auto [end, problem] =
      std::from_chars(number.data(), number.data() + number.size(), out.bytes);
  if (problem != std::errc() || out.bytes > kMostAnswer) return std::nullopt;
  return out;
}

Error not_free(const std::string& path) {
  return fail(Code::conflict, "a sampler listens at {} already", path)
      .with_remedy(fmt::format("slipway telemetry kill --socket {}, or another socket", path));
}

}  // namespace

Result<Listener> Listener::open(Files& files, const std::string& path) {
  const auto address = SLIPWAY_TRY(address_of(path));
  auto lock = files.lock(path);
  if (!lock && lock.error().code == Code::conflict) return not_free(path);
  if (!lock) return std::move(lock).during("making the socket {}", path).error();
  struct stat info = {};
  if (::lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode))
      return fail(Code::invalid_input, "{} is there already, and no socket", path);
    int problem = 0;
    const Opened other(SLIPWAY_TRY(connect_to(path, problem)));
    if (problem != ECONNREFUSED) return not_free(path);
    ::unlink(path.c_str());  // of one that was killed: the lock says that nobody else takes it now
  }
  Opened fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return fail(Code::unavailable, "no socket can be opened: {}", reason(errno));
  const auto* any = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: as bind(2) has it
  const auto mask = ::umask(0077);
  const int bound = ::bind(fd.get(), any, sizeof(address)) == 0 ? 0 : errno;
  ::umask(mask);
  constexpr int kWaiting = 16;
  if (bound != 0 || ::listen(fd.get(), kWaiting) != 0)
    return fail(Code::unavailable, "{} cannot be made: {}", path,
                reason(bound != 0 ? bound : errno));
  return Listener(fd.release(), path, *std::move(lock));
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      lock_(std::move(other.lock_)) {}

Listener::~Listener() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(path_.c_str());
}

void Listener::answer(std::chrono::nanoseconds limit, const Answer& answer) const {
  // Rounded up: one that is woken too early would ask the clock again and again.
  constexpr std::chrono::nanoseconds kRound(999'999);
  if (!is_ready(fd_, POLLIN, std::chrono::duration_cast<std::chrono::milliseconds>(limit + kRound)))
    return;
  const Opened fd(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd.get() < 0) return;
  std::string question;
  while (question.find('\n') == question.npos) {
    if (receive(fd.get(), question, kQuestionLimit) != Got::some) return;
    if (question.size() > kMostQuestion) return;
  }
  const auto said = answer(std::string_view(question).substr(0, question.find('\n')));
  const auto& text = said ? *said : said.error().message;
  const auto word = said ? std::string_view("ok") : name_of(said.error().code);
  send_all(fd.get(), fmt::format("{} {}\n{}", word, text.size(), text), kQuestionLimit);
}

Result<std::string> ask(const std::string& path, std::string_view question,
                        std::chrono::milliseconds limit) {
  int problem = 0;
  const Opened fd(SLIPWAY_TRY(connect_to(path, problem)));
  const auto remedy = fmt::format("slipway telemetry run --socket {}", path);
  if (problem == ECONNREFUSED)
    return fail(Code::not_found, "nobody listens at {}: its sampler was killed", path)
        .with_remedy(remedy);
  if (problem == ENOENT || problem == ENOTDIR)
    return fail(Code::not_found, "no sampler listens at {}", path).with_remedy(remedy);
  if (problem != 0)
    return fail(Code::unavailable, "{} takes no questions: {}", path, reason(problem));
  const auto gone = [&] {
    return fail(Code::unavailable, "the sampler at {} went away before it answered", path);
  };
  if (!send_all(fd.get(), std::string(question) + "\n", limit)) return gone();
  std::string said;
  while (true) {
    const auto line = said.find('\n');
    if (line != said.npos) {
      const auto head = parse_head(std::string_view(said).substr(0, line));
      if (!head) return fail(Code::corrupt, "what listens at {} is no sampler", path);
      const auto rest = std::string_view(said).substr(line + 1);
      if (rest.size() >= head->bytes) {
        auto text = std::string(rest.substr(0, head->bytes));
        if (head->word == "ok") return text;
        return fail(code_of(head->word), "{}", text);
      }
    }
    if (line == said.npos && said.size() > kMostQuestion)
      return fail(Code::corrupt, "what listens at {} is no sampler", path);
    const auto got = receive(fd.get(), said, limit);
    if (got == Got::end) return gone();
    if (got == Got::silence)
      return fail(Code::timeout, "the sampler at {} did not answer within {} ms", path,
                  limit.count());
  }
}

}  // namespace slipway::measure
