// Folders that are written as a whole, and their locks, on a real disk.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/held.h"

namespace slipway {
namespace {

namespace fs = std::filesystem;

Error write_error(const std::string& path, int number) {
  if (number == ENOTDIR) return fail(Code::invalid_input, "{} lies below a file", path);
  if (number == EISDIR) return fail(Code::invalid_input, "{} is a folder, not a file", path);
  const char* reason = std::strerror(number);  // NOLINT: glibc's is thread-safe for known numbers
  return fail(Code::unavailable, "cannot write {}: {}", path, reason);
}

/// `path` without '/' at its end, links followed where it exists.
std::string real(const std::string& path) {
  std::error_code ignored;
  auto out = fs::weakly_canonical(path, ignored);
  if (ignored) out = fs::path(path).lexically_normal();
  auto text = out.generic_string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

class Closed {
 public:
  explicit Closed(int fd) : fd_(fd) {}

  Closed(const Closed&) = delete;
  Closed& operator=(const Closed&) = delete;

  ~Closed() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Writes a new file and waits until the disk has it. 0, or why not.
int write_durably(const std::string& path, BytesView bytes) {
  Closed file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));  // NOLINT
  if (file.get() < 0) return errno;
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  if (::fsync(file.get()) != 0) return errno;
  return ::close(file.release()) == 0 ? 0 : errno;
}

void sync_folder(const std::string& path) {
  const Closed folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // NOLINT
  if (folder.get() >= 0) ::fsync(folder.get());  // some file systems cannot, and need not
}

/// Puts the folder `fresh` where `folder` is. What was there lies at `fresh` then. 0, or why not.
int exchange(const std::string& fresh, const std::string& folder) {
  if (std::rename(fresh.c_str(), folder.c_str()) == 0) return 0;  // nothing, or an empty folder
  if (errno != ENOTEMPTY && errno != EEXIST) return errno;
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system that cannot exchange: for a moment there is no folder of that name.
  const std::string aside = fresh + ".old";
  if (std::rename(folder.c_str(), aside.c_str()) != 0) return errno;
  if (std::rename(fresh.c_str(), folder.c_str()) != 0) {
    const int reason = errno;
    return std::rename(aside.c_str(), folder.c_str()) == 0 ? reason : errno;
  }
  return std::rename(aside.c_str(), fresh.c_str()) == 0 ? 0 : errno;
}

/// The name of a lock file that is held, where a signal handler finds it.
struct Held {
  std::atomic<pid_t> owner = 0;  // 0: the place is free; -1: somebody is about to take it
  std::array<char, PATH_MAX> name = {};
};

constexpr std::size_t kMostHeld = 16;  // more of them would stay behind when a signal ends us
std::array<Held, kMostHeld> held_locks;

/// Nothing where there is no place left, or the name is too long.
Held* remember_lock(const std::string& name) {
  for (auto& held : held_locks) {
    pid_t free = 0;
    if (name.size() >= held.name.size() || !held.owner.compare_exchange_strong(free, -1)) continue;
    std::ranges::copy(name, held.name.begin());
    held.name[name.size()] = '\0';
    held.owner = ::getpid();
    return &held;
  }
  return nullptr;
}

/// No signal that ends the program interrupts this thread while it lives.
class Unsignalled {
 public:
  Unsignalled() {
    sigset_t ends;
    ::sigemptyset(&ends);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&ends, signal);
    ::pthread_sigmask(SIG_BLOCK, &ends, &before_);
  }

  Unsignalled(const Unsignalled&) = delete;
  Unsignalled& operator=(const Unsignalled&) = delete;

  ~Unsignalled() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_ = {};
};

constexpr std::size_t kDigits = 16;

/// Removes what writers that were killed left beside `target`, which is a folder or a file.
void remove_left_over(const std::string& target, bool is_folder) {
  std::error_code ignored;
  const std::string prefix = std::string(base_name(target)) + ".";
  constexpr std::string_view kEnd = ".tmp";
  for (fs::directory_iterator at(parent(target), ignored), end; !ignored && at != end;
       at.increment(ignored)) {
    const auto name = at->path().filename().string();
    if (name.size() != prefix.size() + kDigits + kEnd.size() || !name.starts_with(prefix) ||
        !name.ends_with(kEnd)) {
      continue;
    }
    const auto digits = std::string_view(name).substr(prefix.size(), kDigits);
    if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
    std::error_code kept;
    if (at->is_directory(kept) == is_folder) fs::remove_all(at->path(), kept);
  }
}

}  // namespace

