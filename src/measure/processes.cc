#include "measure/processes.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <csignal>
#include <new>
#include <optional>
#include <utility>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/shared_bytes.h"

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

/// What all processes see.
struct Shared {
  std::atomic<std::int64_t> count = 0;
  std::atomic<std::int64_t> begin = 0;  // of the measured part, on the clock
  std::atomic<std::int64_t> end = 0;    // 0: it goes on
  std::atomic<int> ended = static_cast<int>(Ended::done);
  std::atomic<bool> stop = false;
};

static_assert(std::atomic<std::int64_t>::is_always_lock_free);

/// What is said over a socket, in either direction.
enum class Word : std::uint8_t { ready, first, warm, go, result, problem };

struct Head {
  Word word = Word::ready;
  std::uint64_t bytes = 0;
};

bool send_all(int to, BytesView bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_all(int from, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const auto got = ::recv(from, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool say(int to, Word word, BytesView body = {}) {
  const Head head{word, body.size()};
  return send_all(to, std::as_bytes(std::span(&head, 1))) && send_all(to, body);
}

struct Message {
  Word word = Word::ready;
  Bytes body;
};

std::optional<Message> hear(int from) {
  Head head;
  if (!receive_all(from, std::as_writable_bytes(std::span(&head, 1)))) return std::nullopt;
  Message out{head.word, Bytes(head.bytes)};
  if (!receive_all(from, out.body)) return std::nullopt;
  return out;
}

Clock::Time time_of(std::int64_t ns) { return Clock::Time(nanoseconds(ns)); }

std::int64_t ns_of(Clock::Time time) { return time.time_since_epoch().count(); }

template <class T>
Bytes bytes_of(const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return {bytes.begin(), bytes.end()};
}

template <class T>
T value_of(BytesView bytes) {
  T out{};
  SLIPWAY_CHECK(bytes.size() >= sizeof out);
  std::ranges::copy(bytes.first(sizeof out), std::as_writable_bytes(std::span(&out, 1)).begin());
  return out;
}

// ---- In the process of a stream ---------------------------------------------------------------

class Child {
 public:
  Child(const Clock& clock, const Rules& rules, Shared& shared, std::size_t number, int parent)
      : clock_(clock), rules_(rules), shared_(shared), number_(number), parent_(parent) {}

  void run(const MakeInfer& make) {
    auto done = work(make);
    if (done) return;
    const auto& error = done.error();
    Bytes body = bytes_of(error.code);
    for (const auto* text : {&error.message, &error.remedy}) {
      const auto size = bytes_of(static_cast<std::uint64_t>(text->size()));
      body.insert(body.end(), size.begin(), size.end());
      const auto bytes = as_bytes(*text);
      body.insert(body.end(), bytes.begin(), bytes.end());
    }
    say(parent_, Word::problem, body);
  }

 private:
  Result<void> work(const MakeInfer& make) {
    // From the beginning, so that its helpers and its memory lie there, too.
    const Pinned pinned(number_ < rules_.cpus.size() ? rules_.cpus[number_] : Cpus());
    const auto infer = SLIPWAY_TRY(make(number_));
    say(parent_, Word::ready);
    if (number_ == 0) {
      SLIPWAY_TRY(wait_for(Word::first));
      const auto start = clock_.now();
      SLIPWAY_TRY(infer());
      say(parent_, Word::first, bytes_of((clock_.now() - start).count()));
    }
    SLIPWAY_TRY(wait_for(Word::warm));
    for (std::int64_t i = 0; i < rules_.warm_up && !shared_.stop; ++i) SLIPWAY_TRY(infer());
    say(parent_, Word::warm);
    SLIPWAY_TRY(wait_for(Word::go));
    const auto begin = time_of(shared_.begin);
    while (clock_.now() < begin) {
    }
    Stream own;
    SLIPWAY_TRY(measured(infer, begin, own));
    Bytes body = bytes_of(ns_of(own.last_begin));
    const auto end = bytes_of(ns_of(own.last_end));
    body.insert(body.end(), end.begin(), end.end());
    const auto samples = own.latencies.packed();
    body.insert(body.end(), samples.begin(), samples.end());
    say(parent_, Word::result, body);
    return {};
  }

  /// Our side of a barrier. Without the process that measures nobody waits for anything.
  Result<void> wait_for(Word word) const {
    const auto message = hear(parent_);
    if (message && message->word == word) return {};
    return fail(Code::cancelled, "the process that measures is gone");
  }

  Result<void> measured(const Infer& infer, Clock::Time begin, Stream& own) const {
    while (shared_.end == 0) {
      own.last_begin = clock_.now();
      SLIPWAY_TRY(infer());
      own.last_end = clock_.now();
      own.latencies.add((own.last_end - own.last_begin).count());
      if (rules_.sample) rules_.sample(number_, own.last_begin, own.last_end);
      if (shared_.end != 0) break;
      const auto count = ++shared_.count;
      const auto spent = own.last_end - begin;
      if (count >= rules_.inferences && spent >= rules_.at_least) {
        end(own.last_end, Ended::done);
      } else if (rules_.at_most.count() > 0 && spent >= rules_.at_most) {
        end(own.last_end, Ended::at_most);
      } else if (shared_.stop) {
        end(own.last_end, Ended::stopped);
      }
    }
    return {};
  }

  /// The first to call it, of all processes, says when the window ended.
  void end(Clock::Time at, Ended how) const {
    std::int64_t open = 0;
    if (shared_.end.compare_exchange_strong(open, ns_of(at))) shared_.ended = static_cast<int>(how);
  }

  const Clock& clock_;
  const Rules& rules_;
  Shared& shared_;
  std::size_t number_;
  int parent_;
};

// ---- In the process that measures -------------------------------------------------------------

struct Process {
  pid_t pid = -1;
  int socket = -1;
  bool is_done = false;  // it has told all that it has to tell
};

class Parent {
 public:
  Parent(const Clock& clock, const Rules& rules, std::chrono::milliseconds patience)
      : clock_(clock),
        rules_(rules),
        patience_(patience),
        memory_(sizeof(Shared)),
        shared_(*::new(memory_.data()) Shared) {}

  Parent(const Parent&) = delete;
  Parent& operator=(const Parent&) = delete;

  ~Parent() {
    for (auto& process : processes_) {
      if (process.pid > 0) ::kill(process.pid, SIGKILL);
      reap(process);
      ::close(process.socket);
    }
  }

  Result<Measured> run(std::size_t count, const MakeInfer& make) {
    for (std::size_t i = 0; i < count; ++i) SLIPWAY_TRY(start(i, make));
    SLIPWAY_TRY(barrier(Word::ready, "ready"));
    Measured out;
    say(processes_[0].socket, Word::first);
    const auto first = SLIPWAY_TRY(next(0, Word::first, "done with the first inference"));
    out.first = nanoseconds(value_of<std::int64_t>(first.body));
    const auto warm = clock_.now();
    for (const auto& process : processes_) say(process.socket, Word::warm);
    SLIPWAY_TRY(barrier(Word::warm, "warm"));
    if (shared_.stop) {
      out.ended = Ended::stopped;
      return out;
    }
    constexpr nanoseconds kAhead = std::chrono::microseconds(200);  // until all have heard it
    out.begin = clock_.now() + kAhead;
    out.warm_up = out.begin - warm;
    shared_.begin = ns_of(out.begin);
    for (const auto& process : processes_) say(process.socket, Word::go);
    SLIPWAY_TRY(collect(out));
    out.window = time_of(shared_.end) - out.begin;
    out.inferences = inferences_until(time_of(shared_.end), out.streams);
    out.ended = static_cast<Ended>(shared_.ended.load());
    return out;
  }

 private:
  Result<void> start(std::size_t number, const MakeInfer& make) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return fail(Code::unavailable, "no more files can be opened");
    const auto parent = ::getpid();
    const auto pid = ::fork();
    if (pid < 0) {
      ::close(ends[0]);
      ::close(ends[1]);
      return fail(Code::unavailable, "the system gives no process for stream {}", number)
          .with_remedy("fewer streams");
    }
    if (pid > 0) {
      ::close(ends[1]);
      processes_.push_back({pid, ends[0]});
      return {};
    }
    // Our end is its end. What a terminal sends to all is answered by the one that measures.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // NOLINT: variadic
    if (::getppid() != parent) ::_exit(1);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_DFL);
    ::close(ends[0]);
    for (const auto& other : processes_) ::close(other.socket);
    Child(clock_, rules_, shared_, number, ends[1]).run(make);
    ::_exit(0);
  }

  /// Waits for the same word of all.
  Result<void> barrier(Word word, std::string_view what) {
    for (std::size_t i = 0; i < processes_.size(); ++i) SLIPWAY_TRY(next(i, word, what));
    return {};
  }

  /// The next message of a stream, for as long as our patience lasts.
  Result<Message> next(std::size_t number, Word word, std::string_view what) {
    const auto start = clock_.now();
    while (!SLIPWAY_TRY(look(number))) {
      if (clock_.now() - start <= patience_) continue;
      return fail(Code::timeout, "stream {} was not {} within {} s", number, what,
                  static_cast<double>(patience_.count()) / 1e3)
          .with_remedy("fewer streams, or fewer threads in each");
    }
    return taken(number, word);
  }

  /// Whether a stream has said something, after waiting a little; and whether all still live.
  Result<bool> look(std::size_t wanted) {
    constexpr int kTurnMs = 50;
    std::vector<pollfd> ends;
    // Also those that need not speak now are watched: for their end.
    for (const auto& process : processes_)
      ends.push_back({process.is_done ? -1 : process.socket, POLLIN, 0});
    const int ready = ::poll(ends.data(), ends.size(), kTurnMs);
    if (rules_.stop()) shared_.stop = true;
    if (ready <= 0) return false;
    if ((ends[wanted].revents & POLLIN) != 0) return true;
    // Somebody else speaks before its turn: with a problem that may be why nothing else happens.
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if ((ends[i].revents & POLLIN) == 0) continue;
      Head head;
      const auto seen = ::recv(ends[i].fd, &head, sizeof head, MSG_PEEK);
      if (seen == 0) return lost(i);
      if (seen == sizeof head && head.word == Word::problem) return taken(i, Word::problem).error();
    }
    ::poll(nullptr, 0, 1);  // it has spoken, and waits for the others
    return false;
  }

  Result<Message> taken(std::size_t number, Word word) {
    auto message = hear(processes_[number].socket);
    if (!message) return lost(number);
    if (message->word == Word::problem) return problem_of(message->body);
    SLIPWAY_CHECK(message->word == word);
    return *std::move(message);
  }

  static Error problem_of(BytesView body) {
    const auto code = value_of<Code>(body);
    body = body.subspan(sizeof code);
    std::string texts[2];
    for (auto& text : texts) {
      const auto size = value_of<std::uint64_t>(body);
      text = as_text(body.subspan(sizeof size, size));
      body = body.subspan(sizeof size + size);
    }
    return {code, texts[0], {}, std::source_location::current(), texts[1]};
  }

  /// Why a stream is no more.
  Error lost(std::size_t number) {
    auto& process = processes_[number];
    const int status = reap(process);
    if (WIFSIGNALED(status))
      return fail(Code::unavailable, "stream {} was ended by signal {}", number, WTERMSIG(status));
    return fail(Code::unavailable, "stream {} ended by itself", number);
  }

  static int reap(Process& process) {
    if (process.pid <= 0) return 0;
    int status = 0;
    while (::waitpid(process.pid, &status, 0) < 0 && errno == EINTR) {
    }
    process.pid = -1;
    return status;
  }

  /// Waits until all streams have told what they did.
  Result<void> collect(Measured& out) {
    std::int64_t count = 0;  // that we have seen, and when it was another
    auto moved = out.begin;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      std::optional<Clock::Time> since;  // from when on a stream keeps us waiting
      while (!SLIPWAY_TRY(look(i))) {
        const auto now = clock_.now();
        if (shared_.end == 0) {
          const Goal goal = {rules_.inferences, rules_.at_least, rules_.at_most};
          const auto spent = now - out.begin;
          rules_.progress({goal.part_done(shared_.count, spent, spent), shared_.count, spent});
          // Any of them can end the window. Where none gets on, nobody does.
          const auto seen = shared_.count.load();
          if (std::exchange(count, seen) != seen) moved = now;
          if (now - moved <= patience_) continue;
          return fail(Code::timeout, "no stream has ended an inference within {} s",
                      static_cast<double>(patience_.count()) / 1e3)
              .with_remedy("fewer streams, or fewer threads in each");
        }
        if (!since) since = now;
        if (now - *since > patience_)
          return fail(Code::timeout, "stream {} has not ended its last inference within {} s", i,
                      static_cast<double>(patience_.count()) / 1e3);
      }
      const auto message = SLIPWAY_TRY(taken(i, Word::result));
      const BytesView body = message.body;
      constexpr std::size_t kTimes = 2 * sizeof(std::int64_t);
      Stream stream;
      stream.last_begin = time_of(value_of<std::int64_t>(body));
      stream.last_end = time_of(value_of<std::int64_t>(body.subspan(kTimes / 2)));
      stream.latencies = SLIPWAY_TRY(Samples::unpacked(body.subspan(kTimes)));
      out.streams.push_back(std::move(stream));
      processes_[i].is_done = true;
    }
    return {};
  }

  const Clock& clock_;
  const Rules& rules_;
  std::chrono::milliseconds patience_;
  SharedBytes memory_;
  Shared& shared_;
  std::vector<Process> processes_;
};

}  // namespace

Result<Measured> measure_processes(const Clock& clock, std::size_t count, const MakeInfer& make,
                                   const Rules& rules, std::chrono::milliseconds patience) {
  SLIPWAY_CHECK(count > 0);
  return Parent(clock, rules, patience).run(count, make);
}

}  // namespace slipway::measure
