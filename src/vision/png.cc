#include <csetjmp>
#include <cstring>

#include <png.h>

#include "vision/decoders.h"

namespace slipway {
namespace {

/// One decoding. Lives outside the functions that libpng may jump out of.
struct Job {
  ByteReader reader;
  png_structp png = nullptr;
  png_infop info = nullptr;
  int passes = 1;
  int rows = 0;
  std::size_t row_bytes = 0;
  std::vector<std::uint8_t>* pixels = nullptr;  // rows * row_bytes, from outside
  std::string complaint = {};

  explicit Job(BytesView bytes) : reader(bytes) {}

  ~Job() { png_destroy_read_struct(&png, &info, nullptr); }

  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
};

void ignore(png_structp, png_const_charp) {}

/// libpng prints to stderr if this returns.
[[noreturn]] void give_up(png_structp png, png_const_charp message) {
  static_cast<Job*>(png_get_error_ptr(png))->complaint = message;
  png_longjmp(png, 1);
}

void supply(png_structp png, png_bytep out, std::size_t size) {
  auto& reader = static_cast<Job*>(png_get_io_ptr(png))->reader;
  if (size > reader.remaining()) png_error(png, "the file ends early");
  std::memcpy(out, reader.all().data() + reader.position(), size);
  static_cast<void>(reader.seek(reader.position() + size));
}

/// Reads none of the chunks that say nothing about 8-bit pixels: they are where small files
/// unpack into large ones.
void skip_texts(png_structp png) {
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT,
                              reinterpret_cast<png_const_bytep>("tRNS\0eXIf"), 2);
}

bool read_header(Job& job) {
  if (setjmp(png_jmpbuf(job.png)) != 0) return false;  // NOLINT: libpng's only way to fail
  png_set_read_fn(job.png, &job, supply);
  png_set_user_limits(job.png, 0x7FFFFFFF, 0x7FFFFFFF);  // check_size has the better message
  png_set_chunk_malloc_max(job.png, 1U << 20U);
  png_set_chunk_cache_max(job.png, 16);
  skip_texts(job.png);
  png_read_info(job.png, job.info);
  return true;
}

/// Everything becomes 8-bit RGB; gamma and colour profiles are not applied, as in Pillow.
bool start_rows(Job& job) {
  if (setjmp(png_jmpbuf(job.png)) != 0) return false;  // NOLINT: as above
  png_set_palette_to_rgb(job.png);
  png_set_expand_gray_1_2_4_to_8(job.png);
  png_set_strip_16(job.png);
  png_set_strip_alpha(job.png);
  png_set_gray_to_rgb(job.png);
  job.passes = png_set_interlace_handling(job.png);
  png_read_update_info(job.png, job.info);
  return true;
}

/// Gray values and numbers of colours stay what they are, a byte each.
bool start_number_rows(Job& job) {
  if (setjmp(png_jmpbuf(job.png)) != 0) return false;  // NOLINT: as above
  png_set_packing(job.png);
  png_set_strip_alpha(job.png);
  job.passes = png_set_interlace_handling(job.png);
  png_read_update_info(job.png, job.info);
  return true;
}

bool read_rows(Job& job) {
  if (setjmp(png_jmpbuf(job.png)) != 0) return false;  // NOLINT: as above
  for (int pass = 0; pass < job.passes; ++pass) {
    for (int y = 0; y < job.rows; ++y) {
      png_read_row(job.png, job.pixels->data() + static_cast<std::size_t>(y) * job.row_bytes,
                   nullptr);
    }
  }
  return true;
}

/// Refuses a chunk in front of the pixels that says it is longer than the file: libpng 1.6 makes
/// room for a chunk of EXIF data before it reads it.
Result<void> check_chunks(BytesView bytes) {
  constexpr std::size_t kSignature = 8;
  constexpr std::size_t kFrame = 12;  // length, name and checksum
  std::size_t at = kSignature;
  while (at < bytes.size() && bytes.size() - at >= kFrame) {
    std::size_t length = 0;
    for (const auto byte : bytes.subspan(at, 4))
      length = length * 256 + std::to_integer<std::size_t>(byte);
    if (as_text(bytes.subspan(at + 4, 4)) == "IDAT") break;
    if (length > bytes.size() - at - kFrame) {
      return fail(Code::corrupt, "the file ends early: a chunk of {} bytes at offset {} of {}",
                  length, at, bytes.size());
    }
    at += kFrame + length;
  }
  return {};
}

/// Refuses a header that the bytes behind it cannot keep.
Result<void> check_header(const Job& job) {
  constexpr std::int64_t kMaxExpansion = 1032;  // of deflate
  const std::int64_t width = png_get_image_width(job.png, job.info);
  const std::int64_t height = png_get_image_height(job.png, job.info);
  SLIPWAY_TRY(check_size(width, height));
  const int bits = png_get_bit_depth(job.png, job.info) * png_get_channels(job.png, job.info);
  const std::int64_t unpacked = width * height * bits / 8;
  if (unpacked / kMaxExpansion > static_cast<std::int64_t>(job.reader.all().size())) {
    return fail(Code::corrupt, "{} bytes cannot hold {} x {} pixels of {} bits",
                job.reader.all().size(), width, height, bits);
  }
  return {};
}

int orientation_of(const Job& job) {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(job.png, job.info, &size, &exif) == 0) return 1;
  return exif_orientation(std::as_bytes(std::span{exif, size}));
}

