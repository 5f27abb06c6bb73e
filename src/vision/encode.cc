#include "vision/encode.h"

#include <algorithm>
#include <csetjmp>

#include <fmt/format.h>
#include <png.h>

namespace slipway {
namespace {

Result<void> check_pixels(const Picture& picture) {
  const auto wanted = std::int64_t{picture.width} * picture.height * 3;
  if (picture.width > 0 && picture.height > 0 &&
      picture.rgb.size() == static_cast<std::uint64_t>(wanted)) {
    return {};
  }
  return fail(Code::invalid_input, "a picture of {} x {} with {} bytes cannot be written",
              picture.width, picture.height, picture.rgb.size());
}

void append(png_structp png, png_bytep data, std::size_t size) {
  auto& out = *static_cast<Bytes*>(png_get_io_ptr(png));
  const auto bytes = std::as_bytes(std::span{data, size});
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void flush(png_structp) {}

void ignore(png_structp, png_const_charp) {}

/// libpng prints to stderr if this returns.
[[noreturn]] void give_up(png_structp png, png_const_charp) { png_longjmp(png, 1); }

/// False where libpng gave up. Holds nothing that a jump out of libpng could leave behind.
bool write_rows(png_structp png, png_infop info, const Picture& picture) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;  // NOLINT: libpng's only way to fail
  const auto width = static_cast<png_uint_32>(picture.width);
  const auto height = static_cast<png_uint_32>(picture.height);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_user_limits(png, Picture::kMaxSide, Picture::kMaxSide);
  png_write_info(png, info);
  for (int y = 0; y < picture.height; ++y) {
    png_write_row(png, picture.rgb.data() + picture.offset(0, y));
  }
  png_write_end(png, nullptr);
  return true;
}

}  // namespace

Result<Bytes> to_png(const Picture& picture) {
  SLIPWAY_TRY(check_pixels(picture));
  Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, give_up, ignore);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  bool done = false;
  if (info != nullptr) {
    png_set_write_fn(png, &out, append, flush);
    done = write_rows(png, info, picture);
  }
  png_destroy_write_struct(&png, &info);
  if (!done) {
    return fail(Code::invalid_input, "a picture of {} x {} does not fit into a PNG", picture.width,
                picture.height);
  }
  return out;
}

Result<Bytes> to_ppm(const Picture& picture) {
  SLIPWAY_TRY(check_pixels(picture));
  const std::string header = fmt::format("P6\n{} {}\n255\n", picture.width, picture.height);
  Bytes out(header.size() + picture.rgb.size());
  const auto pixels = std::as_bytes(std::span{picture.rgb});
  const auto head = as_bytes(header);
  std::copy(pixels.begin(), pixels.end(), std::copy(head.begin(), head.end(), out.begin()));
  return out;
}

}  // namespace slipway
