#include "base/file.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slipway {
namespace {

/// A folder of its own for one test, gone afterwards.
class Scratch {
 public:
  Scratch() {
    SystemEntropy entropy;
    path_ = fmt::format("{}slipway_{:016x}", ::testing::TempDir(), entropy.next());
    std::filesystem::create_directories(path_);
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string operator/(std::string_view name) const { return join(path_, name); }

 private:
  std::string path_;
};

std::string read(const Files& files, const std::string& path) {
  const auto bytes = files.read(path);
  return bytes ? std::string(as_text(*bytes)) : fmt::format("({})", name_of(bytes.error().code));
}

template <class T>
T door([[maybe_unused]] Entropy& entropy) {
  if constexpr (std::is_same_v<T, SystemFiles>) return SystemFiles(entropy);
  if constexpr (std::is_same_v<T, MemoryFiles>) return MemoryFiles();
}

/// What both doors to the disk promise.
template <class T>
class FilesContract : public ::testing::Test {
 protected:
  SeededEntropy entropy_{1};
  T files_ = door<T>(entropy_);
  Scratch scratch_;
};

using Doors = ::testing::Types<SystemFiles, MemoryFiles>;
TYPED_TEST_SUITE(FilesContract, Doors);

TYPED_TEST(FilesContract, WritesAFolderAsAWhole) {
  auto& files = this->files_;
  const std::string folder = this->scratch_ / "a/net";
  const NamedBytes first[] = {{"one", as_bytes("1")}, {"two", as_bytes("2")}};
  ASSERT_TRUE(files.write_folder(folder, first));
  const NamedBytes second[] = {{"two", as_bytes("II")}, {"three", as_bytes("III")}};
  ASSERT_TRUE(files.write_folder(folder + "/", second));
  const auto names = files.list(folder);
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"three", "two"}));
  EXPECT_EQ(read(files, join(folder, "two")), "II");
  const auto beside = files.list(this->scratch_ / "a");
  ASSERT_TRUE(beside);
  EXPECT_EQ(*beside, std::vector<std::string>{"net"});  // nothing is left over
  ASSERT_TRUE(files.write(this->scratch_ / "file", as_bytes("x")));
  EXPECT_FALSE(files.write_folder(this->scratch_ / "file", first));
  EXPECT_EQ(read(files, this->scratch_ / "file"), "x");
}

TYPED_TEST(FilesContract, WritesSeveralFilesOrNone) {
  auto& files = this->files_;
  const std::string folder = this->scratch_ / "several";
  const auto bytes = [](std::string_view text) { return as_bytes(text); };
  const auto text = [&](const std::string& name) { return read(files, join(folder, name)); };
  ASSERT_TRUE(files.check_room(folder, 1000));
  ASSERT_TRUE(files.write(folder + "/other", bytes("kept")));
  const NamedBytes first[] = {{"a", bytes("1")}, {"b", bytes("2")}};
  ASSERT_TRUE(files.write_files(folder, first, {}));
  ASSERT_TRUE(files.write(folder + "/sub/c", bytes("3")));
  // The last one cannot be written: none is.
  const NamedBytes second[] = {{"a", bytes("4")}, {"b", bytes("5")}, {"sub", bytes("6")}};
  EXPECT_FALSE(files.write_files(folder, second, {}));
  EXPECT_EQ(text("a"), "1");
  EXPECT_EQ(text("b"), "2");
  EXPECT_EQ(text("other"), "kept");
  EXPECT_EQ(files.list(folder)->size(), 4U);
  const std::string gone[] = {"b", "sub", "was never there"};
  EXPECT_FALSE(files.write_files(folder, second, gone));
  EXPECT_EQ(text("b"), "2");
  ASSERT_TRUE(files.write_files(folder, std::span(second).first(1), gone));
  EXPECT_EQ(text("a"), "4");
  EXPECT_FALSE(files.read(folder + "/b"));
  EXPECT_TRUE(files.read(folder + "/sub/c"));  // a folder stays
  EXPECT_FALSE(files.check_room(folder + "/a", 1));
  EXPECT_FALSE(files.check_room(folder + "/a/b", 1));
}

