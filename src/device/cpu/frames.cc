#include "device/cpu/frames.h"

#include <algorithm>

#include "device/cpu/moves.h"
#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "ops/conv/conv.h"

namespace slipway::cpu {
namespace {

/// Whether a value could be computed within borders by who makes it. One that others than the
/// convolution read again should not lie far apart.
bool is_free(const Lowering& lowering, ValueId x, std::int64_t room_bytes,
             const std::map<ValueId, Home>& homes) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(x);
  const auto* rule = rule_of(node);
  const bool has_parts =
      std::ranges::any_of(homes, [&](const auto& home) { return home.second.room == x; });
  return !is_source(node) && graph.known(x) == nullptr && !lowering.is_claimed(x) &&
         (lowering.used_once(x) || (room_bytes <= kMostApartBytes && lowering.read_framed(x))) &&
         !homes.contains(x) && !has_parts && rule != nullptr && rule->writes_framed != nullptr &&
         rule->writes_framed(lowering, x);
}

}  // namespace

Frames find_frames(const Lowering& lowering, std::map<ValueId, Home>& homes) {
  const auto& graph = lowering.graph();
  Frames frames;
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    const ValueId conv{n, 0};
    const auto& node = graph.node(conv);
    if (!node.op.is<ops::Conv>() || graph.known(conv) != nullptr) continue;
    const auto window = bordered_window(lowering, conv);
    if (!window) continue;
    const ValueId x = node.inputs[0];
    const auto& whole = graph.type(x);
    const auto size = bordered_size(*window);
    // Windows need not reach all of a picture, whose rows would then overlap.
    if (size.height < window->pad_top + window->height ||
        size.width < window->pad_left + window->width)
      continue;
    const bool joins = lowering.is_claimed(x) && joins_channels(lowering, x);
    const std::int64_t row = size.width * size.stride;
    const std::int64_t elements = window->pictures * size.height * row;
    std::int64_t first = window->pad_top * row + window->pad_left * size.stride;
    for (const auto id : joins ? graph.node(x).inputs : std::vector{x}) {
      const auto& part = graph.type(id);
      const bool same = (!part.quant || !whole.quant || *part.quant == *whole.quant) &&
                        lowering.is_rounded(id) == lowering.is_rounded(x);
      if (same && is_free(lowering, id, elements * lowering.element_bytes(x), homes)) {
        homes.emplace(id, Home{x, first, size.stride, row, row * size.height});
        frames[x] = elements;
      }
      first += pixel_of(part.shape);
    }
  }
  return frames;
}

}  // namespace slipway::cpu
