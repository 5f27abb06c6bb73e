#include <algorithm>
#include <cmath>

#include "vision/decoders.h"

namespace slipway {
namespace {

bool is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_digit(int c) { return c >= '0' && c <= '9'; }

/// Reads the text part of a PNM: numbers between white space, comments from # to the line's end.
class TextReader {
 public:
  TextReader(BytesView bytes, std::size_t at) : bytes_(bytes), at_(at) {}

  [[nodiscard]] std::size_t position() const { return at_; }

  Result<int> number() {
    skip_space();
    const std::size_t begin = at_;
    int value = 0;
    while (is_digit(peek())) {
      if (value > 10'000'000) return fail(Code::corrupt, "a number too large at offset {}", begin);
      value = value * 10 + peek() - '0';
      ++at_;
    }
    if (at_ == begin) return expected("a number");
    return value;
  }

  /// One digit, 0 or 1; others may follow without space.
  Result<int> bit() {
    skip_space();
    const int c = peek();
    if (c != '0' && c != '1') return expected("0 or 1");
    ++at_;
    return c - '0';
  }

  /// The one white space between header and binary pixels.
  Result<void> end_header() {
    if (!is_space(peek())) return expected("white space");
    ++at_;
    return {};
  }

 private:
  [[nodiscard]] int peek() const {
    return at_ < bytes_.size() ? std::to_integer<int>(bytes_[at_]) : -1;
  }

  void skip_space() {
    bool comment = false;
    for (; at_ < bytes_.size(); ++at_) {
      const int c = peek();
      if (c == '#') comment = true;
      if (!comment && !is_space(c)) return;
      if (c == '\n' || c == '\r') comment = false;
    }
  }

  [[nodiscard]] Error expected(std::string_view what) const {
    if (at_ >= bytes_.size()) return fail(Code::corrupt, "the file ends early: {} wanted", what);
    return fail(Code::corrupt, "{} wanted at offset {}", what, at_);
  }

  BytesView bytes_;
  std::size_t at_;
};

/// A value of 0..maxval as one of 0..255, in the arithmetic of Pillow.
std::uint8_t scaled(int value, int maxval) {
  const double share = static_cast<double>(std::min(value, maxval)) / maxval;
  return static_cast<std::uint8_t>(std::lrint(share * 255));
}

struct Header {
  int kind = 0;  // the digit behind the P
  int width = 0;
  int height = 0;
  int maxval = 1;

  [[nodiscard]] bool is_bits() const { return kind == 1 || kind == 4; }

  [[nodiscard]] bool is_binary() const { return kind >= 4; }

  [[nodiscard]] int channels() const { return kind == 3 || kind == 6 ? 3 : 1; }
};

Result<Header> read_header(TextReader& text, int kind) {
  Header h{.kind = kind};
  h.width = SLIPWAY_TRY(text.number());
  h.height = SLIPWAY_TRY(text.number());
  if (!h.is_bits()) h.maxval = SLIPWAY_TRY(text.number());
  SLIPWAY_TRY(check_size(h.width, h.height));
  if (h.maxval < 1 || h.maxval > 65535) return fail(Code::corrupt, "a maxval of {}", h.maxval);
  return h;
}

/// P1, P2, P3: every value is text. At least one byte each, so the file's size bounds the work.
Result<void> read_text(TextReader& text, const Header& h, std::span<std::uint8_t> out) {
  for (std::uint8_t& value : out) {
    if (h.is_bits()) {
      value = SLIPWAY_TRY(text.bit()) == 1 ? 0 : 255;
      continue;
    }
    const int number = SLIPWAY_TRY(text.number());
    if (number > h.maxval) return fail(Code::corrupt, "{} is over maxval {}", number, h.maxval);
    value = scaled(number, h.maxval);
  }
  return {};
}

/// P4, P5, P6. Needs `pixels` of binary_size().
void read_binary(BytesView pixels, const Header& h, std::span<std::uint8_t> out) {
  const auto byte = [&](std::size_t at) { return std::to_integer<int>(pixels[at]); };
  const auto width = static_cast<std::size_t>(h.width);
  if (h.is_bits()) {  // rows padded to whole bytes, 1 is black
    const std::size_t stride = (width + 7) / 8;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t x = i % width;
      const int bit = byte(i / width * stride + x / 8) >> (7 - x % 8) & 1;
      out[i] = bit == 1 ? 0 : 255;
    }
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int value = h.maxval > 255 ? byte(i * 2) * 256 + byte(i * 2 + 1) : byte(i);
    out[i] = scaled(value, h.maxval);
  }
}

std::size_t binary_size(const Header& h) {
  const auto width = static_cast<std::size_t>(h.width);
  const auto height = static_cast<std::size_t>(h.height);
  if (h.is_bits()) return (width + 7) / 8 * height;
  return width * height * static_cast<std::size_t>(h.channels() * (h.maxval > 255 ? 2 : 1));
}

Picture from_gray(const Header& h, const std::vector<std::uint8_t>& gray) {
  Picture picture(h.width, h.height);
  for (std::size_t i = 0; i < picture.rgb.size(); ++i) picture.rgb[i] = gray[i / 3];
  return picture;
}

}  // namespace

Result<Picture> decode_pnm(BytesView bytes) {
  TextReader text(bytes, 2);
  const Header h = SLIPWAY_TRY(read_header(text, std::to_integer<int>(bytes[1]) - '0'));
  if (h.is_binary()) SLIPWAY_TRY(text.end_header());

  ByteReader in(bytes);
  SLIPWAY_TRY(in.seek(text.position()));
  const auto count = static_cast<std::size_t>(h.width) * static_cast<std::size_t>(h.height) *
                     static_cast<std::size_t>(h.channels());
  if (!h.is_binary() && count > in.remaining()) {
    return fail(Code::corrupt, "the file ends early: {} values wanted, {} bytes left", count,
                in.remaining());
  }
  BytesView pixels;
  if (h.is_binary()) pixels = SLIPWAY_TRY(in.take(binary_size(h)));
  std::vector<std::uint8_t> values(count);
  if (h.is_binary()) {
    read_binary(pixels, h, values);
  } else {
    SLIPWAY_TRY(read_text(text, h, values));
  }
  if (h.channels() == 1) return from_gray(h, values);
  Picture picture;
  picture.width = h.width;
  picture.height = h.height;
  picture.rgb = std::move(values);
  return picture;
}

}  // namespace slipway