TYPED_TEST(FilesContract, GivesALockToOneAtATime) {
  auto& files = this->files_;
  const std::string path = this->scratch_ / "b/net";
  {
    const auto lock = files.lock(path);
    ASSERT_TRUE(lock);
    const auto other = files.lock(path + "/");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::conflict);
    EXPECT_TRUE(files.lock(this->scratch_ / "b/other"));
  }
  EXPECT_TRUE(files.lock(path));
}

TYPED_TEST(FilesContract, ReadsWhatWasWritten) {
  auto& files = this->files_;
  const std::string path = this->scratch_ / "a/b/c.txt";
  EXPECT_EQ(files.kind(path), Files::Kind::absent);
  ASSERT_TRUE(files.write(path, as_bytes("old and long")));
  ASSERT_TRUE(files.write(path, as_bytes("new")));
  EXPECT_EQ(read(files, path), "new");
  EXPECT_EQ(files.kind(path), Files::Kind::file);
  EXPECT_EQ(files.kind(this->scratch_ / "a"), Files::Kind::folder);
  EXPECT_EQ(files.kind(this->scratch_ / "a/b/"), Files::Kind::folder);
}

TYPED_TEST(FilesContract, AnEmptyFileIsAFile) {
  const std::string path = this->scratch_ / "empty";
  ASSERT_TRUE(this->files_.write(path, {}));
  EXPECT_EQ(this->files_.kind(path), Files::Kind::file);
  EXPECT_EQ(read(this->files_, path), "");
}

TYPED_TEST(FilesContract, SaysWhatIsWrongWithAPath) {
  auto& files = this->files_;
  ASSERT_TRUE(files.write(this->scratch_ / "a/file", as_bytes("x")));
  EXPECT_EQ(read(files, this->scratch_ / "nothing"), "(not_found)");
  EXPECT_EQ(read(files, this->scratch_ / "a/file/below"), "(not_found)");
  EXPECT_EQ(read(files, this->scratch_ / "a"), "(invalid_input)");
  EXPECT_EQ(files.write(this->scratch_ / "a", as_bytes("x")).error().code, Code::invalid_input);
  const auto below = files.write(this->scratch_ / "a/file/below", as_bytes("x"));
  EXPECT_EQ(below.error().code, Code::invalid_input);
  EXPECT_EQ(read(files, this->scratch_ / "a/file"), "x");
}

TYPED_TEST(FilesContract, ReadsNoMoreThanTheLimit) {
  const std::string path = this->scratch_ / "five";
  ASSERT_TRUE(this->files_.write(path, as_bytes("12345")));
  EXPECT_TRUE(this->files_.read(path, 5));
  const auto over = this->files_.read(path, 4);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::invalid_input);
}

TYPED_TEST(FilesContract, MapsWhatItReads) {
  auto& files = this->files_;
  const std::string path = this->scratch_ / "weights.bin";
  ASSERT_TRUE(files.write(path, as_bytes("four")));
  Mapping kept;
  {
    const auto mapped = files.map(path);
    ASSERT_TRUE(mapped);
    kept = *mapped;
  }
  EXPECT_EQ(as_text(kept.bytes()), "four");
  EXPECT_EQ(files.map(path, 3).error().code, Code::invalid_input);
  EXPECT_EQ(files.map(path + ".not").error().code, Code::not_found);
  ASSERT_TRUE(files.write(path, {}));
  EXPECT_TRUE(files.map(path)->bytes().empty());
}

TYPED_TEST(FilesContract, ListsNamesInOrder) {
  auto& files = this->files_;
  for (const char* name : {"b", "a/2", "a/1", "c"}) {
    ASSERT_TRUE(files.write(this->scratch_ / name, as_bytes("x")));
  }
  const std::vector<std::string> expected = {"a", "b", "c"};
  EXPECT_EQ(files.list(this->scratch_ / "").value(), expected);
  EXPECT_EQ(files.list(this->scratch_ / "./a/../").value(), expected);
  EXPECT_EQ(files.list(this->scratch_ / "nothing").error().code, Code::not_found);
  EXPECT_EQ(files.list(this->scratch_ / "b").error().code, Code::not_found);
}

TYPED_TEST(FilesContract, OnePathHasManySpellings) {
  ASSERT_TRUE(this->files_.write(this->scratch_ / "a/b", as_bytes("x")));
  EXPECT_EQ(read(this->files_, this->scratch_ / "./a//b"), "x");
  EXPECT_EQ(read(this->files_, this->scratch_ / "a/../a/b"), "x");
}

