#include "device/cpu/prove.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace slipway::cpu {
namespace {

using kernels::ChannelScale;
using kernels::kMagic;
using kernels::Requantization;
using kernels::Requantize;

/// A sum at which the byte changes, the first of the new one.
struct Step {
  std::int32_t sum;
  std::int32_t before;
  std::int32_t after;
};

/// A channel, as its op computes it.
struct Channel {
  const Rescale& rescale;
  std::size_t index;
  SumRange sums;

  [[nodiscard]] std::int32_t byte(std::int64_t sum) const {
    return rescale(static_cast<std::int32_t>(sum), index);
  }
};

/// Whether larger sums always give larger bytes, or the same: a shift to the left may wrap.
bool is_rising(const Channel& channel) {
  const std::int64_t most = std::max(-channel.sums.least, channel.sums.most);
  const auto shift =
      static_cast<unsigned>(std::max(channel.rescale.multiplier(channel.index).shift, 0));
  return channel.rescale.scale(channel.index) > 0 && most < (std::int64_t{1} << 31U >> shift);
}

std::vector<Step> steps_of(const Channel& channel) {
  std::vector<Step> found;
  const double scale = channel.rescale.scale(channel.index);
  std::int64_t from = channel.sums.least;
  const std::int32_t last = channel.byte(channel.sums.most);
  for (std::int32_t now = channel.byte(from); now < last;) {
    std::int64_t low = from;
    std::int64_t high = channel.sums.most;  // byte(low) == now < byte(high)
    // Near to where the real number has its step, if that is so.
    const double real = (now + 0.5 - channel.rescale.zero_point()) / scale;
    if (std::abs(real) < 0x1p31) {
      const auto near = static_cast<std::int64_t>(real);
      if (near - 3 > low && channel.byte(near - 3) == now) low = near - 3;
      if (near + 3 < high && near + 3 > low && channel.byte(near + 3) > now) high = near + 3;
    }
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      (channel.byte(middle) > now ? high : low) = middle;
    }
    const std::int32_t after = channel.byte(high);
    found.push_back({static_cast<std::int32_t>(high), now, after});
    from = high;
    now = after;
  }
  return found;
}

/// An interval that shrinks.
struct Offsets {
  double least;
  double most;

  void above(double x) { least = std::max(least, x); }

  void below(double x) { most = std::min(most, x); }

  [[nodiscard]] bool empty() const { return !(least <= most); }
};

/// The offsets with which a factor puts all steps to their places, in real numbers.
Offsets offsets_for(Requantize kind, double factor, int zero, std::span<const Step> steps) {
  const bool mirrored = kind == Requantize::mirrored;
  // A magic sum begins at kMagic, and so does its result.
  const double shift = kind == Requantize::magic ? double{kMagic} : 0;
  const double centre = mirrored ? 0 : zero + shift - shift * factor;
  Offsets offsets{mirrored ? 0 : centre - 1, centre + 1};
  for (const auto& step : steps) {
    const double here = (step.sum + shift) * factor;
    const double there = (step.sum - 1 + shift) * factor;
    const double wanted = step.after - 0.5 + shift - (mirrored ? zero : 0);
    const double limit = step.before + 0.5 + shift - (mirrored ? zero : 0);
    mirrored&& step.sum < 0 ? offsets.below(here - wanted) : offsets.above(wanted - here);
    mirrored&& step.sum <= 0 ? offsets.above(there - limit) : offsets.below(limit - there);
    if (offsets.empty()) break;
  }
  return offsets;
}

/// Whether a form gives every byte of the channel.
bool is_proven(const Channel& channel, const ChannelScale& form, const Requantization& all,
               std::span<const Step> steps) {
  const auto agrees = [&](std::int64_t sum, std::int32_t byte) {
    return requantize(static_cast<std::int32_t>(sum), form, all) == byte;
  };
  return agrees(channel.sums.least, channel.byte(channel.sums.least)) &&
         agrees(channel.sums.most, channel.byte(channel.sums.most)) &&
         std::ranges::all_of(steps, [&](const Step& step) {
           return agrees(step.sum, step.after) && agrees(std::int64_t{step.sum} - 1, step.before);
         });
}

/// The sums for which a form with a factor is a rising function without overflow.
bool is_in_reach(const Channel& channel, Requantize kind) {
  constexpr double kMostMagic = 1 << 22;
  const auto most = static_cast<double>(std::max(-channel.sums.least, channel.sums.most));
  const double scale = channel.rescale.scale(channel.index);
  if (!is_rising(channel) || scale < 1e-30) return false;
  if (kind == Requantize::magic) return most < kMostMagic && most * scale < kMostMagic / 2;
  return most < 0x1p31 && most * scale < 0x1p30;
}

