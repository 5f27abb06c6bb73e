#include "compile/archive.h"

#include <algorithm>
#include <array>
#include <memory>

#include <archive.h>
#include <archive_entry.h>

namespace slipway::compile {
namespace {

struct Ending {
  std::string_view text;
  int (*filter)(archive*);
};

constexpr std::array<Ending, 4> kEndings = {{{".tar.zst", archive_write_add_filter_zstd},
                                             {".tar.gz", archive_write_add_filter_gzip},
                                             {".tgz", archive_write_add_filter_gzip},
                                             {".tar", archive_write_add_filter_none}}};

const Ending* ending_of(std::string_view path) {
  const auto at = std::ranges::find_if(
      kEndings, [&](const Ending& ending) { return path.ends_with(ending.text); });
  return at == kEndings.end() ? nullptr : &*at;
}

std::string words_of(archive* from) {
  const char* words = archive_error_string(from);
  return words == nullptr ? "it ends early" : words;
}

la_ssize_t append(archive*, void* to, const void* bytes, std::size_t count) {
  const auto* first = static_cast<const std::byte*>(bytes);
  auto& out = *static_cast<Bytes*>(to);
  out.insert(out.end(), first, first + count);
  return static_cast<la_ssize_t>(count);
}

using Reader = std::unique_ptr<archive, int (*)(archive*)>;
using Writer = std::unique_ptr<archive, int (*)(archive*)>;
using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

}  // namespace

bool is_archive_name(std::string_view path) { return ending_of(path) != nullptr; }

Result<Bytes> write_archive(const Package& package, std::string_view path) {
  const auto* ending = ending_of(path);
  SLIPWAY_CHECK(ending != nullptr);
  const auto name = base_name(path);
  const auto folder = std::string(name.substr(0, name.size() - ending->text.size()));
  Bytes out;
  const Writer writer(archive_write_new(), archive_write_free);
  archive_write_set_format_ustar(writer.get());
  ending->filter(writer.get());
  // Without a time of day: equal packages give equal bytes.
  archive_write_set_options(writer.get(), "gzip:!timestamp");
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  if (archive_write_open(writer.get(), &out, nullptr, append, nullptr) != ARCHIVE_OK)
    return fail(Code::unavailable, "{}", words_of(writer.get()));
  const Entry entry(archive_entry_new(), archive_entry_free);
  for (const auto& file : package) {
    archive_entry_clear(entry.get());
    archive_entry_set_pathname(entry.get(), join(folder, file.name).c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.bytes().size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), file.name.ends_with(".so") ? 0755 : 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    const auto bytes = file.content.bytes();
    const bool written = archive_write_header(writer.get(), entry.get()) == ARCHIVE_OK &&
                         archive_write_data(writer.get(), bytes.data(), bytes.size()) ==
                             static_cast<la_ssize_t>(bytes.size());
    if (!written) return fail(Code::unavailable, "{}", words_of(writer.get()));
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK)
    return fail(Code::unavailable, "{}", words_of(writer.get()));
  return out;
}

Result<Package> read_archive(BytesView bytes) {
  const Reader reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_gzip(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return fail(Code::corrupt, "it is no archive: {}", words_of(reader.get()));
  Package out;
  std::uint64_t left = Files::kReadLimit;
  archive_entry* entry = nullptr;
  while (true) {
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return out;
    if (status != ARCHIVE_OK) return fail(Code::corrupt, "{}", words_of(reader.get()));
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
    const auto name = std::string(base_name(path));
    Bytes content;
    constexpr std::size_t kChunk = std::size_t{1} << 20U;
    while (true) {
      const std::size_t at = content.size();
      content.resize(at + kChunk);
      const auto count = archive_read_data(reader.get(), content.data() + at, kChunk);
      if (count < 0) return fail(Code::corrupt, "{}: {}", name, words_of(reader.get()));
      content.resize(at + static_cast<std::size_t>(count));
      if (count == 0) break;
      if (static_cast<std::uint64_t>(count) > left)
        return fail(Code::unsupported, "it has over 4 GB when it is unpacked");
      left -= static_cast<std::uint64_t>(count);
    }
    out.push_back({name, aligned_copy(content)});
  }
}

}  // namespace slipway::compile
