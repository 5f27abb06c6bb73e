#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slipway {
namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

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
  if (number == ENOENT || number == ENOTDIR) return fail(Code::not_found, "no such file: {}", path);
  if (number == EACCES || number == EPERM) {
    return fail(Code::invalid_input, "no permission to open {}", path)
        .with_remedy(fmt::format("check its owner and mode: ls -l {}", path));
  }
  if (number == EISDIR) return fail(Code::invalid_input, "{} is a folder, not a file", path);
  return fail(Code::unavailable, "{}: {}", path, reason);
}

Result<void> write_all(int fd, BytesView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<Bytes> SystemFiles::read(const std::string& path, std::uint64_t limit) const {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));  // NOLINT: open is variadic
  if (file.get() < 0) return system_error(path, errno);
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return system_error(path, errno);
  if (S_ISDIR(info.st_mode)) return system_error(path, EISDIR);
  if (S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) > limit) {
    return fail(Code::invalid_input, "{} has {} bytes, more than the {} that are read", path,
                info.st_size, limit);
  }
  Bytes bytes;
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

Result<void> SystemFiles::write(const std::string& path, BytesView bytes) {
  std::error_code ignored;  // a folder that could not be made shows when the file is opened
  std::filesystem::create_directories(parent(path), ignored);
  const std::string temporary = fmt::format("{}.{:016x}.tmp", path, entropy_.next());
  Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));  // NOLINT
  if (file.get() < 0) {
    return fail(Code::unavailable, "cannot write {}: {}", path, std::strerror(errno));  // NOLINT
  }
  auto written = write_all(file.get(), bytes, path);
  if (written && !file.close()) written = system_error(path, errno);
  if (written && std::rename(temporary.c_str(), path.c_str()) != 0)
    written = system_error(path, errno);
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
  std::filesystem::directory_iterator entries(folder, error);
  if (error) return fail(Code::not_found, "no such folder: {}", folder);
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<Bytes> MemoryFiles::read(const std::string& path, std::uint64_t limit) const {
  const auto found = files_.find(path);
  if (found == files_.end()) {
    if (kind(path) == Kind::folder) return system_error(path, EISDIR);
    return system_error(path, ENOENT);
  }
  if (found->second.size() > limit)
    return fail(Code::invalid_input, "{} has over {} bytes", path, limit);
  return found->second;
}

Result<void> MemoryFiles::write(const std::string& path, BytesView bytes) {
  files_[path] = Bytes(bytes.begin(), bytes.end());
  return {};
}

Files::Kind MemoryFiles::kind(const std::string& path) const {
  if (files_.contains(path)) return Kind::file;
  const auto below = files_.lower_bound(path + "/");
  const bool folder = below != files_.end() && below->first.starts_with(path + "/");
  return folder ? Kind::folder : Kind::absent;
}

Result<std::vector<std::string>> MemoryFiles::list(const std::string& folder) const {
  std::set<std::string> names;
  const std::string prefix = folder + "/";
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
       ++at) {
    names.insert(
        at->first.substr(prefix.size(), at->first.find('/', prefix.size()) - prefix.size()));
  }
  if (names.empty()) return fail(Code::not_found, "no such folder: {}", folder);
  return std::vector<std::string>(names.begin(), names.end());
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
