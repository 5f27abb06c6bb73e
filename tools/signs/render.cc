// Draws a training set into one file: `count` records of a label byte and 64 * 64 * 3 pixel bytes.
//
//   render_signs SEED FIRST COUNT FILE
//
// Training uses seeds of 1,000,000 and more, so that everybody's pictures with smaller seeds are
// new to the model.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "vision/draw/signs.h"

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool write_scene(std::FILE* file, const slipway::draw::Scene& scene) {
  if (std::fputc(scene.label, file) == EOF) return false;
  return std::fwrite(scene.picture.rgb.data(), 1, scene.picture.rgb.size(), file) ==
         scene.picture.rgb.size();
}

}  // namespace

int main(int argc, char** argv) {
  const auto seed = argc == 5 ? number(argv[1]) : std::nullopt;
  const auto first = argc == 5 ? number(argv[2]) : std::nullopt;
  const auto count = argc == 5 ? number(argv[3]) : std::nullopt;
  if (!seed || !first || !count) {
    std::fprintf(stderr, "usage: render_signs SEED FIRST COUNT FILE\n");
    return 2;
  }
  std::FILE* file = std::fopen(argv[4], "wb");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot write %s\n", argv[4]);
    return 1;
  }
  bool written = true;
  for (std::uint64_t i = 0; i < *count && written; ++i) {
    written = write_scene(file, slipway::draw::sign_scene(*seed, *first + i));
  }
  written = std::fclose(file) == 0 && written;
  if (!written) std::fprintf(stderr, "cannot write %s: is the disk full?\n", argv[4]);
  return written ? 0 : 1;
}