// A child has its parent's places, and leaves them alone.
void remove_held_locks() noexcept {
  for (const auto& held : held_locks)
    if (held.owner == ::getpid()) ::unlink(held.name.data());
}

Result<void> SystemFiles::write_folder(const std::string& folder,
                                       std::span<const NamedBytes> files) {
  const std::string path = real(folder);
  if (kind(path) == Kind::file) return fail(Code::invalid_input, "{} is a file", folder);
  std::error_code ignored;  // a folder that could not be made shows when the next one is
  fs::create_directories(parent(path), ignored);
  remove_left_over(path, true);
  const std::string fresh = fmt::format("{}.{:016x}.tmp", path, entropy_.next());
  if (::mkdir(fresh.c_str(), 0777) != 0) return write_error(folder, errno);
  int problem = 0;
  std::string where = folder;
  for (const auto& file : files) {
    problem = write_durably(join(fresh, file.name), file.bytes);
    where = join(folder, file.name);
    if (problem != 0) break;
  }
  if (problem == 0) {
    sync_folder(fresh);
    where = folder;
    problem = exchange(fresh, path);
    sync_folder(parent(path));
  }
  fs::remove_all(fresh, ignored);  // what is half-written, or what was there before
  if (problem != 0) return write_error(where, problem);
  return {};
}

Result<void> SystemFiles::write_files(const std::string& folder, std::span<const NamedBytes> files,
                                      std::span<const std::string> gone) {
  if (kind(folder) == Kind::file) return fail(Code::invalid_input, "{} is a file", folder);
  std::error_code ignored;  // a folder that could not be made shows when the next file is
  fs::create_directories(folder, ignored);
  std::vector<std::string> fresh;
  int problem = 0;
  std::string where = folder;
  for (const auto& file : files) {
    where = join(folder, file.name);
    if (kind(where) == Kind::folder) problem = EISDIR;
    remove_left_over(where, false);
    fresh.push_back(fmt::format("{}.{:016x}.tmp", where, entropy_.next()));
    if (problem == 0) problem = write_durably(fresh.back(), file.bytes);
    if (problem != 0) break;
  }
  for (std::size_t i = 0; problem == 0 && i < files.size(); ++i) {
    where = join(folder, files[i].name);
    if (i + 1 == files.size())
      for (const auto& name : gone) ::unlink(join(folder, name).c_str());  // a folder stays
    if (std::rename(fresh[i].c_str(), where.c_str()) != 0) problem = errno;
  }
  if (problem == 0) {
    sync_folder(folder);
    return {};
  }
  for (const auto& path : fresh) ::unlink(path.c_str());
  return write_error(where, problem);
}

Result<void> SystemFiles::check_room(const std::string& folder, std::size_t bytes) {
  if (kind(folder) == Kind::file) return fail(Code::invalid_input, "{} is a file", folder);
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  remove_left_over(join(folder, "room"), false);
  const std::string probe = join(folder, fmt::format("room.{:016x}.tmp", entropy_.next()));
  const int problem = write_durably(probe, Bytes(bytes));
  ::unlink(probe.c_str());
  if (problem != 0) return write_error(folder, problem);
  return {};
}

Result<std::shared_ptr<const void>> SystemFiles::lock(const std::string& path) {
  const std::string name = real(path) + ".lock";
  std::error_code ignored;
  fs::create_directories(parent(name), ignored);
  // What a signal leaves behind is removed by name: the name is known before one can come.
  const Unsignalled until_remembered;
  while (true) {
    Closed file(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));  // NOLINT: variadic
    // Nobody asked for a file of that name: what cannot be written is the path.
    if (file.get() < 0) return write_error(path, errno);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return write_error(path, errno);
      return fail(Code::conflict, "another process writes {}", path)
          .with_remedy("wait until it is done, or write to another place");
    }
    // Who held it before removes the file: one that is not there any more locks nothing.
    struct stat held = {};
    struct stat there = {};
    const bool same = ::fstat(file.get(), &held) == 0 && ::stat(name.c_str(), &there) == 0 &&
                      held.st_ino == there.st_ino && held.st_dev == there.st_dev;
    if (!same) continue;
    const int fd = file.release();
    auto* held_name = remember_lock(name);
    return std::shared_ptr<const void>(nullptr, [fd, name, held_name](const void*) {
      const Unsignalled until_forgotten;  // one that is removed may be another's from then on
      ::unlink(name.c_str());
      if (held_name != nullptr) held_name->owner = 0;
      ::close(fd);
    });
  }
}

}  // namespace slipway
