#pragma once
// Hgnet: the search space of networks that segment faces, one hourglass or more.

#include <string_view>
#include <vector>

#include "zoo/nets/options.h"

namespace slipway::zoo {

/// One network of the space. Layers are named by their kernel sizes alone: 3, 5 or 7.
struct HgnetArch {
  using Layers = std::vector<std::int64_t>;

  struct DownBlock {
    Layers layers;  // the first one changes the channels, and from block 2 on halves the size
    double expansion = 1;  // channels = those of the block before times this, rounded down

    bool operator==(const DownBlock&) const = default;
  };

  struct Hourglass {
    std::vector<DownBlock> down;
    std::vector<Layers> skip;  // one fewer than `down`; may be empty
    std::vector<Layers> up;    // one fewer than `down`

    bool operator==(const Hourglass&) const = default;
  };

  std::int64_t stem_stride = 2;
  std::int64_t base_channels = 24;
  std::vector<Hourglass> hourglasses;
  Layers post;  // behind the last enlargement

  bool operator==(const HgnetArch&) const = default;
};

/// The one that `zoo make hgnet` makes: one hourglass of five levels, in the middle of the space.
[[nodiscard]] HgnetArch default_hgnet();

/// From the JSON that searches in this space save. A list may also be a plain JSON array, and a
/// layer a plain name:
///
///   {"stem_stride": 2, "base_ch": 24, "post_upsample_layers": ["conv3x3"], "hourglasses": [{
///     "downsample_blocks": [{"layers": ["conv5x5"], "ch_expansion_factor": 1.5}, ...],
///     "skip_blocks": [{"layers": []}, ...], "upsample_blocks": [{"layers": ["conv3x3"]}, ...]}]}
///
/// Errors  corrupt: not JSON; invalid_input: a member missing or outside its range
/// Source  Archai's ArchConfig: {"_config_type": "config_list", "_share_arch": false,
///         "_repeat_times": n, "_configs": {"0": ..., "1": ...}}, of which the first n count
Result<HgnetArch> parse_hgnet(std::string_view json);

Result<Graph> make_hgnet(const NetSpec& spec, const HgnetArch& arch);

}  // namespace slipway::zoo
