#include "cli/imagenet.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <archive.h>
#include <archive_entry.h>

#include "base/mat.h"
#include "cli/progress.h"
#include "ir/fields.h"

namespace slipway::cli {
namespace {

constexpr auto kTar = "ILSVRC2012_img_val.tar";
constexpr auto kDevkit = "ILSVRC2012_devkit_t12.tar.gz";
constexpr auto kUnpacked = "ILSVRC2012_img_val";
constexpr auto kTable = "labels.csv";
constexpr std::uint64_t kMostTar = std::uint64_t{64} << 30U;
constexpr std::uint64_t kMostFile = std::uint64_t{256} << 20U;

/// An archive that is read from its beginning to its end.
class Reader {
 public:
  explicit Reader(BytesView bytes) : archive_(archive_read_new(), archive_read_free) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    status_ = archive_read_open_memory(archive_.get(), bytes.data(), bytes.size());
  }

  struct Entry {
    std::string name;  // without its folders
    std::uint64_t size = 0;
  };

  /// The next file, or nothing at the end.
  Result<std::optional<Entry>> next() {
    while (true) {
      if (status_ != ARCHIVE_OK) return damaged();
      archive_entry* entry = nullptr;
      status_ = archive_read_next_header(archive_.get(), &entry);
      if (status_ == ARCHIVE_EOF) return std::optional<Entry>();
      if (status_ != ARCHIVE_OK) return damaged();
      const char* path = archive_entry_pathname(entry);
      if (path == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
      return std::optional<Entry>(
          {std::string(base_name(path)), static_cast<std::uint64_t>(archive_entry_size(entry))});
    }
  }

  /// What is in the file that next() gave.
  Result<Bytes> read(const Entry& entry) {
    if (entry.size > kMostFile)
      return fail(Code::corrupt, "{} has {} bytes", entry.name, entry.size);
    Bytes out(entry.size);
    const auto count = archive_read_data(archive_.get(), out.data(), out.size());
    if (count < 0 || static_cast<std::uint64_t>(count) != entry.size) return damaged();
    return out;
  }

 private:
  [[nodiscard]] Error damaged() const {
    const char* words = archive_error_string(archive_.get());
    return fail(Code::corrupt, "the archive is damaged: {}",
                words == nullptr ? "it ends early" : words)
        .with_remedy("download it again");
  }

  std::unique_ptr<archive, int (*)(archive*)> archive_;
  int status_ = ARCHIVE_OK;
};

/// What the devkit says: the class of each picture by its number, and what classes are called.
struct Devkit {
  std::vector<int> classes;        // of picture i + 1
  std::vector<std::string> wnids;  // in order
};

/// Classes by the number that the devkit gives them: leaves of the hierarchy, in the order of their
/// wnids.
Result<std::map<int, int>> read_synsets(BytesView meta, std::vector<std::string>& wnids) {
  const auto values = SLIPWAY_TRY(parse_mat(meta).during("reading meta.mat"));
  const auto synsets = std::ranges::find(values, "synsets", &MatValue::name);
  if (synsets == values.end()) return fail(Code::corrupt, "meta.mat has no synsets");
  std::map<std::string, int> leaves;
  for (std::size_t i = 0; i < synsets->elements.size(); ++i) {
    const auto* id = synsets->field(i, "ILSVRC2012_ID");
    const auto* wnid = synsets->field(i, "WNID");
    const auto* children = synsets->field(i, "num_children");
    if (id == nullptr || wnid == nullptr || children == nullptr || id->numbers.size() != 1 ||
        wnid->text.empty() || children->numbers.size() != 1)
      return fail(Code::corrupt, "meta.mat: synset {} has no number, name or children", i + 1);
    const double number = id->numbers[0];
    if (!(number >= 0 && number < 1e9))
      return fail(Code::corrupt, "meta.mat: synset {} has the number {}", i + 1, number);
    if (children->numbers[0] == 0) leaves[wnid->text] = static_cast<int>(number);
  }
  std::map<int, int> out;
  for (const auto& [wnid, id] : leaves) {
    out[id] = static_cast<int>(wnids.size());
    wnids.push_back(wnid);
  }
  if (out.empty() || out.size() != wnids.size())
    return fail(Code::corrupt, "meta.mat: {} synsets have {} numbers", wnids.size(), out.size());
  return out;
}

Result<Devkit> read_devkit(BytesView bytes) {
  std::optional<Bytes> truth;
  std::optional<Bytes> meta;
  Reader reader(bytes);
  while (true) {
    const auto entry = SLIPWAY_TRY(reader.next());
    if (!entry) break;
    if (entry->name == "ILSVRC2012_validation_ground_truth.txt")
      truth = SLIPWAY_TRY(reader.read(*entry));
    if (entry->name == "meta.mat") meta = SLIPWAY_TRY(reader.read(*entry));
  }
  if (!truth || !meta)
    return fail(Code::corrupt, "it has no {}",
                truth ? "meta.mat" : "ILSVRC2012_validation_ground_truth.txt");
  Devkit out;
  const auto ids = SLIPWAY_TRY(read_synsets(*meta, out.wnids));
  std::string_view text = as_text(*truth);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    int id = 0;
    const bool is_number = field::parse(line, id).ok();
    const auto found = ids.find(id);
    if (!is_number || found == ids.end())
      return fail(Code::corrupt, "the ground truth, line {}: '{}' is no class of meta.mat",
                  out.classes.size() + 1, line);
    out.classes.push_back(found->second);
  }
  return out;
}

/// The number in "ILSVRC2012_val_00000293.JPEG"; nothing of another name.
std::optional<std::size_t> number_of(std::string_view name) {
  constexpr std::string_view kBegin = "ILSVRC2012_val_";
  constexpr std::string_view kEnd = ".JPEG";
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return std::nullopt;
  name.remove_prefix(kBegin.size());
  name.remove_suffix(kEnd.size());
  std::size_t number = 0;
  // Digits stay in front of the number for std::from_chars.
  if (!field::parse(name, number)) return std::nullopt;
  return number;
}

std::string picture_name(std::size_t number) {
  return fmt::format("ILSVRC2012_val_{:08}.JPEG", number);
}

/// Writes the pictures that are not there yet.
Result<void> unpack(World& world, BytesView tar, const std::string& folder, std::size_t pictures) {
  Reader reader(tar);
  Progress progress(world, "unpacking pictures", pictures);
  std::set<std::size_t> seen;
  while (true) {
    const auto entry = SLIPWAY_TRY(reader.next());
    if (!entry) break;
    const auto number = number_of(entry->name);
    if (!number) continue;
    if (*number == 0 || *number > pictures || !seen.insert(*number).second)
      return fail(Code::corrupt, "the archive has {}, and the devkit names {} pictures",
                  entry->name, pictures)
          .with_remedy("do they belong together?");
    progress.at(seen.size());
    const auto path = join(folder, picture_name(*number));
    // Files are written as a whole: one of that size is that one.
    if (world.files.kind(path) == Files::Kind::file) {
      const auto there = world.files.map(path);
      if (there && there->bytes().size() == entry->size) continue;
    }
    SLIPWAY_TRY(world.files.write(path, SLIPWAY_TRY(reader.read(*entry))));
  }
  if (seen.size() != pictures)
    return fail(Code::corrupt, "the archive has {} pictures, and the devkit names {}", seen.size(),
                pictures)
        .with_remedy("do they belong together? Is the archive whole?");
  return {};
}

std::string table_of(const Devkit& devkit) {
  const auto classes = devkit.wnids.size();
  auto out = fmt::format("file,wnid,label_{},label_{}\n", classes, classes + 1);
  for (std::size_t i = 0; i < devkit.classes.size(); ++i) {
    const int index = devkit.classes[i];
    out += fmt::format("{},{},{},{}\n", picture_name(i + 1),
                       devkit.wnids[static_cast<std::size_t>(index)], index, index + 1);
  }
  return out;
}

}  // namespace

