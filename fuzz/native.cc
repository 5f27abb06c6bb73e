// Slipway's own model files: what is read is verified, and written again reads back the same.

#include "formats/native/native.h"

#include <cstring>

#include "base/check.h"
#include "base/sha256.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const MemoryFiles files;
  const auto bytes = std::as_bytes(std::span{data, size});
  if (!native_format.can_read(bytes)) return 0;
  const auto graph = native_format.read({files, "x.slipway", bytes});
  if (!graph) return 0;
  SLIPWAY_CHECK(verify(*graph));
  const auto written = native_format.write(*graph);
  SLIPWAY_CHECK(written);
  const auto again = native_format.read({files, "x.slipway", *written});
  if (!again) std::fprintf(stderr, "%s\n", again.error().message.c_str());
  SLIPWAY_CHECK(again);
  SLIPWAY_CHECK(*again == *graph);
  SLIPWAY_CHECK(*native_format.write(*again) == *written);
  return 0;
}

#if defined(SLIPWAY_LIBFUZZER)
// A quarter of the inputs is changed blindly: checksums and sizes break. Of the others one part is
// changed, the text or a constant, and the header is made to fit again.

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace slipway {
namespace {

/// The text and the constants of a file whose header is in order; nothing of any other.
std::vector<Bytes> parts_of(BytesView file) {
  const auto all = as_text(file);
  const auto end = all.find("\n\n");
  if (end == std::string_view::npos) return {};
  std::vector<std::size_t> sizes;
  for (auto at = all.find('\n'); at < end; at = all.find('\n', at + 1)) {
    const auto line = all.substr(at + 1, all.find('\n', at + 1) - at - 1);
    const auto last = line.rfind(' ');
    if (last == std::string_view::npos || last == 0) return {};
    const auto before = line.rfind(' ', last - 1);
    std::size_t bytes = 0;
    if (before == std::string_view::npos ||
        !field::parse(line.substr(before + 1, last - before - 1), bytes))
      return {};
    sizes.push_back(bytes);
  }
  std::vector<Bytes> parts;
  std::size_t at = end + 2;
  for (const auto size : sizes) {
    if (!parts.empty()) at = (at + 63) / 64 * 64;
    if (at > file.size() || size > file.size() - at) return {};
    const auto view = file.subspan(at, size);
    parts.emplace_back(view.begin(), view.end());
    at += size;
  }
  return parts;
}

Bytes file_of(const std::vector<Bytes>& parts) {
  std::string head = "slipway model 1\n";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    head += i == 0 ? "text" : fmt::format("constant {}", i - 1);
    head += fmt::format(" {} {}\n", parts[i].size(), sha256(parts[i]));
  }
  head += "\n";
  const auto view = as_bytes(head);
  Bytes out(view.begin(), view.end());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out.resize((out.size() + 63) / 64 * 64);
    out.insert(out.end(), parts[i].begin(), parts[i].end());
  }
  return out;
}

}  // namespace
}  // namespace slipway

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  using namespace slipway;
  auto parts = parts_of(std::as_bytes(std::span{data, size}));
  if (seed % 4 == 0 || parts.empty()) return LLVMFuzzerMutate(data, size, max_size);
  if (seed % 32 == 1) {
    parts.emplace_back();  // a constant more, or one less
  } else if (seed % 32 == 2 && parts.size() > 1) {
    parts.pop_back();
  } else {
    // The text means most.
    auto& part = parts[seed % 3 != 0 ? 0 : seed / 3 % parts.size()];
    constexpr std::size_t kRoom = 256;
    const auto old = part.size();
    part.resize(old + kRoom);
    part.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(part.data()), old, part.size()));
  }
  const auto file = file_of(parts);
  if (file.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, file.data(), file.size());
  return file.size();
}
#endif
