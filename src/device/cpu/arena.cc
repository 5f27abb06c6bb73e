#include "device/cpu/arena.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace slipway::cpu {
namespace {

bool meet(const ArenaPart& a, const ArenaPart& b) {
  return a.first_step < b.behind && b.first_step < a.behind;
}

/// Each of `order` at the lowest offset that none before it has at the same time.
Arena in_order(const std::vector<ArenaPart>& parts, std::span<const std::size_t> order) {
  Arena out;
  out.offsets.resize(parts.size());
  std::vector<std::size_t> by_offset;  // that lie already
  for (const auto i : order) {
    std::uint64_t at = 0;
    for (const auto other : by_offset) {
      if (!meet(parts[i], parts[other])) continue;
      if (at + parts[i].bytes <= out.offsets[other]) break;
      at = std::max(at, out.offsets[other] + parts[other].bytes);
    }
    out.offsets[i] = at;
    out.bytes = std::max(out.bytes, at + parts[i].bytes);
    by_offset.insert(std::ranges::upper_bound(by_offset, at, {},
                                              [&](std::size_t one) { return out.offsets[one]; }),
                     i);
  }
  return out;
}

}  // namespace

Arena lay_out(const std::vector<ArenaPart>& parts) {
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), 0);
  auto in_time = in_order(parts, order);
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](std::size_t i) { return parts[i].bytes; });
  auto by_size = in_order(parts, order);
  if (by_size.bytes <= in_time.bytes) return by_size;
  return in_time;
}

}  // namespace slipway::cpu