bool is_imagenet(const Files& files, const std::string& argument) {
  switch (files.kind(argument)) {
    case Files::Kind::absent:
      return false;
    case Files::Kind::file:
      return base_name(argument) == kTar;
    case Files::Kind::folder:
      break;
  }
  return files.kind(join(argument, kTar)) == Files::Kind::file ||
         files.kind(join(join(argument, kUnpacked), kTable)) == Files::Kind::file;
}

Result<std::string> unpack_imagenet(World& world, const std::string& argument) {
  const bool is_tar = world.files.kind(argument) == Files::Kind::file;
  const auto place = is_tar ? parent(argument) : argument;
  const auto folder = join(place, kUnpacked);
  if (world.files.kind(join(folder, kTable)) == Files::Kind::file) return folder;
  const auto devkit_path = join(place, kDevkit);
  if (world.files.kind(devkit_path) != Files::Kind::file)
    return fail(Code::not_found, "there is no {} beside {}", kDevkit, kTar)
        .with_remedy("it says what the pictures show; both come from the same place");
  world.goal = fmt::format("unpack {}", join(place, kTar));
  const auto lock = SLIPWAY_TRY(world.files.lock(folder));
  const auto devkit_bytes = SLIPWAY_TRY(world.files.map(devkit_path));
  const auto devkit =
      SLIPWAY_TRY(read_devkit(devkit_bytes.bytes()).during("reading {}", devkit_path));
  const auto tar = SLIPWAY_TRY(world.files.map(join(place, kTar), kMostTar));
  world.note("the pictures of {} are unpacked once, into {}", kTar, folder);
  SLIPWAY_TRY(unpack(world, tar.bytes(), folder, devkit.classes.size()));
  SLIPWAY_TRY(world.files.write(join(folder, kTable), as_bytes(table_of(devkit))));
  return folder;
}

}  // namespace slipway::cli