TEST(SystemFiles, LeavesNoTemporaryFilesAndTheOldFileWhenWritingFails) {
  const Scratch scratch;
  SeededEntropy entropy(1);
  SystemFiles files(entropy);
  ASSERT_TRUE(files.write(scratch / "file", as_bytes("old")));
  // The next temporary file is already there, and is a folder: writing must fail.
  SeededEntropy same(1);
  (void)same.next();
  const auto taken = fmt::format("{}.{:016x}.tmp", scratch / "file", same.next());
  std::filesystem::create_directories(taken);
  const auto written = files.write(scratch / "file", as_bytes("new"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::unavailable);
  EXPECT_EQ(read(files, scratch / "file"), "old");
  std::filesystem::remove(taken);
  EXPECT_EQ(files.list(scratch / "").value(), (std::vector<std::string>{"file"}));
}

// Replacing /dev/null by a plain file breaks a machine.
TEST(SystemFiles, WritesThroughDevicesAndLinks) {
  const Scratch scratch;
  SeededEntropy entropy(1);
  SystemFiles files(entropy);
  ASSERT_TRUE(files.write(scratch / "file", as_bytes("old and long")));
  std::filesystem::create_symlink(scratch / "file", scratch / "link");
  ASSERT_TRUE(files.write(scratch / "link", as_bytes("new")));
  EXPECT_EQ(read(files, scratch / "file"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(scratch / "link"));
  std::filesystem::create_symlink("/dev/full", scratch / "full");
  const auto full = files.write(scratch / "full", as_bytes("x"));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::unavailable);
  EXPECT_TRUE(std::filesystem::is_symlink(scratch / "full"));
}

TEST(SystemFiles, ReadsAPipeToItsEnd) {
  const Scratch scratch;
  const std::string path = scratch / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::FILE* out = std::fopen(path.c_str(), "w");
    for (int i = 0; i < 50000; ++i) (void)std::fputs("0123", out);
    (void)std::fclose(out);
    ::_exit(0);
  }
  SeededEntropy entropy(1);
  EXPECT_EQ(SystemFiles(entropy).read(path).value().size(), 200000U);
}

TEST(SystemFiles, APipeWithoutWriterAndADeviceAreNotWaitedFor) {
  const Scratch scratch;
  const std::string path = scratch / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  SeededEntropy entropy(1);
  const SystemFiles files(entropy);
  const auto pipe = files.read(path);
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().message, path + " is a pipe to which nobody writes");
  const auto device = files.read("/dev/zero");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().message, "/dev/zero is a device, not a file");
}

TEST(SystemFiles, ALinkToNothingSaysWhereItLeads) {
  const Scratch scratch;
  std::filesystem::create_symlink("nowhere", scratch / "link");
  std::filesystem::create_symlink("circle", scratch / "circle");
  SeededEntropy entropy(1);
  const SystemFiles files(entropy);
  const auto link = files.read(scratch / "link");
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, Code::not_found);
  EXPECT_TRUE(link.error().message.ends_with("is a link to nowhere, which is not there"));
  const auto circle = files.resolve(scratch / "circle");
  ASSERT_FALSE(circle);
  EXPECT_TRUE(circle.error().message.ends_with("is a link that leads in a circle"));
}

TEST(Paths, AreTakenApart) {
  EXPECT_EQ(base_name("a/b.tar.gz"), "b.tar.gz");
  EXPECT_EQ(stem("a/b.tar.gz"), "b.tar");
  EXPECT_EQ(stem(".hidden"), ".hidden");
  EXPECT_EQ(extension("a/B.JPG"), "jpg");
  EXPECT_EQ(extension("a.b/c"), "");
  EXPECT_EQ(extension(".hidden"), "");
  EXPECT_EQ(parent("a/b"), "a");
  EXPECT_EQ(parent("/a"), "/");
  EXPECT_EQ(parent("a"), ".");
  EXPECT_EQ(join("a", "b"), "a/b");
  EXPECT_EQ(join("a/", "b"), "a/b");
  EXPECT_EQ(join("", "b"), "b");
}

}  // namespace
}  // namespace slipway
