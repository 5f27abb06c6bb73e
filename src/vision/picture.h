#pragma once
// A decoded picture: 8-bit RGB, rows from the top, pixels from the left, no padding.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace slipway {

struct Picture {
  using Color = std::array<std::uint8_t, 3>;  // red, green, blue

  /// The largest that comes from outside: what a JPEG can be wide, and 192 MiB of pixels.
  static constexpr int kMaxSide = 65535;
  static constexpr std::int64_t kMaxPixels = std::int64_t{1} << 26U;

  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  // width * height * 3

  Picture() = default;
  Picture(int w, int h, Color color = {0, 0, 0});

  [[nodiscard]] std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
            static_cast<std::size_t>(x)) *
           3;
  }

  [[nodiscard]] Color at(int x, int y) const {
    const std::size_t i = offset(x, y);
    return {rgb[i], rgb[i + 1], rgb[i + 2]};
  }

  void set(int x, int y, Color color) {
    const std::size_t i = offset(x, y);
    rgb[i] = color[0];
    rgb[i + 1] = color[1];
    rgb[i + 2] = color[2];
  }

  bool operator==(const Picture&) const = default;
};

}  // namespace slipway
