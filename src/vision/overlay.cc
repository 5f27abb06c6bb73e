#include "vision/overlay.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "vision/font.h"
#include "vision/preprocess.h"

namespace slipway {
namespace {

constexpr Picture::Color kBlack = {0, 0, 0};
constexpr Picture::Color kWhite = {255, 255, 255};
constexpr Picture::Color kGreen = {90, 220, 100};
constexpr Picture::Color kRed = {255, 95, 85};
constexpr Picture::Color kGround = {32, 34, 38};

/// Fills [x1, x2) x [y1, y2), as far as it lies in the picture.
void fill(Picture& picture, int x1, int y1, int x2, int y2, Picture::Color color) {
  for (int y = std::max(y1, 0); y < std::min(y2, picture.height); ++y) {
    for (int x = std::max(x1, 0); x < std::min(x2, picture.width); ++x) picture.set(x, y, color);
  }
}

/// Bright colours that differ well for neighbouring classes.
Picture::Color line_color(int class_index) {
  static constexpr Picture::Color kColors[] = {
      {255, 80, 70},  {70, 200, 90},  {80, 150, 255}, {255, 190, 40},  {220, 100, 240},
      {40, 210, 210}, {255, 130, 20}, {170, 220, 50}, {255, 120, 170}, {150, 130, 255}};
  return kColors[static_cast<unsigned>(class_index) % std::size(kColors)];
}

bool is_bright(Picture::Color c) { return 299 * c[0] + 587 * c[1] + 114 * c[2] > 128 * 1000; }

/// Letters get larger with the picture, so that a photograph seen as a whole can be read.
int letter_scale(const Picture& picture) {
  return std::clamp(std::min(picture.width, picture.height) / 240, 1, 8);
}

void draw_box(Picture& picture, const Box& box) {
  constexpr int kLine = 2;
  const auto at = [](float part, int size) {
    return static_cast<int>(std::lround(std::clamp(part, 0.0F, 1.0F) * static_cast<float>(size)));
  };
  const int x1 = at(box.x1, picture.width);
  const int y1 = at(box.y1, picture.height);
  const int x2 = std::max(at(box.x2, picture.width), x1 + kLine);
  const int y2 = std::max(at(box.y2, picture.height), y1 + kLine);
  const auto color = line_color(box.class_index);
  fill(picture, x1, y1, x2, y1 + kLine, color);
  fill(picture, x1, y2 - kLine, x2, y2, color);
  fill(picture, x1, y1, x1 + kLine, y2, color);
  fill(picture, x2 - kLine, y1, x2, y2, color);

  const int scale = letter_scale(picture);
  const int margin = 2 * scale;
  const std::string text =
      fitted(fmt::format("{} {:.0f}%", box.label, 100 * static_cast<double>(box.score)),
             picture.width - 2 * margin, scale);
  const int width = text_width(text, scale) + 2 * margin;
  const int height = kLetterHeight * scale + 2 * margin;
  const int left = std::clamp(x1, 0, std::max(picture.width - width, 0));
  const int top = y1 >= height ? y1 - height : y1;  // over the box, or inside where no room is
  fill(picture, left, top, left + width, top + height, color);
  draw_text(picture, left + margin, top + margin, text, is_bright(color) ? kBlack : kWhite, scale);
}

Picture::Color color_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::right:
      return kGreen;
    case Verdict::wrong:
      return kRed;
    case Verdict::unknown:
      return kWhite;
  }
  return kWhite;
}

void copy_into(Picture& to, int left, int top, const Picture& from) {
  const auto row = static_cast<std::ptrdiff_t>(from.width) * 3;
  for (int y = 0; y < from.height; ++y) {
    const auto begin = from.rgb.begin() + row * y;
    std::copy(begin, begin + row,
              to.rgb.begin() + static_cast<std::ptrdiff_t>(to.offset(left, top + y)));
  }
}

/// The whole picture, as large as fits into a square.
Result<Picture> thumbnail(const Picture& picture, int side) {
  if (picture.width < 1 || picture.height < 1) {
    return fail(Code::invalid_input, "a tile without pixels");
  }
  const Recipe whole{.fit = Fit::letterbox};
  const Size size = place({picture.width, picture.height}, {side, side}, whole).resized;
  return resize(picture, static_cast<int>(size.width), static_cast<int>(size.height),
                ResizeMethod::bilinear_antialias);
}

}  // namespace

void draw_boxes(Picture& picture, std::span<const Box> boxes) {
  std::vector<const Box*> order;
  for (const Box& box : boxes) order.push_back(&box);
  std::stable_sort(order.begin(), order.end(),
                   [](const Box* a, const Box* b) { return a->score < b->score; });
  for (const Box* box : order) draw_box(picture, *box);
}

Result<void> blend(Picture& picture, const Mask& mask, float strength) {
  if (mask.width != picture.width || mask.height != picture.height) {
    return fail(Code::invalid_input, "a mask of {} x {} over a picture of {} x {}", mask.width,
                mask.height, picture.width, picture.height);
  }
  for (std::size_t i = 0; i < mask.classes.size(); ++i) {
    if (mask.classes[i] <= 0) continue;
    const auto color = class_color(mask.classes[i]);
    for (std::size_t c = 0; c < 3; ++c) {
      const auto old = static_cast<float>(picture.rgb[i * 3 + c]);
      const float mixed = old + strength * (static_cast<float>(color[c]) - old);
      picture.rgb[i * 3 + c] =
          static_cast<std::uint8_t>(std::lround(std::clamp(mixed, 0.0F, 255.0F)));
    }
  }
  return {};
}

Result<Picture> sheet(std::span<const Tile> tiles, int columns, int side) {
  constexpr int kGap = 8;
  if (tiles.empty() || columns < 1 || side < 1) {
    return fail(Code::invalid_input, "a sheet of {} pictures, {} a row, of {} pixels", tiles.size(),
                columns, side);
  }
  const int scale = std::clamp(side / 160, 1, 4);
  const int caption = (kLetterHeight + 4) * scale;
  const auto across = std::min<std::int64_t>(columns, static_cast<std::int64_t>(tiles.size()));
  const auto down = (static_cast<std::int64_t>(tiles.size()) + columns - 1) / columns;
  const std::int64_t width = across * (std::int64_t{side} + kGap) + kGap;
  const std::int64_t height = down * (std::int64_t{side} + caption + kGap) + kGap;
  if (width > Picture::kMaxSide || height > Picture::kMaxSide ||
      width * height > Picture::kMaxPixels) {
    return fail(Code::invalid_input, "a sheet of {} x {} pixels is too large", width, height);
  }
  Picture out(static_cast<int>(width), static_cast<int>(height), kGround);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const int column = static_cast<int>(i % static_cast<std::size_t>(columns));
    const int row = static_cast<int>(i / static_cast<std::size_t>(columns));
    const int left = kGap + column * (side + kGap);
    const int top = kGap + row * (side + caption + kGap);
    const Picture small = SLIPWAY_TRY(thumbnail(tiles[i].picture, side));
    copy_into(out, left + (side - small.width) / 2, top + side - small.height, small);
    const std::string text = fitted(tiles[i].caption, side, scale);
    const int x = left + (side - text_width(text, scale)) / 2;
    draw_text(out, x, top + side + 2 * scale, text, color_of(tiles[i].verdict), scale);
  }
  return out;
}

}  // namespace slipway
