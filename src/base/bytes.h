#pragma once
// Bytes from outside, and the one way to read numbers out of them without running past the end.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace slipway {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

static_assert(std::endian::native == std::endian::little, "files are little-endian, so are we");

[[nodiscard]] inline BytesView as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

[[nodiscard]] inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// For parsers of other people that count in unsigned char.
[[nodiscard]] inline std::span<const std::uint8_t> octets(BytesView bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// A position in bytes that come from outside. Every read is checked; a read past the end is
/// `corrupt` and says where.
class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t position() const { return position_; }

  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }

  [[nodiscard]] BytesView all() const { return bytes_; }

  Result<void> seek(std::size_t position) {
    if (position > bytes_.size()) return past_end(position);
    position_ = position;
    return {};
  }

  /// The next `count` bytes, viewed, not copied.
  Result<BytesView> take(std::size_t count) {
    if (count > remaining()) return past_end(count);
    const auto view = bytes_.subspan(position_, count);
    position_ += count;
    return view;
  }

  /// The next little-endian number.
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  Result<T> number() {
    const auto view = SLIPWAY_TRY(take(sizeof(T)));
    T value;
    std::memcpy(&value, view.data(), sizeof value);
    return value;
  }

 private:
  [[nodiscard]] Error past_end(std::size_t wanted) const {
    return fail(Code::corrupt, "the file ends early: {} bytes wanted at offset {} of {}", wanted,
                position_, bytes_.size());
  }

  BytesView bytes_;
  std::size_t position_ = 0;
};

}  // namespace slipway
