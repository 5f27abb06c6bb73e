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
};

/// Offsets that are none in real numbers by so little may be some in floats.
constexpr double kNearly = 3e-5;

/// The offsets with which a factor puts all steps to their places, in real numbers: those of a sum
/// that is rounded, not cut.
Offsets offsets_for(Requantize kind, double factor, int zero, std::span<const Step> steps) {
  const bool mirrored = kind == Requantize::mirrored;
  const int added = mirrored ? zero : 0;  // once the sum is whole
  Offsets offsets{mirrored ? -0.5 : zero - 1.0, zero - added + 1.0};
  for (const auto& step : steps) {
    const double here = step.sum * factor;
    const double there = (step.sum - 1.0) * factor;
    const double wanted = step.after - 0.5 - added;
    const double limit = step.before + 0.5 - added;
    mirrored&& step.sum < 0 ? offsets.below(here - wanted) : offsets.above(wanted - here);
    mirrored&& step.sum <= 0 ? offsets.above(there - limit) : offsets.below(limit - there);
    if (offsets.least > offsets.most + kNearly) break;
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
  if (kind == Requantize::magic)
    return static_cast<double>(channel.sums.most - channel.sums.least) < 2 * kMostMagic &&
           most * scale < kMostMagic / 2 && scale < 0.5;
  return most < 0x1p31 && most * scale < 0x1p30;
}

/// Tries offsets from the middle of all outwards.
bool find_offset(const Channel& channel, ChannelScale& form, const Requantization& all,
                 std::span<const Step> steps) {
  const auto offsets = offsets_for(form.kind, static_cast<double>(form.factor), all.zero, steps);
  const double width = offsets.most - offsets.least;
  if (width < -kNearly) return false;
  constexpr int kTried = 16;  // on each side
  const double apart = std::max(width, kNearly) / (2 * kTried);
  for (int i = 0; i <= 2 * kTried; ++i) {
    const double moved = apart * (i % 2 == 0 ? i / 2 : -(i + 1) / 2);
    form.offset = static_cast<float>((offsets.least + offsets.most) / 2 + moved + 0.5);
    if (form.offset < 0 && form.kind == Requantize::mirrored) continue;
    if (is_proven(channel, form, all, steps)) return true;
  }
  return false;
}

/// The least x for which low <= factor * x modulo `modulus` <= high, if that is at most `most`: as
/// Euclid's algorithm goes. Products of the modulus and `most` fit into 63 bits.
std::optional<std::int64_t> first_within(std::int64_t factor, std::int64_t modulus,
                                         std::int64_t low, std::int64_t high, std::int64_t most) {
  if (low <= 0) return 0;
  if (factor == 0) return std::nullopt;
  const std::int64_t x = (low + factor - 1) / factor;
  if (x * factor <= high) return x <= most ? std::optional(x) : std::nullopt;
  const auto less = [&](std::int64_t y) { return (factor - y % factor) % factor; };
  const auto rounds = first_within(modulus % factor, factor, less(high), less(low), most);
  if (!rounds) return std::nullopt;
  const std::int64_t found = (low + modulus * *rounds + factor - 1) / factor;
  return found <= most ? std::optional(found) : std::nullopt;
}

/// Offset and centre of the magic form. A sum begins at `start` = kMagic - centre and ends as
/// factor * (sum + start) + offset, of which the offset is a whole number: factor * start has to
/// have the right fraction.
bool find_centre(const Channel& channel, ChannelScale& form, const Requantization& all,
                 std::span<const Step> steps) {
  const auto offsets = offsets_for(form.kind, static_cast<double>(form.factor), all.zero, steps);
  if (offsets.least > offsets.most) return false;
  // All sums have to lie from 2^23 to 2^24 then.
  const std::int64_t first = (std::int64_t{1} << 23) - channel.sums.least;
  const std::int64_t behind = (std::int64_t{1} << 24) - channel.sums.most;
  int exponent = 0;
  const auto mantissa =
      static_cast<std::int64_t>(std::frexp(static_cast<double>(form.factor), &exponent) * 0x1p24);
  const int places = 24 - exponent;  // of the fraction; scales of less are those of no channel
  std::int64_t start = std::max(first, std::min<std::int64_t>(behind - 1, kMagic));
  if (places < 39) {
    const std::int64_t modulus = std::int64_t{1} << places;
    const auto in_units = [&](double x) { return x * static_cast<double>(modulus); };
    const auto least = static_cast<std::int64_t>(std::ceil(in_units(offsets.least)));
    const auto most = static_cast<std::int64_t>(std::floor(in_units(offsets.most)));
    if (least > most) return false;
    const auto within = [&](std::int64_t x) { return (x % modulus + modulus) % modulus; };
    const std::int64_t low = within(least - mantissa * first);
    const std::int64_t high = low + std::min(most - least, modulus - 1);
    // Behind the modulus it begins anew: 0 lies within, too.
    const auto found = high >= modulus
                           ? std::optional<std::int64_t>(0)
                           : first_within(mantissa, modulus, low, high, behind - 1 - first);
    if (!found) return false;
    start = first + *found;
  }
  const double middle = (offsets.least + offsets.most) / 2;
  const double product = static_cast<double>(start) * static_cast<double>(form.factor);
  form.offset = static_cast<float>(double{kMagic} + std::nearbyint(middle - product));
  form.centre = static_cast<std::int32_t>(static_cast<std::int64_t>(kMagic) - start);
  return is_proven(channel, form, all, steps);
}

/// Factor and offset of a form; false where none were found.
bool find_form(const Channel& channel, Requantize kind, const Requantization& all,
               std::span<const Step> steps, ChannelScale& to) {
  if (!is_in_reach(channel, kind)) return false;
  constexpr int kMost = 64;
  const auto scale =
      std::bit_cast<std::int32_t>(static_cast<float>(channel.rescale.scale(channel.index)));
  ChannelScale form = to;
  form.kind = kind;
  for (int i = 0; i <= 2 * kMost; ++i) {
    form.factor = std::bit_cast<float>(scale + (i % 2 == 0 ? i / 2 : -(i + 1) / 2));
    const bool found = kind == Requantize::magic ? find_centre(channel, form, all, steps)
                                                 : find_offset(channel, form, all, steps);
    if (!found) continue;
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

/// What was found for the channels of a layer, one form after the other.
class Forms {
 public:
  explicit Forms(std::span<const ChannelScale> safe) : safe_(safe.begin(), safe.end()) {}

  /// The next form.
  void begin() { found_.push_back({safe_, std::vector<bool>(safe_.size()), 0}); }

  [[nodiscard]] ChannelScale& at(std::size_t channel) { return found_.back().numbers[channel]; }

  void set(std::size_t channel, bool fits) {
    found_.back().fits[channel] = fits;
    found_.back().count += fits ? 1 : 0;
  }

  [[nodiscard]] std::size_t count() const { return found_.back().count; }

  [[nodiscard]] bool fits_all() const { return !found_.empty() && count() == safe_.size(); }

  /// Panels want channels of one form: where none fits all of them, each half takes its own, and
  /// the smallest panel that which fits most.
  void assign(std::size_t first, std::size_t last, std::span<ChannelScale> to) const {
    constexpr std::size_t kSmallest = 8;
    const Found* best = nullptr;
    std::size_t most = 0;
    for (const auto& one : found_) {
      const auto begin = one.fits.begin();
      const auto count =
          static_cast<std::size_t>(std::count(begin + static_cast<std::ptrdiff_t>(first),
                                              begin + static_cast<std::ptrdiff_t>(last), true));
      if (count <= most) continue;
      best = &one;
      most = count;
    }
    if (best == nullptr) return;
    if (most < last - first && last - first > kSmallest) {
      const std::size_t middle = first + std::bit_ceil(last - first) / 2;
      assign(first, middle, to);
      assign(middle, last, to);
      return;
    }
    for (std::size_t c = first; c < last; ++c)
      if (best->fits[c]) to[c] = best->numbers[c];
  }

 private:
  struct Found {
    std::vector<ChannelScale> numbers;
    std::vector<bool> fits;
    std::size_t count = 0;
  };

  std::vector<ChannelScale> safe_;
  std::vector<Found> found_;
};

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
  Forms forms(channels);
  for (const auto kind : {Requantize::magic, Requantize::fused, Requantize::mirrored}) {
    const bool helps = kind == Requantize::magic || safe != Requantize::multiply;
    if (!helps || forms.fits_all()) break;
    forms.begin();
    constexpr std::size_t kEnough = 8;  // a form that fits none of these is not looked for further
    for (std::size_t c = 0; c < channels.size() && (forms.count() > 0 || c < kEnough); ++c) {
      const Channel channel{rescale, c, sums[c]};
      forms.set(c, find_form(channel, kind, all, steps[c], forms.at(c)));
    }
  }
  if (!safe && !forms.fits_all())
    return fail(Code::unsupported, "the rounding '{}' with these scales",
                name_of(rescale.rounding()));
  forms.assign(0, channels.size(), channels);
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
