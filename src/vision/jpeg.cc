#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include <turbojpeg.h>

#include "vision/decoders.h"

namespace slipway {
namespace {

/// What the markers of a JPEG say, read before libjpeg allocates anything.
struct Facts {
  int width = 0;
  int height = 0;
  int components = 0;
  int scans = 0;
  BytesView exif;  // behind its "Exif" mark; empty where there is none
};

int number(BytesView bytes, std::size_t at) {  // 16 bits, big-endian
  return std::to_integer<int>(bytes[at]) * 256 + std::to_integer<int>(bytes[at + 1]);
}

constexpr int kStartOfScan = 0xDA;
constexpr int kEndOfImage = 0xD9;
constexpr int kApp1 = 0xE1;

/// Start of frame: SOF0 to SOF15 without DHT, JPG and DAC, which lie between them.
bool is_frame(int marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// Markers without a length behind them: RST0 to RST7, SOI, TEM, and stuffing.
bool stands_alone(int marker) {
  return (marker >= 0xD0 && marker <= 0xD8) || marker == 0x01 || marker == 0x00 || marker == 0xFF;
}

void note(int marker, BytesView segment, Facts& facts) {
  static constexpr std::string_view kExifMark("Exif\0\0", 6);
  if (is_frame(marker) && facts.components == 0 && segment.size() >= 6) {
    facts.height = number(segment, 1);
    facts.width = number(segment, 3);
    facts.components = std::to_integer<int>(segment[5]);
  } else if (marker == kStartOfScan) {
    ++facts.scans;
  } else if (marker == kApp1 && facts.exif.empty() && as_text(segment).starts_with(kExifMark)) {
    facts.exif = segment.subspan(kExifMark.size());
  }
}

/// Walks from marker to marker; entropy-coded data is walked over, since it holds none.
Facts facts_of(BytesView bytes) {
  Facts facts;
  std::size_t at = 2;
  while (at + 4 <= bytes.size()) {
    if (bytes[at] != std::byte{0xFF}) {
      ++at;
      continue;
    }
    const int marker = std::to_integer<int>(bytes[at + 1]);
    if (marker == kEndOfImage) break;
    if (stands_alone(marker)) {
      at += marker == 0xFF ? 1 : 2;
      continue;
    }
    const auto length = static_cast<std::size_t>(number(bytes, at + 2));
    if (length < 2 || length > bytes.size() - at - 2) break;
    note(marker, bytes.subspan(at + 4, length - 2), facts);
    at += 2 + length;
  }
  return facts;
}

/// Refuses what a few bytes could make a lot of work of.
Result<void> check_work(const Facts& facts, std::size_t bytes) {
  constexpr std::int64_t kFreePixels = std::int64_t{1} << 20U;
  constexpr std::int64_t kPixelsPerByte = 1024;                // twice what one flat colour needs
  constexpr int kMaxScans = 100;                               // a progressive JPEG has about ten
  constexpr std::int64_t kMaxVisits = std::int64_t{1} << 30U;  // of a pixel by a scan
  SLIPWAY_TRY(check_size(facts.width, facts.height));
  const auto pixels = std::int64_t{facts.width} * facts.height;
  if (pixels > kFreePixels && pixels / kPixelsPerByte > static_cast<std::int64_t>(bytes)) {
    return fail(Code::corrupt, "{} bytes cannot hold {} x {} pixels", bytes, facts.width,
                facts.height);
  }
  if (facts.scans > kMaxScans || pixels * facts.scans > kMaxVisits) {
    return fail(Code::unsupported, "a JPEG of {} x {} in {} scans is too much work", facts.width,
                facts.height, facts.scans);
  }
  return {};
}

struct Destroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};

/// True for complaints after which pixels are made up. The others (bytes between segments, odd
/// version numbers) leave the picture whole.
bool is_damage(std::string_view message) {
  static constexpr std::string_view kDamage[] = {"remature end", "bad Huffman", "bad arithmetic",
                                                 "instead of RST"};
  return std::any_of(std::begin(kDamage), std::end(kDamage), [&](std::string_view text) {
    return message.find(text) != std::string_view::npos;
  });
}

Error complaint(std::string_view message) {
  const bool rare = message.find("nsupported") != std::string_view::npos ||
                    message.find("not supported") != std::string_view::npos;
  constexpr std::string_view kWho = "tjDecompress2(): ";
  if (message.starts_with(kWho)) message.remove_prefix(kWho.size());
  return fail(rare ? Code::unsupported : Code::corrupt, "libjpeg says: {}", message);
}

/// `channels` bytes per pixel: 3 for RGB, 4 for CMYK as it is stored.
Result<void> decompress(BytesView bytes, const Facts& facts, int channels, std::uint8_t* out) {
  const std::unique_ptr<void, Destroy> handle(tjInitDecompress());
  if (handle == nullptr) return fail(Code::unavailable, "no memory for the JPEG decoder");
  // The defaults are Pillow's: accurate DCT, smooth upsampling.
  const int status =
      tjDecompress2(handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), out, facts.width, facts.width * channels, facts.height,
                    channels == 4 ? TJPF_CMYK : TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS);
  if (status == 0) return {};
  const std::string message = tjGetErrorStr2(handle.get());
  if (tjGetErrorCode(handle.get()) == TJERR_WARNING && !is_damage(message)) return {};
  return complaint(message);
}

/// From CMYK as Adobe stores it, inverted: stored 255 is no ink. Rounded as Pillow does.
void to_rgb(const std::vector<std::uint8_t>& cmyk, std::vector<std::uint8_t>& rgb) {
  for (std::size_t i = 0; i < rgb.size() / 3; ++i) {
    const int light = cmyk[i * 4 + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const int product = (255 - cmyk[i * 4 + c]) * light + 128;
      const int ink = (product + (product >> 8)) >> 8;  // product / 255, rounded
      rgb[i * 3 + c] = static_cast<std::uint8_t>(std::max(light - ink, 0));
    }
  }
}

/// Makes the RGB pixels only after libjpeg has given back its memory.
Result<Picture> decode_cmyk(BytesView bytes, const Facts& facts) {
  const auto pixels =
      static_cast<std::size_t>(facts.width) * static_cast<std::size_t>(facts.height);
  std::vector<std::uint8_t> cmyk(pixels * 4);
  SLIPWAY_TRY(decompress(bytes, facts, 4, cmyk.data()));
  Picture picture(facts.width, facts.height);
  to_rgb(cmyk, picture.rgb);
  return picture;
}

Result<Picture> decode_rgb(BytesView bytes, const Facts& facts) {
  Picture picture(facts.width, facts.height);
  SLIPWAY_TRY(decompress(bytes, facts, 3, picture.rgb.data()));
  return picture;
}

}  // namespace

Result<Picture> decode_jpeg(BytesView bytes) {
  const Facts facts = facts_of(bytes);
  if (facts.components == 0 || facts.scans == 0) {
    return fail(Code::corrupt, "no frame or no scan in {} bytes", bytes.size());
  }
  SLIPWAY_TRY(check_work(facts, bytes.size()));
  Picture picture =
      SLIPWAY_TRY(facts.components == 4 ? decode_cmyk(bytes, facts) : decode_rgb(bytes, facts));
  return upright(std::move(picture), exif_orientation(facts.exif));
}

}  // namespace slipway
