#pragma once
// The door to the disk, with a twin in memory.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace slipway {

/// The bytes of a file, for as long as a copy of this lives.
class Mapping {
 public:
  Mapping() = default;

  /// `owner` keeps the bytes where they are.
  Mapping(std::shared_ptr<const void> owner, BytesView bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  [[nodiscard]] BytesView bytes() const { return bytes_; }

 private:
  std::shared_ptr<const void> owner_;
  BytesView bytes_;
};

/// A file of a folder that is written as a whole.
struct NamedBytes {
  std::string name;
  BytesView bytes;
};

/// Paths are UTF-8 with '/'. Relative ones start where the process was started.
class Files {
 public:
  enum class Kind : std::uint8_t { absent, file, folder };

  virtual ~Files() = default;

  /// The whole file; of a pipe that somebody fills, all that comes.
  ///
  /// Errors  not_found: absent; invalid_input: no file, no permission, or over `limit` bytes
  virtual Result<Bytes> read(const std::string& path, std::uint64_t limit = kReadLimit) const = 0;

  /// The whole file for reading, where possible without a copy in memory. Needs the file to stay as
  /// it is meanwhile: one that is cut short under the mapping ends the process.
  ///
  /// Errors  as read
  [[nodiscard]] virtual Result<Mapping> map(const std::string& path,
                                            std::uint64_t limit = kReadLimit) const;

  /// Replaces or creates the file as a whole: readers see the old bytes or the new ones, and a
  /// failure leaves the old ones. Missing folders are made. What is no plain file (a device, a
  /// pipe, a link) is written through, not replaced.
  ///
  /// Errors  invalid_input: the path is a folder, or lies below a file; unavailable: disk full or
  /// no
  ///         permission
  virtual Result<void> write(const std::string& path, BytesView bytes) = 0;

  /// Makes a folder hold these files and nothing else, as a whole: readers see the old folder or
  /// the new one, it is on the disk when this returns, and a failure leaves the old one. Only one
  /// may write a folder at a time: take lock(folder) first.
  ///
  /// Errors  as write
  virtual Result<void> write_folder(const std::string& folder,
                                    std::span<const NamedBytes> files) = 0;

  /// As write for each of several files of a folder, whose other files stay as they are: all that
  /// can fail for want of room or permission has been done before the first of them is replaced, in
  /// their order. Files named in `gone` are removed in front of the last one. What a writer of
  /// these files left that was killed is removed; two at the same time are in each other's way.
  ///
  /// Errors  as write, and then none of them was
  virtual Result<void> write_files(const std::string& folder, std::span<const NamedBytes> files,
                                   std::span<const std::string> gone) = 0;

  /// Whether so many bytes may be written to a folder now, which is made where it is missing.
  ///
  /// Errors  as write
  virtual Result<void> check_room(const std::string& folder, std::size_t bytes) = 0;

  /// Keeps everybody else who asks for the lock of `path`, which need not exist, from getting it
  /// until the last copy of what is returned has gone.
  ///
  /// Errors  conflict: somebody else has it; those of write
  [[nodiscard]] virtual Result<std::shared_ptr<const void>> lock(const std::string& path) = 0;

  [[nodiscard]] virtual Kind kind(const std::string& path) const = 0;

  /// Names (not paths) of the entries of a folder, sorted.
  ///
  /// Errors  not_found: absent or not a folder
  virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;

  /// The one path of a file or folder that exists, all links followed: absolute on a real disk.
  ///
  /// Errors  not_found: absent; invalid_input: links that lead in a circle
  virtual Result<std::string> resolve(const std::string& path) const = 0;

  static constexpr std::uint64_t kReadLimit = std::uint64_t{4} << 30U;
};

class SystemFiles final : public Files {
 public:
  /// `entropy` names the temporary files behind write().
  explicit SystemFiles(Entropy& entropy) : entropy_(entropy) {}

  Result<Bytes> read(const std::string& path, std::uint64_t limit = kReadLimit) const override;
  [[nodiscard]] Result<Mapping> map(const std::string& path,
                                    std::uint64_t limit = kReadLimit) const override;
  Result<void> write(const std::string& path, BytesView bytes) override;
  Result<void> write_folder(const std::string& folder, std::span<const NamedBytes> files) override;
  Result<void> write_files(const std::string& folder, std::span<const NamedBytes> files,
                           std::span<const std::string> gone) override;
  Result<void> check_room(const std::string& folder, std::size_t bytes) override;
  [[nodiscard]] Result<std::shared_ptr<const void>> lock(const std::string& path) override;
  [[nodiscard]] Kind kind(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& folder) const override;
  Result<std::string> resolve(const std::string& path) const override;

 private:
  Entropy& entropy_;
};

/// The twin: a map from path to bytes. Folders exist by what lies in them.
class MemoryFiles final : public Files {
 public:
  Result<Bytes> read(const std::string& path, std::uint64_t limit = kReadLimit) const override;
  Result<void> write(const std::string& path, BytesView bytes) override;
  Result<void> write_folder(const std::string& folder, std::span<const NamedBytes> files) override;
  Result<void> write_files(const std::string& folder, std::span<const NamedBytes> files,
                           std::span<const std::string> gone) override;
  Result<void> check_room(const std::string& folder, std::size_t bytes) override;
  [[nodiscard]] Result<std::shared_ptr<const void>> lock(const std::string& path) override;
  [[nodiscard]] Kind kind(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& folder) const override;
  Result<std::string> resolve(const std::string& path) const override;

 private:
  std::map<std::string, Bytes> files_;
  std::map<std::string, std::weak_ptr<const void>> locks_;
};

/// The part of `path` behind the last '/'.
[[nodiscard]] std::string_view base_name(std::string_view path);

/// base_name without its last extension: "a/b.tar.gz" gives "b.tar".
[[nodiscard]] std::string_view stem(std::string_view path);

/// The extension in lower case without its dot, or nothing: "a/B.JPG" gives "jpg".
[[nodiscard]] std::string extension(std::string_view path);

/// The part of `path` before the last '/', or "." where there is none.
[[nodiscard]] std::string parent(std::string_view path);

/// `folder` and `name` joined by one '/'.
[[nodiscard]] std::string join(std::string_view folder, std::string_view name);

}  // namespace slipway
