// The order of constants for every variant of depthwise_u8.

#include <cstring>

#include "kernels/depthwise_u8_panel.h"
#include "kernels/quad.h"

namespace slipway::kernels {
namespace {

/// Walks the groups of a layer; writes them where `to` is not null.
class Packer {
 public:
  Packer(const DepthwiseU8Variant& variant, const DepthwiseU8Shape& shape,
         const DepthwiseU8Constants& constants, std::byte* to)
      : variant_(variant),
        shape_(shape),
        constants_(constants),
        to_(to),
        taps_(shape.kernel_y * shape.kernel_x) {}

  std::size_t run() {
    for (int c = 0; c < shape_.channels;) {
      if (variant_.widest == 0) {
        plain(c++);
      } else if (variant_.words && word_outputs(shape_) != 0) {
        word_group(c);
        c += depthwise_group(c, shape_.channels, variant_.widest);
      } else {
        group(c);
        c += depthwise_group(c, shape_.channels, variant_.widest);
      }
    }
    return bytes_;
  }

 private:
  [[nodiscard]] std::byte* at(std::size_t offset) const { return to_ + bytes_ + offset; }

  [[nodiscard]] std::int16_t weight(int tap, int c) const {
    return constants_.weights[static_cast<std::ptrdiff_t>(tap) * shape_.channels + c];
  }

  [[nodiscard]] std::uint32_t bias(int c, Requantize kind) const {
    std::uint32_t bias = static_cast<std::uint32_t>(start_of(constants_.channels[c], kind));
    if (kind == Requantize::magic) bias += kMagicBits;
    for (int t = 0; t < taps_ && variant_.less_128; ++t)
      bias += static_cast<std::uint32_t>(128 * weight(t, c));
    return bias;
  }

  void plain(int c) {
    const auto& channel = constants_.channels[c];
    if (to_ != nullptr) {
      const PlainChannel head{static_cast<std::int32_t>(channel.kind),
                              start_of(channel, channel.kind), words_of(channel, channel.kind)};
      std::memcpy(at(0), &head, sizeof head);
      for (int t = 0; t < taps_; ++t) {
        const std::int16_t w = weight(t, c);
        std::memcpy(at(sizeof head + static_cast<std::size_t>(t) * 2), &w, 2);
      }
    }
    bytes_ += sizeof(PlainChannel) + static_cast<std::size_t>(taps_) * 2;
  }

  [[nodiscard]] Requantize kind_of(int first, int count) const {
    const Requantize kind = constants_.channels[first].kind;
    for (int c = first; c < first + count; ++c)
      if (constants_.channels[c].kind != kind) return constants_.safe;
    return kind;
  }

  [[nodiscard]] bool by_columns(int first, int count) const {
    const auto& s = shape_;
    bool fits = variant_.columns && s.kernel_y == 3 && s.kernel_x == 3 &&
                s.stride_y == s.stride_x && s.stride_y <= 2 && s.dilation_y == 1 &&
                s.dilation_x == 1 && is_fast(kind_of(first, count));
    for (int t = 0; t < taps_; ++t) {
      for (int c = first; c < first + count; ++c)
        fits = fits && weight(t, c) >= -256 && weight(t, c) <= 254;  // the sum of two weights
    }
    return fits;
  }

  [[nodiscard]] bool is_beyond(int first, int count) const {
    bool beyond = false;
    for (int t = 0; t < taps_; ++t) {
      for (int c = first; c < first + count; ++c)
        beyond = beyond || weight(t, c) < -128 || weight(t, c) > 127;
    }
    return beyond;
  }

  void group(int first) {
    const int width = depthwise_group(first, shape_.channels, variant_.widest);
    const int count = shape_.channels - first < width ? shape_.channels - first : width;
    const bool columns = by_columns(first, count);
    const int quads = columns ? 0 : by_quads(first, count, width, false);
    const int beyond = columns && is_beyond(first, count) ? 1 : 0;
    if (to_ != nullptr) {
      std::memset(at(0), 0, group_bytes(width, quads, beyond));
      const auto kind = kind_of(first, count);
      const GroupHeader header{static_cast<std::int32_t>(kind), quads, beyond, {}};
      std::memcpy(at(0), &header, sizeof header);
      const auto v = static_cast<std::size_t>(width) * 4;
      for (int c = 0; c < count; ++c) {
        std::byte* to = at(sizeof header + static_cast<std::size_t>(depthwise_slot(c, width)) * 4);
        scale_words(first + c, kind, to, v / 4);
        if (columns) column_weights(first + c, to + 3 * v, v, 1 + beyond);
      }
      if (!columns) by_quads(first, count, width, true);
    }
    bytes_ += group_bytes(width, quads, beyond);
  }

