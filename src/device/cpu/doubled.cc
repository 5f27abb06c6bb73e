#include "device/cpu/doubled.h"

#include <algorithm>

#include "device/cpu/moves.h"
#include "device/cpu/window.h"
#include "ops/conv/conv.h"
#include "ops/resize/sample.h"
#include "ops/resize/separable.h"

namespace slipway::cpu {
namespace {

bool stays(const ops::Stretch& stretch) { return stretch.in == stretch.out && stretch.scale == 1; }

/// Whether places 0, 1, 2, 3, … are those of elements 0, 0, 1, 1, …
bool doubles(const ops::Stretch& stretch, const ops::Resize& resize) {
  if (stretch.out != 2 * stretch.in || stretch.scale != 2) return false;
  const auto from = ops::nearest_of(stretch, resize);
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] != static_cast<std::int64_t>(i / 2)) return false;
  return true;
}

/// Whether a value is pictures of floats, [n, h, w, c], twice as high and as wide as those that it
/// is made of, and read once.
bool is_doubled(const Lowering& lowering, ValueId id) {
  const auto& graph = lowering.graph();
  const auto* resize = lowering.maker<ops::Resize>(id);
  // Corners that are kept are no factor of 2, and places in a region none that are exact.
  const bool may = resize != nullptr && resize->method == Interpolation::nearest &&
                   resize->coordinates != Coordinates::align_corners &&
                   resize->coordinates != Coordinates::tf_crop_and_resize &&
                   lowering.used_once(id) && graph.known(id) == nullptr &&
                   graph.type(id).dtype == DType::f32 && graph.type(id).shape.rank() == 4;
  if (!may) return false;
  const auto& node = graph.node(id);
  std::vector<const Tensor*> numbers(4, nullptr);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (!node.inputs[i].exists()) continue;
    numbers[i] = graph.known(node.inputs[i]);
    if (numbers[i] == nullptr) return false;
  }
  const auto axes = ops::stretches_of(*resize, graph.type(node.inputs[0]).shape, numbers[1],
                                      numbers[2], numbers[3]);
  return axes && stays((*axes)[0]) && doubles((*axes)[1], *resize) &&
         doubles((*axes)[2], *resize) && stays((*axes)[3]);
}

}  // namespace

std::vector<ValueId> doubled_inputs(const Lowering& lowering, ValueId conv,
                                    const engine::Sliding& window) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(conv);
  const ValueId x = node.inputs[0];
  const bool fits = graph.type(conv).dtype == DType::f32 && !lowering.is_claimed(conv) &&
                    node.op.as<ops::Conv>()->group == 1 && is_dense_3x3(window) &&
                    window.pad_top == 1 && window.pad_left == 1;
  if (!fits) return {};
  auto parts = joins_channels(lowering, x) ? graph.node(x).inputs : std::vector{x};
  const auto doubled =
      std::ranges::stable_partition(parts, [&](ValueId id) { return !is_doubled(lowering, id); });
  // The last of all may end within a vector.
  constexpr std::int64_t kVector = 16;
  const bool whole = std::all_of(parts.begin(), parts.end() - 1, [&](ValueId id) {
    return pixel_of(graph.type(id).shape) % kVector == 0;
  });
  return whole ? std::vector(doubled.begin(), doubled.end()) : std::vector<ValueId>{};
}

}  // namespace slipway::cpu
