#include "device/cpu/homes.h"

#include "device/cpu/rules.h"
#include "ops/check.h"
#include "ops/shape/concat.h"

namespace slipway::cpu {
namespace {

using Homes = std::map<ValueId, Home>;

/// Where input `i` of a Concat lies in its output, which lies in `whole`; nothing where it lies in
/// several pieces of pixels.
std::optional<Home> part_of(const Graph& graph, const Node& node, std::size_t i,
                            const Home& whole) {
  const auto& shape = node.outputs[0].type.shape;
  const auto checked = checked_axis(node.op.as<ops::Concat>()->axis, shape.rank());
  if (!checked) return std::nullopt;
  const std::size_t axis = *checked;
  std::int64_t before = 0;
  for (std::size_t k = 0; k < i; ++k) before += graph.type(node.inputs[k]).shape[axis];
  std::int64_t outer = 1;
  for (std::size_t k = 0; k < axis; ++k) outer *= shape[k];
  Home home = whole;
  if (axis + 1 == shape.rank()) {
    home.offset += before;
    return home;
  }
  if (outer != 1) return std::nullopt;
  for (std::size_t k = axis + 1; k + 1 < shape.rank(); ++k) before *= shape[k];
  home.offset += before * whole.stride;
  return home;
}

/// Gives x this home, or who has its bytes first, if that can be.
void settle(const Lowering& lowering, ValueId x, Home home, Homes& homes) {
  const auto& graph = lowering.graph();
  const bool dense = lowering.is_dense(x, home.stride);
  // What goes out has no room behind it for kernels that read whole vectors.
  const bool alone = lowering.goes_out(home.room);
  for (;; x = graph.node(x).inputs[0]) {
    const auto& node = graph.node(x);
    const bool fits = !is_source(node) && graph.known(x) == nullptr && !lowering.is_claimed(x) &&
                      !homes.contains(x) && (!alone || lowering.used_once(x));
    if (!fits) return;
    if (!renames(node)) break;
    const auto& in = graph.type(node.inputs[0]).shape;
    if (!dense && pixel_of(in) != pixel_of(graph.type(x).shape)) return;
  }
  const auto* rule = rule_of(graph.node(x));
  if (rule == nullptr) return;
  if (dense) {
    home.stride = pixel_of(graph.type(x).shape);
  } else {
    const bool apart = static_cast<std::int64_t>(lowering.bytes_of(home.room)) <= kMostApartBytes &&
                       rule->writes_apart != nullptr && rule->writes_apart(lowering, x) &&
                       lowering.read_apart(x);
    if (!apart) return;
  }
  homes.emplace(x, home);
}

}  // namespace

bool renames(const Node& node) {
  const auto* rule = rule_of(node);
  return rule != nullptr && rule->lower == lower_reshape;
}

std::map<ValueId, Home> find_homes(const Lowering& lowering) {
  const auto& graph = lowering.graph();
  Homes homes;
  // From the last to the first: what is joined to a part is a part of the whole.
  for (auto n = static_cast<std::int32_t>(graph.nodes().size()); n-- > 0;) {
    const ValueId y{n, 0};
    const auto& node = graph.node(y);
    if (!node.op.is<ops::Concat>() || lowering.is_claimed(y) || graph.known(y) != nullptr) continue;
    const auto& type = graph.type(y);
    const auto own = homes.find(y);
    const Home whole = own != homes.end() ? own->second : Home{y, 0, pixel_of(type.shape)};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto& x = graph.type(node.inputs[i]);
      const bool same = x.dtype == type.dtype &&
                        (!x.quant || !type.quant || *x.quant == *type.quant) &&
                        lowering.is_rounded(node.inputs[i]) == lowering.is_rounded(y);
      const auto part = same ? part_of(graph, node, i, whole) : std::nullopt;
      if (part) settle(lowering, node.inputs[i], *part, homes);
    }
  }
  return homes;
}

}  // namespace slipway::cpu
