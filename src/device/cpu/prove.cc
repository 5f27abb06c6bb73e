#include "device/cpu/prove.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace slipway::cpu {
namespace {

using kernels::ChannelScale;
using kernels::kMagic;
using kernels::Requantization;
using kernels::Requantize;

/// A scale near the given one whose constant term is nearly a whole number: the addend of the fused
/// multiply-add lies where floats have steps of 1.
struct Candidate {
  float scale;
  float offset;
  double error;
};

constexpr int kUlps = 200;
constexpr std::size_t kTried = 12;

std::vector<Candidate> candidates(float scale, int zero) {
  std::vector<Candidate> all;
  for (int d = -kUlps; d <= kUlps; ++d) {
    const auto bits = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(scale)) + d;
    const float near = std::bit_cast<float>(bits);
    const double wanted = static_cast<double>(kMagic) + zero -
                          static_cast<double>(kMagic) * static_cast<double>(near);
    const auto offset = static_cast<float>(wanted);
    const double error = std::abs(static_cast<double>(offset) - wanted) + 1e-5 * std::abs(d);
    all.push_back({near, offset, error});
  }
  const auto count = std::min(kTried, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                    [](const Candidate& a, const Candidate& b) { return a.error < b.error; });
  all.resize(count);
  return all;
}

/// The sums at which the byte changes, each the first of its new byte.
std::vector<std::int32_t> steps(const ChannelScale& channel, const Requantization& multiply,
                                const SumRange& sums) {
  const auto byte = [&](std::int64_t sum) {
    return requantize(static_cast<std::int32_t>(sum), channel, multiply);
  };
  std::vector<std::int32_t> found;
  std::int64_t from = sums.least;
  const int last = byte(sums.most);
  for (int now = byte(sums.least); now < last;) {
    std::int64_t low = from;
    std::int64_t high = sums.most;  // byte(low) == now < byte(high)
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      (byte(middle) > now ? high : low) = middle;
    }
    found.push_back(static_cast<std::int32_t>(high));
    from = high;
    now = byte(high);
  }
  return found;
}

}  // namespace

bool make_magic(ChannelScale& channel, const Requantization& multiply, const SumRange& sums) {
  constexpr std::int64_t kMost = 1 << 22;
  const double largest = static_cast<double>(std::max(-sums.least, sums.most));
  const bool fits = sums.least > -kMost && sums.most < kMost && channel.scale > 1e-30F &&
                    largest * static_cast<double>(channel.scale) < static_cast<double>(kMost) / 2;
  if (!fits) return false;
  const auto changes = steps(channel, multiply, sums);
  Requantization magic = multiply;
  magic.kind = Requantize::magic;
  for (const auto& candidate : candidates(channel.scale, multiply.zero)) {
    ChannelScale moved = channel;
    moved.scale = candidate.scale;
    moved.offset = candidate.offset;
    const auto agrees = [&](std::int64_t sum) {
      const auto at = static_cast<std::int32_t>(sum);
      return requantize(at, moved, magic) == requantize(at, channel, multiply);
    };
    const bool all = agrees(sums.least) && agrees(sums.most) &&
                     std::ranges::all_of(changes, [&](std::int32_t sum) {
                       return agrees(sum) && agrees(std::int64_t{sum} - 1);
                     });
    if (!all) continue;
    channel = moved;
    return true;
  }
  return false;
}

}  // namespace slipway::cpu
