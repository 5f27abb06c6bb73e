#include "vision/mask.h"

#include <algorithm>
#include <map>

#include "vision/decoders.h"

namespace slipway {
namespace {

constexpr Picture::Color kWhite = {255, 255, 255};
constexpr int kColors = 256;

/// Whether a PNG's pixels are numbers: gray, or places in a palette.
bool has_numbers(BytesView png) {
  constexpr std::size_t kColorType = 25;
  const auto type = std::to_integer<int>(png[kColorType]);
  return type == 0 || type == 3 || type == 4;
}

std::map<Picture::Color, int> classes_by_color() {
  std::map<Picture::Color, int> out;
  for (int i = 0; i < kColors; ++i) out[class_color(i)] = i;
  out[kWhite] = kSomething;
  return out;
}

Result<Mask> from_colors(const Picture& picture) {
  static const auto kClasses = classes_by_color();
  Mask out;
  out.width = picture.width;
  out.height = picture.height;
  auto last = kClasses.begin();  // neighbours are alike
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const auto color = picture.at(x, y);
      if (color != last->first) {
        const auto found = kClasses.find(color);
        if (found == kClasses.end())
          return fail(Code::invalid_input,
                      "pixel {}, {} has the colour {} {} {}, which stands for no class", x, y,
                      color[0], color[1], color[2])
              .with_remedy("masks are PNG files whose gray values or palette numbers are classes");
        last = found;
      }
      out.classes.push_back(last->second);
    }
  }
  return out;
}

}  // namespace

Result<Mask> decode_mask(BytesView bytes) {
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  constexpr std::size_t kHeader = 33;
  if (bytes.size() < kHeader || !as_text(bytes).starts_with(kSignature))
    return fail(Code::unsupported, "it is no PNG, and other formats do not keep classes");
  if (!has_numbers(bytes)) return from_colors(SLIPWAY_TRY(decode_png(bytes)));
  const auto numbers = SLIPWAY_TRY(decode_png_numbers(bytes));
  Mask out;
  out.width = numbers.width;
  out.height = numbers.height;
  out.classes.assign(numbers.values.begin(), numbers.values.end());
  return out;
}

}  // namespace slipway
