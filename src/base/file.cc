#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slipway {
namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const { return fd_; }

  /// Closes now and tells whether the system reported a late write error.
  [[nodiscard]] bool close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;
  }

 private:
  int fd_;
};

Error system_error(const std::string& path, int number) {
  const char* reason = std::strerror(number);  // NOLINT: glibc's is thread-safe for known numbers
  if (number == ENOENT) {
    std::error_code no_link;
    const auto target = std::filesystem::read_symlink(path, no_link);
    if (!no_link) {
      return fail(Code::not_found, "{} is a link to {}, which is not there", path, target.string())
          .with_remedy("make the link anew, or fetch the file that it stands for");
    }
  }
  if (number == ENOENT || number == ENOTDIR) return fail(Code::not_found, "no such file: {}", path);
  if (number == ELOOP)
    return fail(Code::invalid_input, "{} is a link that leads in a circle", path)
        .with_remedy(fmt::format("see where it leads: ls -l {}", path));
  if (number == EACCES || number == EPERM) {
    return fail(Code::invalid_input, "no permission to open {}", path)
        .with_remedy(fmt::format("check its owner and mode: ls -l {}", path));
  }
  if (number == EISDIR) return fail(Code::invalid_input, "{} is a folder, not a file", path);
  return fail(Code::unavailable, "{}: {}", path, reason);
}

/// Waits until somebody writes to a pipe, who may come a moment later than we do. What was read
/// meanwhile.
///
/// Errors  invalid_input: nobody does
Result<Bytes> await_writer(int pipe, const std::string& path) {
  constexpr int kPatienceMs = 300;
  pollfd wanted = {.fd = pipe, .events = POLLIN, .revents = 0};
  Bytes head;
  if (::poll(&wanted, 1, kPatienceMs) == 0) {
    // A writer that takes its time, or none: reading without waiting tells which.
    head.resize(1);
    const ssize_t count = ::read(pipe, head.data(), head.size());
    if (count == 0) {
      return fail(Code::invalid_input, "{} is a pipe to which nobody writes", path)
          .with_remedy("start the program that fills it first");
    }
    head.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  const int flags = ::fcntl(pipe, F_GETFL);  // NOLINT: variadic
  if (::fcntl(pipe, F_SETFL, flags & ~O_NONBLOCK) != 0) return system_error(path, errno);  // NOLINT
  return head;
}

/// An open file, and what the system knows of it.
struct Opened {
  Descriptor file;
  struct stat info = {};
  Bytes head = {};  // of a pipe: read already
};

/// Errors  those of Files::read
Result<Opened> open_to_read(const std::string& path) {
  // Without O_NONBLOCK the system waits for ever where nobody writes to a pipe.
  Opened opened = {
      .file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))};  // NOLINT
  const int fd = opened.file.get();
  if (fd < 0) return system_error(path, errno);
  if (::fstat(fd, &opened.info) != 0) return system_error(path, errno);
  const auto mode = opened.info.st_mode;
  if (S_ISDIR(mode)) return system_error(path, EISDIR);
  if (S_ISBLK(mode) || S_ISCHR(mode)) {
    return fail(Code::invalid_input, "{} is a device, not a file", path)
        .with_remedy("name a file, or a pipe that another program fills");
  }
  if (S_ISFIFO(mode)) opened.head = SLIPWAY_TRY(await_writer(fd, path));
  return opened;
}

Error write_error(const std::string& path, int number) {
  if (number == EISDIR) return fail(Code::invalid_input, "{} is a folder, not a file", path);
  if (number == ENOTDIR) return fail(Code::invalid_input, "{} lies below a file", path);
  const char* reason = std::strerror(number);  // NOLINT: glibc's is thread-safe for known numbers
  return fail(Code::unavailable, "cannot write {}: {}", path, reason);
}

