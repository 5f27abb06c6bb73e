#include "vision/decode.h"

#include <algorithm>
#include <cctype>

#include "vision/decoders.h"

namespace slipway {
namespace {

using namespace std::string_view_literals;

/// How a file begins and what that says. `at` is the offset of the mark.
struct Mark {
  std::string_view text;
  std::size_t at;
  std::string_view name;
  Result<Picture> (*decode)(BytesView);  // nullptr: known, not supported
};

constexpr Mark kMarks[] = {
    {"\xFF\xD8\xFF"sv, 0, "JPEG", decode_jpeg},
    {"\x89PNG\r\n\x1A\n"sv, 0, "PNG", decode_png},
    {"BM"sv, 0, "BMP", decode_bmp},
    {"P1"sv, 0, "PBM", decode_pnm},
    {"P2"sv, 0, "PGM", decode_pnm},
    {"P3"sv, 0, "PPM", decode_pnm},
    {"P4"sv, 0, "PBM", decode_pnm},
    {"P5"sv, 0, "PGM", decode_pnm},
    {"P6"sv, 0, "PPM", decode_pnm},
    {"WEBP"sv, 8, "WebP", nullptr},
    {"GIF8"sv, 0, "GIF", nullptr},
    {"II*\0"sv, 0, "TIFF", nullptr},
    {"MM\0*"sv, 0, "TIFF", nullptr},
    {"II+\0"sv, 0, "BigTIFF", nullptr},
    {"ftypavif"sv, 4, "AVIF", nullptr},
    {"ftyphei"sv, 4, "HEIC", nullptr},
    {"ftypmif1"sv, 4, "HEIF", nullptr},
    {"ftyp"sv, 4, "MP4 or QuickTime", nullptr},
    {"\0\0\0\x0CjP  "sv, 0, "JPEG 2000", nullptr},
    {"\xFF\x4F\xFF\x51"sv, 0, "JPEG 2000", nullptr},
    {"\xFF\x0A"sv, 0, "JPEG XL", nullptr},
    {"\0\0\0\x0CJXL "sv, 0, "JPEG XL", nullptr},
    {"8BPS"sv, 0, "Photoshop", nullptr},
    {"\0\0\1\0"sv, 0, "ICO", nullptr},
    {"P7\n"sv, 0, "PAM", nullptr},
    {"Pf\n"sv, 0, "PFM", nullptr},
    {"PF\n"sv, 0, "PFM", nullptr},
    {"qoif"sv, 0, "QOI", nullptr},
    {"DDS "sv, 0, "DDS", nullptr},
    {"%PDF"sv, 0, "PDF", nullptr},
    {"\x93NUMPY"sv, 0, "NumPy", nullptr},
    {"PK\3\4"sv, 0, "ZIP", nullptr},
    {"\x1F\x8B"sv, 0, "gzip", nullptr},
    {"TFL3"sv, 4, "TensorFlow Lite", nullptr},
};

/// Beginnings of text, in lower case, behind white space.
constexpr Mark kTextMarks[] = {
    {"<!doctype html"sv, 0, "HTML", nullptr},
    {"<html"sv, 0, "HTML", nullptr},
    {"<svg"sv, 0, "SVG", nullptr},
    {"<?xml"sv, 0, "XML or SVG", nullptr},
    {"{"sv, 0, "JSON", nullptr},
};

const Mark* mark_of(BytesView bytes) {
  const std::string_view text = as_text(bytes);
  for (const Mark& mark : kMarks) {
    if (text.size() > mark.at && text.substr(mark.at).starts_with(mark.text)) return &mark;
  }
  std::string head(text.substr(0, 64));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  head.erase(0, head.find_first_not_of(" \t\r\n\xEF\xBB\xBF"));
  for (const Mark& mark : kTextMarks) {
    if (head.starts_with(mark.text)) return &mark;
  }
  return nullptr;
}

bool looks_like_text(BytesView bytes) {
  const auto head = bytes.first(std::min<std::size_t>(bytes.size(), 64));
  return std::all_of(head.begin(), head.end(), [](std::byte b) {
    const auto c = std::to_integer<unsigned char>(b);
    return (c >= 0x20 && c != 0x7F) || c == '\n' || c == '\r' || c == '\t';
  });
}

}  // namespace

Result<void> check_size(std::int64_t width, std::int64_t height) {
  if (width < 1 || height < 1) {
    return fail(Code::corrupt, "a picture of {} x {} has no pixels", width, height);
  }
  if (width > Picture::kMaxSide || height > Picture::kMaxSide ||
      width * height > Picture::kMaxPixels) {
    return fail(Code::invalid_input,
                "a picture of {} x {} is too large: at most {} pixels a side and {} in all", width,
                height, Picture::kMaxSide, Picture::kMaxPixels);
  }
  return {};
}

Result<Picture> decode(BytesView bytes) {
  static constexpr auto kRemedy = "convert it to JPEG, PNG, BMP or PPM";
  if (bytes.empty()) return fail(Code::invalid_input, "the file is empty");
  const Mark* mark = mark_of(bytes);
  if (mark == nullptr) {
    return fail(Code::invalid_input, "not a picture: it seems to be {}",
                looks_like_text(bytes) ? "plain text" : "binary data of no known kind")
        .with_remedy(kRemedy);
  }
  if (mark->decode == nullptr) {
    return fail(Code::unsupported, "it seems to be a {} file, which is not read here", mark->name)
        .with_remedy(kRemedy);
  }
  return mark->decode(bytes).during("decoding a {} picture", mark->name);
}

Result<Picture> read_picture(const Files& files, const std::string& path) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 30U;
  const Bytes bytes = SLIPWAY_TRY(files.read(path, kLimit).during("reading {}", path));
  return decode(bytes).during("reading {}", path);
}

}  // namespace slipway