  void word_group(int first) {
    const int width = depthwise_group(first, shape_.channels, variant_.widest);
    const int count = shape_.channels - first < width ? shape_.channels - first : width;
    if (to_ != nullptr) {
      std::memset(at(0), 0, word_group_bytes(width, shape_));
      const auto kind = kind_of(first, count);
      const GroupHeader header{static_cast<std::int32_t>(kind), 0, 0, {}};
      std::memcpy(at(0), &header, sizeof header);
      for (int c = 0; c < count; ++c) {
        const auto slot = static_cast<std::size_t>(word_slot(c, width));
        scale_words(first + c, kind, at(sizeof header + slot * 4), static_cast<std::size_t>(width));
        std::byte* to = at(sizeof header + static_cast<std::size_t>(width) * 12);
        for (int odd = 0; odd < (word_windows_alternate(shape_) ? 2 : 1); ++odd)
          to = row_pairs(first + c, odd, slot, static_cast<std::size_t>(width), to);
      }
    }
    bytes_ += word_group_bytes(width, shape_);
  }

  /// One channel of a set of weights; returns what lies behind the set.
  std::byte* row_pairs(int c, int odd, std::size_t slot, std::size_t width, std::byte* to) const {
    const std::size_t quarter = width / 4;
    const auto steps = static_cast<std::size_t>(word_pairs(shape_.kernel_y, odd) * shape_.kernel_x);
    for (int i = 0; i < shape_.kernel_y; ++i) {
      for (int j = 0; j < shape_.kernel_x; ++j) {
        const auto step = static_cast<std::size_t>((i + odd) / 2 * shape_.kernel_x + j);
        const std::size_t place = ((slot / quarter * steps + step) * quarter + slot % quarter) * 2 +
                                  static_cast<std::size_t>((i + odd) % 2);
        const std::int16_t w = weight(i * shape_.kernel_x + j, c);
        std::memcpy(to + place * 2, &w, 2);
      }
    }
    return to + steps * width * 4;
  }

  /// The bias and the scale of one channel, in a group of `width`.
  void scale_words(int c, Requantize kind, std::byte* to, std::size_t width) const {
    const auto words = words_of(constants_.channels[c], kind);
    const auto start = bias(c, kind);
    std::memcpy(to, &start, 4);
    std::memcpy(to + 4 * width, &words.first, 4);
    std::memcpy(to + 8 * width, &words.second, 4);
  }

  /// A second set has what does not fit in the first.
  void column_weights(int c, std::byte* to, std::size_t v, int sets) const {
    for (std::size_t k = 0; k < 2; ++k) {
      for (std::size_t t = 0; t < 9; ++t) {
        int rest = weight(static_cast<int>(t), c);
        for (int set = 0; set < sets; ++set) {
          const auto w = static_cast<std::int8_t>(rest < -128 ? -128 : rest > 127 ? 127 : rest);
          const std::size_t row = static_cast<std::size_t>(set) * 6 + k * 3 + t % 3;
          std::memcpy(to + row * v + t / 3 + k, &w, 1);
          rest -= w;
        }
      }
    }
  }

  /// Returns the number of quads.
  int by_quads(int first, int count, int width, bool write) const {
    int quads = 0;
    const auto v = static_cast<std::size_t>(width) * 4;
    for (int tap = 0; tap < taps_; tap += 4) {
      Quad rest[64] = {};
      for (int c = 0; c < count; ++c) {
        for (int i = 0; i < 4 && tap + i < taps_; ++i)
          rest[c].weight[i] = weight(tap + i, first + c);
      }
      for (bool left = true; left; ++quads) {
        left = false;
        const std::size_t head =
            sizeof(GroupHeader) + 3 * v + static_cast<std::size_t>(quads) * (sizeof(GroupQuad) + v);
        if (write) {
          GroupQuad quad{};
          for (int i = 0; i < 4; ++i) quad.taps[i] = tap + i < taps_ ? tap + i : tap;
          std::memcpy(at(head), &quad, sizeof quad);
        }
        for (int c = 0; c < count; ++c) {
          const auto taken = take(rest[c], variant_.saturates);
          const auto slot = static_cast<std::size_t>(depthwise_slot(c, width)) * 4;
          if (write) std::memcpy(at(head + sizeof(GroupQuad) + slot), taken.weight, 4);
          for (const auto weight : rest[c].weight) left = left || weight != 0;
        }
      }
    }
    return quads;
  }

  const DepthwiseU8Variant& variant_;
  const DepthwiseU8Shape& shape_;
  const DepthwiseU8Constants& constants_;
  std::byte* to_;
  int taps_;
  std::size_t bytes_ = 0;  // of the groups so far
};

}  // namespace

std::size_t packed_bytes(const DepthwiseU8Variant& variant, const DepthwiseU8Shape& shape,
                         const DepthwiseU8Constants& constants) {
  return Packer(variant, shape, constants, nullptr).run();
}

void pack_depthwise_u8(const DepthwiseU8Variant& variant, const DepthwiseU8Shape& shape,
                       const DepthwiseU8Constants& constants, std::byte* to) {
  Packer(variant, shape, constants, to).run();
}

}  // namespace slipway::kernels