/// Writes everything to a file that was opened, or failed to be, and closes it.
Result<void> write_all(Descriptor file, BytesView bytes, const std::string& path) {
  if (file.get() < 0) return write_error(path, errno);
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return write_error(path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  if (!file.close()) return write_error(path, errno);
  return {};
}

/// The one way in which MemoryFiles writes a path: without "./", "a/.." or a '/' at its end.
std::string normal(const std::string& path) {
  std::string text = std::filesystem::path(path).lexically_normal().generic_string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

/// What the paths of everything in a folder begin with; `folder` is normal.
std::string prefix_of(const std::string& folder) {
  if (folder == "." || folder.empty()) return "";
  return folder.ends_with('/') ? folder : folder + "/";
}

}  // namespace

Result<Bytes> SystemFiles::read(const std::string& path, std::uint64_t limit) const {
  auto [file, info, bytes] = SLIPWAY_TRY(open_to_read(path));
  if (S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) > limit) {
    return fail(Code::invalid_input, "{} has {} bytes, more than the {} that are read", path,
                info.st_size, limit);
  }
  // A pipe has no size: read until it ends, but never past the limit.
  std::size_t chunk =
      S_ISREG(info.st_mode) ? static_cast<std::size_t>(info.st_size) + 1 : 1U << 16U;
  while (true) {
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + chunk);
    const ssize_t count = ::read(file.get(), bytes.data() + old_size, chunk);
    if (count < 0 && errno != EINTR) return system_error(path, errno);
    bytes.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return bytes;
    if (bytes.size() > limit) return fail(Code::invalid_input, "{} has over {} bytes", path, limit);
    chunk = 1U << 16U;
  }
}

Result<Mapping> Files::map(const std::string& path, std::uint64_t limit) const {
  auto owner = std::make_shared<const Bytes>(SLIPWAY_TRY(read(path, limit)));
  const BytesView bytes = *owner;
  return Mapping(std::move(owner), bytes);
}

Result<Mapping> SystemFiles::map(const std::string& path, std::uint64_t limit) const {
  struct stat info = {};
  const bool known = ::stat(path.c_str(), &info) == 0;
  // Pipes cannot be mapped, nor can nothing; read() says what there is to say.
  if (!known || !S_ISREG(info.st_mode) || info.st_size == 0 ||
      static_cast<std::uint64_t>(info.st_size) > limit) {
    return Files::map(path, limit);
  }
  const auto opened = SLIPWAY_TRY(open_to_read(path));
  const auto& file = opened.file;
  const auto size = static_cast<std::size_t>(opened.info.st_size);
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return system_error(path, errno);  // NOLINT: a cast of theirs
  std::shared_ptr<const void> owner(start, [size](void* at) { ::munmap(at, size); });
  return Mapping(std::move(owner), {static_cast<const std::byte*>(start), size});
}

Result<void> SystemFiles::write(const std::string& path, BytesView bytes) {
  std::error_code ignored;  // a folder that could not be made shows when the file is opened
  std::filesystem::create_directories(parent(path), ignored);
  struct stat info = {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) return write_error(path, EISDIR);
    const int through =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);  // NOLINT
    return write_all(Descriptor(through), bytes, path);
  }
  const std::string temporary = fmt::format("{}.{:016x}.tmp", path, entropy_.next());
  const int fresh =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);  // NOLINT
  if (fresh < 0) return write_error(path, errno);
  auto written = write_all(Descriptor(fresh), bytes, path);
  if (written && std::rename(temporary.c_str(), path.c_str()) != 0) {
    written = write_error(path, errno);
  }
  if (!written) ::unlink(temporary.c_str());
  return written;
}