/// Factor and offset of a form; false where none were found.
bool find_form(const Channel& channel, Requantize kind, const Requantization& all,
               std::span<const Step> steps, ChannelScale& to) {
  if (!is_in_reach(channel, kind)) return false;
  const int most = kind == Requantize::magic ? 200 : 64;
  const auto scale =
      std::bit_cast<std::int32_t>(static_cast<float>(channel.rescale.scale(channel.index)));
  ChannelScale form = to;
  form.kind = kind;
  for (int i = 0; i <= 2 * most; ++i) {
    form.factor = std::bit_cast<float>(scale + (i % 2 == 0 ? i / 2 : -(i + 1) / 2));
    const auto offsets = offsets_for(kind, static_cast<double>(form.factor), all.zero, steps);
    if (offsets.empty()) continue;
    form.offset = static_cast<float>((offsets.least + offsets.most) / 2);
    if (!is_proven(channel, form, all, steps)) continue;
    to = form;
    return true;
  }
  return false;
}

/// The form that is always right, for all channels of a layer.
std::optional<Requantize> safe_form(const Rescale& rescale, std::size_t channels) {
  switch (rescale.rounding()) {
    case Rounding::twice:
      for (std::size_t c = 0; c < channels; ++c) {
        const int shift = rescale.multiplier(c).shift;
        if (shift > -1 || shift < -31) return Requantize::integers;
      }
      return Requantize::down;
    case Rounding::real:
      return Requantize::doubles;
    case Rounding::real_even:
      return Requantize::multiply;
    case Rounding::once:
      break;
  }
  return std::nullopt;
}

/// The numbers of the safe form.
Result<void> set_safe(const Channel& channel, ChannelScale& to) {
  const auto& rescale = channel.rescale;
  const auto most = static_cast<double>(std::max(-channel.sums.least, channel.sums.most));
  const double scale = rescale.scale(channel.index);
  to.scale = static_cast<float>(scale);
  to.real = scale;
  to.multiplier = rescale.multiplier(channel.index).value;
  to.shift = rescale.multiplier(channel.index).shift;
  const bool fits = most < 0x1p31 && std::isfinite(scale) &&
                    (rescale.rounding() != Rounding::real_even || most * scale < 0x1p31);
  if (!fits) return fail(Code::unsupported, "sums of over 31 bits");
  return {};
}

}  // namespace

SumRange range_of(std::span<const std::int16_t> weights, std::int64_t channels,
                  std::int64_t channel, std::int32_t bias) {
  SumRange range{bias, bias};
  for (auto k = static_cast<std::size_t>(channel); k < weights.size();
       k += static_cast<std::size_t>(channels))
    (weights[k] < 0 ? range.least : range.most) += std::int64_t{255} * weights[k];
  return range;
}

Result<Requantization> choose(const Rescale& rescale, std::span<const SumRange> sums,
                              std::span<ChannelScale> channels) {
  const auto safe = safe_form(rescale, channels.size());
  Requantization all{safe.value_or(Requantize::multiply),
                     static_cast<std::int16_t>(rescale.zero_point()),
                     static_cast<std::uint8_t>(rescale.range().low),
                     static_cast<std::uint8_t>(rescale.range().high)};
  std::vector<std::vector<Step>> steps;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const Channel channel{rescale, c, sums[c]};
    SLIPWAY_TRY(set_safe(channel, channels[c]));
    channels[c].kind = all.safe;
    steps.push_back(is_rising(channel) ? steps_of(channel) : std::vector<Step>{});
  }
  // Panels want channels of one form: that which fits most.
  std::vector<ChannelScale> best(channels.begin(), channels.end());
  std::size_t most = 0;
  for (const auto kind : {Requantize::magic, Requantize::fused, Requantize::mirrored}) {
    const bool helps = kind == Requantize::magic || safe != Requantize::multiply;
    if (!helps || most == channels.size()) break;
    std::vector<ChannelScale> forms(channels.begin(), channels.end());
    constexpr std::size_t kEnough = 8;  // a form that fits none of these is not looked for further
    std::size_t count = 0;
    for (std::size_t c = 0; c < channels.size() && (count > 0 || c < kEnough); ++c) {
      const Channel channel{rescale, c, sums[c]};
      count += find_form(channel, kind, all, steps[c], forms[c]) ? 1 : 0;
    }
    if (count > most) std::swap(best, forms);
    most = std::max(most, count);
  }
  if (!safe && most < channels.size())
    return fail(Code::unsupported, "the rounding '{}' with these scales",
                name_of(rescale.rounding()));
  std::ranges::copy(best, channels.begin());
  return all;
}

std::string words_of(std::span<const ChannelScale> channels) {
  constexpr std::array<std::string_view, kernels::kRequantizeCount> kNames = {
      "magic", "fused", "mirrored", "multiply", "down", "integers", "doubles"};
  std::array<std::size_t, kernels::kRequantizeCount> counts{};
  for (const auto& channel : channels) ++counts[static_cast<std::size_t>(channel.kind)];
  const auto first = std::ranges::max_element(counts) - counts.begin();
  std::string words(kNames[static_cast<std::size_t>(first)]);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0 || std::cmp_equal(i, first)) continue;
    words += fmt::format(", {} of {} {}", counts[i], channels.size(), kNames[i]);
  }
  return words;
}

}  // namespace slipway::cpu
