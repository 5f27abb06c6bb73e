#include <algorithm>
#include <optional>

#include "vision/decoders.h"

namespace slipway {
namespace {

/// The two headers of a BMP, as far as they matter.
struct Header {
  std::uint32_t pixels_at = 0;
  std::uint32_t size = 0;  // of the second header: tells its version
  std::int64_t width = 0;
  std::int64_t height = 0;  // below 0: rows from the top
  int bits = 0;
  std::uint32_t compression = 0;
  std::uint32_t colors = 0;
};

constexpr std::uint32_t kCoreSize = 12;  // OS/2 1.x: 16-bit sizes, palette of three bytes
constexpr std::uint32_t kInfoSize = 40;
constexpr std::uint32_t kMasksSize = 52;  // from here on the colour masks are in the header
constexpr std::uint32_t kNone = 0;
constexpr std::uint32_t kBitfields = 3;

Result<Header> read_header(ByteReader& in) {
  Header h;
  SLIPWAY_TRY(in.seek(10));
  h.pixels_at = SLIPWAY_TRY(in.number<std::uint32_t>());
  h.size = SLIPWAY_TRY(in.number<std::uint32_t>());
  if (h.size == kCoreSize) {
    h.width = SLIPWAY_TRY(in.number<std::uint16_t>());
    h.height = SLIPWAY_TRY(in.number<std::uint16_t>());
  } else if (h.size >= kInfoSize && h.size <= 1024) {
    h.width = SLIPWAY_TRY(in.number<std::int32_t>());
    h.height = SLIPWAY_TRY(in.number<std::int32_t>());
  } else {
    return fail(Code::corrupt, "a BMP header of {} bytes", h.size);
  }
  SLIPWAY_TRY(in.number<std::uint16_t>());  // planes
  h.bits = SLIPWAY_TRY(in.number<std::uint16_t>());
  if (h.size == kCoreSize) return h;
  h.compression = SLIPWAY_TRY(in.number<std::uint32_t>());
  SLIPWAY_TRY(in.take(12));  // size of the pixels, resolution
  h.colors = SLIPWAY_TRY(in.number<std::uint32_t>());
  return h;
}

/// Refuses compressions, depths and masks that are not read here, by name.
Result<void> check_kind(const Header& h, ByteReader& in) {
  static constexpr std::string_view kNames[] = {
      "none", "RLE8", "RLE4", "bit fields", "JPEG", "PNG", "bit fields with alpha", "unknown"};
  if (h.compression != kNone && h.compression != kBitfields) {
    const auto i = std::min<std::size_t>(h.compression, std::size(kNames) - 1);
    return fail(Code::unsupported, "a BMP with {} compression", kNames[i]);
  }
  if (h.bits != 1 && h.bits != 4 && h.bits != 8 && h.bits != 24 && h.bits != 32) {
    return fail(Code::unsupported, "a BMP of {} bits per pixel", h.bits);
  }
  if (h.compression == kNone) return {};
  SLIPWAY_TRY(in.seek(14 + kInfoSize));
  const auto red = SLIPWAY_TRY(in.number<std::uint32_t>());
  const auto green = SLIPWAY_TRY(in.number<std::uint32_t>());
  const auto blue = SLIPWAY_TRY(in.number<std::uint32_t>());
  if (h.bits != 32 || red != 0xFF0000 || green != 0xFF00 || blue != 0xFF) {
    return fail(Code::unsupported, "a BMP of {} bits with colour masks {:x} {:x} {:x}", h.bits, red,
                green, blue);
  }
  return {};
}

/// The colours of a picture with a palette; entries that the file does not have are black.
Result<std::vector<Picture::Color>> read_palette(const Header& h, ByteReader& in) {
  const std::uint32_t most = 1U << static_cast<unsigned>(h.bits);
  const std::uint32_t count = h.colors == 0 ? most : std::min(h.colors, most);
  const std::size_t entry = h.size == kCoreSize ? 3 : 4;
  const bool masks = h.compression == kBitfields && h.size < kMasksSize;
  SLIPWAY_TRY(in.seek(std::size_t{14} + h.size + (masks ? 12 : 0)));
  std::vector<Picture::Color> palette(most);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto bgr = SLIPWAY_TRY(in.take(entry));
    for (std::size_t c = 0; c < 3; ++c) {
      palette[i][c] = std::to_integer<std::uint8_t>(bgr[2 - c]);
    }
  }
  return palette;
}

Picture::Color pixel(BytesView row, int x, int bits, const std::vector<Picture::Color>& palette) {
  const auto i = static_cast<std::size_t>(x);
  const auto byte = [&](std::size_t at) { return std::to_integer<std::uint8_t>(row[at]); };
  if (bits >= 24) {
    const std::size_t at = i * static_cast<std::size_t>(bits) / 8;
    return {byte(at + 2), byte(at + 1), byte(at)};
  }
  const auto width = static_cast<std::size_t>(bits);
  const std::size_t bit = i * width;  // from the left, the highest bit of a byte first
  const unsigned shift = static_cast<unsigned>(8 - width - bit % 8);
  return palette[(byte(bit / 8) >> shift) & ((1U << width) - 1)];
}

}  // namespace

Result<Picture> decode_bmp(BytesView bytes) {
  ByteReader in(bytes);
  const Header h = SLIPWAY_TRY(read_header(in));
  SLIPWAY_TRY(check_size(h.width, std::abs(h.height)));
  SLIPWAY_TRY(check_kind(h, in));
  std::vector<Picture::Color> palette;
  if (h.bits <= 8) palette = SLIPWAY_TRY(read_palette(h, in));

  const int width = static_cast<int>(h.width);
  const int height = static_cast<int>(std::abs(h.height));
  const auto stride = static_cast<std::size_t>((h.width * h.bits + 31) / 32 * 4);
  SLIPWAY_TRY(in.seek(h.pixels_at));
  const auto pixels = SLIPWAY_TRY(in.take(stride * static_cast<std::size_t>(height)));
  Picture picture(width, height);
  for (int y = 0; y < height; ++y) {
    const int from = h.height < 0 ? y : height - 1 - y;
    const auto row = pixels.subspan(static_cast<std::size_t>(from) * stride, stride);
    for (int x = 0; x < width; ++x) picture.set(x, y, pixel(row, x, h.bits, palette));
  }
  return picture;
}

}  // namespace slipway