Files::Kind SystemFiles::kind(const std::string& path) const {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return Kind::absent;
  return S_ISDIR(info.st_mode) ? Kind::folder : Kind::file;
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& folder) const {
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  if (error) return fail(Code::not_found, "no such folder: {}", folder);
  std::vector<std::string> names;
  for (; at != std::filesystem::directory_iterator(); at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return fail(Code::unavailable, "{}: {}", folder, error.message());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> SystemFiles::resolve(const std::string& path) const {
  std::error_code error;
  auto resolved = std::filesystem::canonical(path, error);
  if (error) return system_error(path, error.value());
  return resolved.string();
}

Result<Bytes> MemoryFiles::read(const std::string& path, std::uint64_t limit) const {
  const auto found = files_.find(normal(path));
  if (found == files_.end()) {
    if (kind(path) == Kind::folder) return system_error(path, EISDIR);
    return system_error(path, ENOENT);
  }
  if (found->second.size() > limit)
    return fail(Code::invalid_input, "{} has over {} bytes", path, limit);
  return found->second;
}

Result<void> MemoryFiles::write(const std::string& path, BytesView bytes) {
  const std::string name = normal(path);
  if (kind(name) == Kind::folder) return write_error(path, EISDIR);
  for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    if (files_.contains(name.substr(0, slash))) return write_error(path, ENOTDIR);
  }
  files_[name] = Bytes(bytes.begin(), bytes.end());
  return {};
}

Result<void> MemoryFiles::write_folder(const std::string& folder,
                                       std::span<const NamedBytes> files) {
  const std::string name = normal(folder);
  if (files_.contains(name)) return write_error(folder, ENOTDIR);
  const std::string prefix = prefix_of(name);
  std::erase_if(files_, [&](const auto& file) { return file.first.starts_with(prefix); });
  for (const auto& file : files) SLIPWAY_TRY(write(join(folder, file.name), file.bytes));
  return {};
}

Result<void> MemoryFiles::write_files(const std::string& folder, std::span<const NamedBytes> files,
                                      std::span<const std::string> gone) {
  SLIPWAY_TRY(check_room(folder, 0));
  for (const auto& file : files)
    if (const auto path = join(folder, file.name); kind(path) == Kind::folder)
      return write_error(path, EISDIR);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i + 1 == files.size())
      for (const auto& name : gone) files_.erase(normal(join(folder, name)));
    SLIPWAY_TRY(write(join(folder, files[i].name), files[i].bytes));
  }
  return {};
}

Result<void> MemoryFiles::check_room(const std::string& folder, std::size_t) {
  const std::string name = normal(folder);
  for (auto slash = name.find('/');; slash = name.find('/', slash + 1)) {
    if (files_.contains(name.substr(0, slash))) return write_error(folder, ENOTDIR);
    if (slash == std::string::npos) return {};
  }
}

Result<std::shared_ptr<const void>> MemoryFiles::lock(const std::string& path) {
  auto& held = locks_[normal(path)];
  if (!held.expired()) return fail(Code::conflict, "somebody else writes {}", path);
  std::shared_ptr<const void> lock = std::make_shared<int>(0);
  held = lock;
  return lock;
}

Files::Kind MemoryFiles::kind(const std::string& path) const {
  const std::string name = normal(path);
  if (files_.contains(name)) return Kind::file;
  const std::string prefix = prefix_of(name);
  const auto below = files_.lower_bound(prefix);
  const bool folder = below != files_.end() && below->first.starts_with(prefix);
  return folder ? Kind::folder : Kind::absent;
}

Result<std::vector<std::string>> MemoryFiles::list(const std::string& folder) const {
  std::set<std::string> names;
  const std::string prefix = prefix_of(normal(folder));
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
       ++at) {
    names.insert(
        at->first.substr(prefix.size(), at->first.find('/', prefix.size()) - prefix.size()));
  }
  if (names.empty()) return fail(Code::not_found, "no such folder: {}", folder);
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::string> MemoryFiles::resolve(const std::string& path) const {
  if (kind(path) == Kind::absent) return fail(Code::not_found, "no such file: {}", path);
  return normal(path);
}

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view stem(std::string_view path) {
  const auto name = base_name(path);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string extension(std::string_view path) {
  const auto name = base_name(path);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string text(name.substr(dot + 1));
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string parent(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string join(std::string_view folder, std::string_view name) {
  if (folder.empty() || folder.ends_with('/')) return fmt::format("{}{}", folder, name);
  return fmt::format("{}/{}", folder, name);
}

}  // namespace slipway
