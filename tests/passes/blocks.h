#pragma once
// Random networks of small blocks as files of several tools spell them: channels in front or at the
// end, with floats or with integers between them.

#include "ir/graph.h"

namespace slipway {

Graph random_blocks(std::uint64_t seed);

}  // namespace slipway