/// Reads up to the pixels.
Result<void> open(Job& job) {
  job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, give_up, ignore);
  if (job.png != nullptr) job.info = png_create_info_struct(job.png);
  if (job.info == nullptr) return fail(Code::unavailable, "no memory for the PNG decoder");
  SLIPWAY_TRY(check_chunks(job.reader.all()));
  if (!read_header(job)) return fail(Code::corrupt, "libpng says: {}", job.complaint);
  return check_header(job);
}

/// Reads the pixels, of `channels` bytes each.
Result<void> read_pixels(Job& job, int channels, std::vector<std::uint8_t>& into) {
  const auto width = static_cast<std::size_t>(png_get_image_width(job.png, job.info));
  job.rows = static_cast<int>(png_get_image_height(job.png, job.info));
  job.row_bytes = width * static_cast<std::size_t>(channels);
  SLIPWAY_CHECK(png_get_rowbytes(job.png, job.info) == job.row_bytes);
  job.pixels = &into;
  into.resize(static_cast<std::size_t>(job.rows) * job.row_bytes);
  if (!read_rows(job)) return fail(Code::corrupt, "libpng says: {}", job.complaint);
  return {};
}

}  // namespace

Result<Picture> decode_png(BytesView bytes) {
  Job job(bytes);
  SLIPWAY_TRY(open(job));
  if (!start_rows(job)) return fail(Code::corrupt, "libpng says: {}", job.complaint);
  Picture picture(static_cast<int>(png_get_image_width(job.png, job.info)),
                  static_cast<int>(png_get_image_height(job.png, job.info)));
  SLIPWAY_TRY(read_pixels(job, 3, picture.rgb));
  return upright(std::move(picture), orientation_of(job));
}

Result<PngNumbers> decode_png_numbers(BytesView bytes) {
  Job job(bytes);
  SLIPWAY_TRY(open(job));
  const auto color = png_get_color_type(job.png, job.info);
  if ((color & PNG_COLOR_MASK_COLOR) != 0 && color != PNG_COLOR_TYPE_PALETTE)
    return fail(Code::unsupported, "it has colours, not numbers");
  if (png_get_bit_depth(job.png, job.info) > 8)
    return fail(Code::unsupported, "it has 16 bits a pixel");
  if (!start_number_rows(job)) return fail(Code::corrupt, "libpng says: {}", job.complaint);
  PngNumbers out;
  out.width = static_cast<int>(png_get_image_width(job.png, job.info));
  out.height = static_cast<int>(png_get_image_height(job.png, job.info));
  SLIPWAY_TRY(read_pixels(job, 1, out.values));
  return out;
}

}  // namespace slipway
