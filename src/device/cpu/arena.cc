#include "device/cpu/arena.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

namespace slipway::cpu {
namespace {

bool meet(const ArenaPart& a, const ArenaPart& b) {
  return a.first_step < b.behind && b.first_step < a.behind;
}

/// Some parts that lie already, by their offsets.
class Laid {
 public:
  explicit Laid(const std::vector<ArenaPart>& parts) : parts_(parts) {
    arena_.offsets.resize(parts.size());
  }

  /// The lowest offset that none has at the same time.
  [[nodiscard]] std::uint64_t lowest(std::size_t i) const {
    std::uint64_t at = 0;
    for (const auto other : by_offset_) {
      if (!meet(parts_[i], parts_[other])) continue;
      if (at + parts_[i].bytes <= arena_.offsets[other]) break;
      at = std::max(at, end(other));
    }
    return at;
  }

  /// The offset at which its middle is that of one that lies already, the first possible, and that
  /// takes no more room than there is; nothing where there is none.
  [[nodiscard]] std::optional<std::uint64_t> centred(std::size_t i) const {
    const auto bytes = parts_[i].bytes;
    for (const auto& [middle, size] : middles_) {
      if (bytes > size) continue;
      const std::uint64_t at = (middle - bytes / 2) / kLine * kLine;
      const bool is_free = std::ranges::none_of(by_offset_, [&](std::size_t other) {
        return at < end(other) && arena_.offsets[other] < at + bytes &&
               meet(parts_[i], parts_[other]);
      });
      if (is_free) return at;
    }
    return std::nullopt;
  }

  void lay(std::size_t i, std::uint64_t at) {
    arena_.offsets[i] = at;
    arena_.bytes = std::max(arena_.bytes, end(i));
    by_offset_.insert(std::ranges::upper_bound(
                          by_offset_, at, {}, [&](std::size_t one) { return arena_.offsets[one]; }),
                      i);
    const std::pair middle{at + parts_[i].bytes / 2, parts_[i].bytes};
    if (middles_.size() < kMostMiddles && std::ranges::find(middles_, middle) == middles_.end())
      middles_.push_back(middle);
  }

  [[nodiscard]] Arena arena() && { return std::move(arena_); }

 private:
  static constexpr std::uint64_t kLine = 64;
  static constexpr std::size_t kMostMiddles = 32;

  [[nodiscard]] std::uint64_t end(std::size_t i) const {
    return arena_.offsets[i] + parts_[i].bytes;
  }

  const std::vector<ArenaPart>& parts_;
  Arena arena_;
  std::vector<std::size_t> by_offset_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> middles_;  // and the bytes around each
};

/// Each of `order` in turn: centred where that is asked for and possible, else the lowest.
Arena in_order(const std::vector<ArenaPart>& parts, std::span<const std::size_t> order,
               bool is_centred) {
  Laid laid(parts);
  for (const auto i : order) {
    const auto centre = is_centred ? laid.centred(i) : std::nullopt;
    laid.lay(i, centre ? *centre : laid.lowest(i));
  }
  return std::move(laid).arena();
}

}  // namespace

Arena lay_out(const std::vector<ArenaPart>& parts) {
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), 0);
  const auto in_time = in_order(parts, order, false);
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](std::size_t i) { return parts[i].bytes; });
  const auto by_size = in_order(parts, order, false);
  const auto centred = in_order(parts, order, true);
  const auto least = std::min(in_time.bytes, by_size.bytes);
  if (centred.bytes <= least) return centred;
  return by_size.bytes == least ? by_size : in_time;
}

}  // namespace slipway::cpu
