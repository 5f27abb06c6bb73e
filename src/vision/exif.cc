#include <memory>

#include <libexif/exif-data.h>

#include "vision/decoders.h"

namespace slipway {
namespace {

constexpr int kUpright = 1;

struct ExifFree {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};

}  // namespace

int exif_orientation(BytesView tiff) {
  constexpr std::size_t kLimit = 1U << 20U;  // a JPEG holds 64 KiB; a PNG may hold anything
  if (tiff.size() < 8 || tiff.size() > kLimit) return kUpright;
  static constexpr std::byte kMark[] = {std::byte{'E'}, std::byte{'x'}, std::byte{'i'},
                                        std::byte{'f'}, std::byte{0},   std::byte{0}};
  Bytes block(std::begin(kMark), std::end(kMark));  // libexif wants its JPEG mark
  block.insert(block.end(), tiff.begin(), tiff.end());

  const std::unique_ptr<ExifData, ExifFree> data(exif_data_new());
  if (data == nullptr) return kUpright;
  exif_data_unset_option(data.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);  // no repairs
  exif_data_load_data(data.get(), reinterpret_cast<const unsigned char*>(block.data()),
                      static_cast<unsigned int>(block.size()));
  const ExifEntry* entry =
      exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);  // NOLINT: C array
  if (entry == nullptr || entry->components < 1 || entry->data == nullptr) return kUpright;
  const ExifByteOrder order = exif_data_get_byte_order(data.get());
  std::uint32_t value = kUpright;
  if (entry->format == EXIF_FORMAT_SHORT && entry->size >= 2) {
    value = exif_get_short(entry->data, order);
  } else if (entry->format == EXIF_FORMAT_LONG && entry->size >= 4) {
    value = exif_get_long(entry->data, order);
  }
  return value >= 1 && value <= 8 ? static_cast<int>(value) : kUpright;
}

Picture upright(Picture picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool swaps = orientation >= 5;
  const int w = picture.width;
  const int h = picture.height;
  Picture out(swaps ? h : w, swaps ? w : h);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const int u = swaps ? y : x;  // along the stored width
      const int v = swaps ? x : y;  // along the stored height
      const bool flip_u =
          orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
      const bool flip_v =
          orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
      out.set(x, y, picture.at(flip_u ? w - 1 - u : u, flip_v ? h - 1 - v : v));
    }
  }
  return out;
}

}  // namespace slipway
