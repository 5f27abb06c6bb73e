#pragma once
// The networks we make on the spot. Sizes are those of the papers; weights are random.

#include "zoo/nets/options.h"

namespace slipway::zoo {

Result<Graph> make_fbnetc_100(const NetSpec& spec);
Result<Graph> make_hgnet(const NetSpec& spec);
Result<Graph> make_mobilenet_v2(const NetSpec& spec);
Result<Graph> make_resnet50(const NetSpec& spec);
Result<Graph> make_ssd300(const NetSpec& spec);
Result<Graph> make_unet256(const NetSpec& spec);

}  // namespace slipway::zoo
