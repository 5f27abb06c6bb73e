// The order of constants for every variant of gemm_u8.

#include <cstring>

#include "kernels/gemm_u8_panel.h"
#include "kernels/gemm_u8_words.h"
#include "kernels/quad.h"

namespace slipway::kernels {
namespace {

/// Walks the panels of a product; writes them where `to` is not null.
class Packer {
 public:
  Packer(const GemmU8Variant& variant, const GemmU8Shape& shape, const GemmU8Constants& constants,
         std::byte* to)
      : variant_(variant),
        words_(variant.operands == GemmU8Operands::words),
        shape_(words_ ? widened(shape) : shape),
        constants_(constants),
        to_(to) {}

  std::size_t run() {
    bytes_ = directory_bytes(shape_, variant_.panel);
    if (constants_.table != nullptr) {
      if (to_ != nullptr) std::memcpy(at(0), constants_.table, kTableBytes);
      bytes_ += kTableBytes;
    }
    for (int n = 0; n < shape_.n; n += variant_.panel) {
      const std::uint64_t begin = bytes_;
      if (to_ != nullptr) std::memcpy(to_ + n / variant_.panel * 8, &begin, sizeof begin);
      panel(n);
    }
    return bytes_;
  }

 private:
  [[nodiscard]] std::byte* at(std::size_t offset) const { return to_ + bytes_ + offset; }

  [[nodiscard]] bool becomes_bytes() const {
    return shape_.output == GemmOutput::bytes || shape_.output == GemmOutput::added;
  }

  [[nodiscard]] int count(int first, int width) const {
    return shape_.n - first < width ? shape_.n - first : width;
  }

  [[nodiscard]] std::size_t slot(int c, int width) const {
    const bool split = variant_.isa != Isa::portable && becomes_bytes();
    return static_cast<std::size_t>(slot_of(c, width, split)) * 4;
  }

  [[nodiscard]] Requantize kind_of(int first, int width) const {
    if (!becomes_bytes()) return Requantize::multiply;
    const Requantize kind = constants_.channels[first].kind;
    for (int c = 0; c < count(first, width); ++c)
      if (constants_.channels[first + c].kind != kind) return constants_.safe;
    return kind;
  }

  void panel(int first) {
    const int width = panel_width(first, shape_, variant_.panel);
    const std::size_t head = sizeof(PanelHeader) + constants_bytes(width);
    if (to_ != nullptr) {
      std::memset(at(0), 0, panel_bytes(shape_, width, 0));
      scales(first, width);
    }
    const int quads = quads_of(shape_);
    int extras = 0;
    for (int s = 0; s < shape_.segments; ++s) {
      for (int q = 0; q < quads; ++q) {
        const std::size_t row = static_cast<std::size_t>(s * quads + q);
        const std::size_t offset = head + row * static_cast<std::size_t>(width) * 4;
        words_ ? pairs(first, width, s, q, offset)
               : static_cast<void>(extras += steps(first, width, s, q, offset, extras));
      }
    }
    if (to_ != nullptr) {
      const PanelHeader header{static_cast<std::int32_t>(kind_of(first, width)), extras, {}};
      std::memcpy(at(0), &header, sizeof header);
    }
    bytes_ += panel_bytes(shape_, width, extras);
  }

  void scales(int first, int width) const {
    const auto kind = kind_of(first, width);
    const std::uint32_t start = kind == Requantize::magic ? kMagicBits : 0;
    const std::size_t column = static_cast<std::size_t>(width) * 4;
    for (int c = 0; c < count(first, width); ++c) {
      const auto& channel = constants_.channels[first + c];
      const auto words = words_of(channel, kind);
      std::uint32_t bias = static_cast<std::uint32_t>(start_of(channel, kind)) + start;
      const std::ptrdiff_t all = std::ptrdiff_t{shape_.segments} * shape_.segment_bytes;
      const bool less_128 = variant_.operands == GemmU8Operands::less_128;
      for (std::ptrdiff_t k = 0; k < all && less_128; ++k)
        bias += static_cast<std::uint32_t>(128 * constants_.weights[k * shape_.n + first + c]);
      std::byte* to = at(sizeof(PanelHeader) + slot(c, width));
      std::memcpy(to, &bias, 4);
      std::memcpy(to + column, &words.first, 4);
      std::memcpy(to + 2 * column, &words.second, 4);
    }
  }

  /// One pair of words of all columns.
  void pairs(int first, int width, int segment, int pair, std::size_t offset) const {
    const int each = shape_.segment_bytes / 2;
    for (int c = 0; c < count(first, width) && to_ != nullptr; ++c) {
      for (int i = 0; i < 2 && pair * 2 + i < each; ++i) {
        const std::ptrdiff_t row = segment * each + pair * 2 + i;
        std::memcpy(at(offset + slot(c, width)) + 2 * i,
                    &constants_.weights[row * shape_.n + first + c], 2);
      }
    }
  }

  /// One quad of all columns: its step at `offset`, and the extra steps behind those that are
  /// there; returns how many.
  int steps(int first, int width, int segment, int q, std::size_t offset, int extras) const {
    Quad quads[64] = {};
    for (int c = 0; c < count(first, width); ++c) {
      for (int i = 0; i < 4 && q * 4 + i < shape_.segment_bytes; ++i) {
        const std::ptrdiff_t row = segment * shape_.segment_bytes + q * 4 + i;
        quads[c].weight[i] = constants_.weights[row * shape_.n + first + c];
      }
    }
    for (int step = 0;; ++step) {
      bool left = false;
      if (step > 0) {
        offset = panel_bytes(shape_, width, extras + step - 1);
        if (to_ != nullptr) {
          std::memset(at(offset), 0, extra_bytes(width));
          const PanelExtra extra{segment, q * 4, {}};
          std::memcpy(at(offset), &extra, sizeof extra);
        }
        offset += sizeof(PanelExtra);
      }
      for (int c = 0; c < count(first, width); ++c) {
        const auto taken = take(quads[c], variant_.operands == GemmU8Operands::saturated);
        if (to_ != nullptr) std::memcpy(at(offset + slot(c, width)), taken.weight, 4);
        for (const auto weight : quads[c].weight) left = left || weight != 0;
      }
      if (!left) return step;
    }
  }

  const GemmU8Variant& variant_;
  bool words_;
  GemmU8Shape shape_;  // in bytes of what the variant multiplies
  const GemmU8Constants& constants_;
  std::byte* to_;
  std::size_t bytes_ = 0;  // of the panels so far
};

}  // namespace

std::size_t packed_bytes(const GemmU8Variant& variant, const GemmU8Shape& shape,
                         const GemmU8Constants& constants) {
  return Packer(variant, shape, constants, nullptr).run();
}

void pack_gemm_u8(const GemmU8Variant& variant, const GemmU8Shape& shape,
                  const GemmU8Constants& constants, std::byte* to) {
  Packer(variant, shape, constants, to).run();
}

}  // namespace slipway::kernels
