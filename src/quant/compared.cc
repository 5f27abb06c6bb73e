#include "quant/compared.h"

#include <algorithm>
#include <cmath>

namespace slipway::quant {

void ChannelScales::add(std::span<const float> should, std::span<const float> is,
                        std::size_t channels) {
  aa_.resize(channels, 0);
  ab_.resize(channels, 0);
  bb_.resize(channels, 0);
  for (std::size_t i = 0; i + channels <= should.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      const float x = should[i + c];
      const float y = is[i + c];
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      aa_[c] += static_cast<double>(x) * static_cast<double>(x);
      ab_[c] += static_cast<double>(x) * static_cast<double>(y);
      bb_[c] += static_cast<double>(y) * static_cast<double>(y);
      low_ = std::min(low_, x);
      high_ = std::max(high_, x);
    }
  }
}

std::vector<float> ChannelScales::scales() const {
  constexpr double kMostLeft = 0.25;
  std::vector<float> out;
  double as_is = 0;
  double scaled = 0;
  for (std::size_t c = 0; c < aa_.size(); ++c) {
    // Where a channel is 0 in either network there is nothing to learn from.
    const bool known = aa_[c] > 0 && bb_[c] > 0 && ab_[c] > 0;
    const double scale = known ? ab_[c] / bb_[c] : 1;
    out.push_back(static_cast<float>(scale));
    as_is += aa_[c] - 2 * ab_[c] + bb_[c];
    scaled += aa_[c] - 2 * scale * ab_[c] + scale * scale * bb_[c];
  }
  if (!(scaled < kMostLeft * as_is)) out.clear();
  return out;
}

Compared::Compared(std::size_t channels, std::vector<float> scales, float low, float high)
    : channels_(channels <= kMostChannels ? channels : 0),
      scales_(std::move(scales)),
      low_(low),
      high_(high) {}

void Compared::add(std::span<const float> should, std::span<const float> is) {
  if (!scales_.empty()) {
    scaled_.resize(is.size());
    for (std::size_t i = 0; i < is.size(); ++i) scaled_[i] = is[i] * scales_[i % scales_.size()];
    is = scaled_;
  }
  quality_.add(should, is);
  for (std::size_t i = 0; i < should.size(); ++i) {
    errors_ += std::abs(static_cast<double>(is[i]) - static_cast<double>(should[i]));
    equal_ += is[i] == should[i] ? 1 : 0;
  }
  count_ += std::ssize(should);
  histograms_[0].add(should);
  histograms_[1].add(is);
  const auto count = channels_.size();
  if (count == 0) return;
  const float last = static_cast<float>(Channel::kBins) - 1;
  const float per_bin = high_ > low_ ? static_cast<float>(Channel::kBins) / (high_ - low_) : 0;
  for (std::size_t i = 0; i + count <= should.size(); i += count) {
    for (std::size_t c = 0; c < count; ++c) {
      auto& channel = channels_[c];
      const std::array<float, 2> both = {should[i + c], is[i + c]};
      const double error = static_cast<double>(both[1]) - static_cast<double>(both[0]);
      channel.squares += static_cast<double>(both[0]) * static_cast<double>(both[0]);
      channel.squared_errors += error * error;
      for (std::size_t side = 0; side < 2; ++side) {
        channel.low[side] = std::min(channel.low[side], both[side]);
        channel.high[side] = std::max(channel.high[side], both[side]);
        // Not-a-number ends in the first one.
        const float bin = std::max(0.0F, (both[side] - low_) * per_bin);
        ++channel.counts[side][static_cast<std::size_t>(std::min(bin, last))];
      }
    }
  }
}

}  // namespace slipway::quant
