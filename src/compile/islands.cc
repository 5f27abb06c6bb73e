#include "compile/islands.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "compile/targets.h"

namespace slipway::compile {
namespace {

bool computes(const Node& node) {
  static constexpr std::array<std::string_view, 18> kNothing = {
      "Input",   "Constant",  "Quantize", "Dequantize",   "Reinterpret",  "Reshape",
      "Squeeze", "Unsqueeze", "Identity", "Transpose",    "Slice",        "Concat",
      "Split",   "Gather",    "Tile",     "DepthToSpace", "SpaceToDepth", "Shape"};
  return std::ranges::find(kNothing, node.op.name()) == kNothing.end() &&
         !std::ranges::all_of(node.outputs,
                              [](const Value& value) { return value.known.has_value(); });
}

bool has_floats(const Graph& graph, const Node& node) {
  const auto is_float = [](const TensorType& type) { return type.dtype == DType::f32; };
  return std::ranges::any_of(node.outputs, [&](const Value& v) { return is_float(v.type); }) ||
         std::ranges::any_of(node.inputs, [&](ValueId id) {
           return id.exists() && graph.known(id) == nullptr && is_float(graph.type(id));
         });
}

/// Whether a step for bytes computes it, and floats are what it writes; or it has no step of its
/// own and stands between Dequantize and Quantize: one step takes bytes and gives bytes.
bool is_in_integers(const Graph& graph, std::size_t n, const std::vector<cpu::StepNote>& steps) {
  const auto& node = graph.nodes()[n];
  const auto& name = node.outputs[0].name;
  const auto step = std::ranges::find(steps, name, &cpu::StepNote::node);
  if (step != steps.end()) return step->kernel.find("_u8") != std::string::npos;
  for (const auto id : node.inputs)
    if (id.exists() && graph.known(id) == nullptr && graph.node(id).op.name() != "Dequantize")
      return false;
  bool used = false;
  for (const auto& user : graph.nodes()) {
    const bool uses = std::ranges::any_of(
        user.inputs, [&](ValueId id) { return std::cmp_equal(id.node, n) && id.exists(); });
    if (uses && user.op.name() != "Quantize") return false;
    used = used || uses;
  }
  return used;
}

/// Of each node, whether a value with steps that is no constant stands before or behind it.
std::vector<bool> reached(const Graph& graph, bool forward) {
  const auto count = std::ssize(graph.nodes());
  std::vector<bool> out(graph.nodes().size());
  const auto has_steps = [&](std::ptrdiff_t n) {
    return std::ranges::any_of(
        graph.nodes()[static_cast<std::size_t>(n)].outputs,
        [](const Value& v) { return v.type.quant.has_value() && !v.known.has_value(); });
  };
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const auto n = forward ? i : count - 1 - i;
    for (const auto id : graph.nodes()[static_cast<std::size_t>(n)].inputs) {
      if (!id.exists()) continue;
      const auto from = static_cast<std::size_t>(forward ? id.node : n);
      const auto to = static_cast<std::size_t>(forward ? n : id.node);
      if (out[from] || has_steps(static_cast<std::ptrdiff_t>(from))) out[to] = true;
    }
  }
  return out;
}

}  // namespace

double Islands::share() const {
  std::int64_t sum = 0;
  for (const auto& node : nodes) sum += node.macs;
  return macs == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(macs);
}

Islands float_islands(const Graph& graph, const std::vector<cpu::StepNote>& steps) {
  Islands out;
  out.quantized = is_quantized(graph);
  if (!out.quantized) return out;
  out.macs = cost_of(graph).macs;
  const auto behind = reached(graph, true);   // integers stand before it
  const auto before = reached(graph, false);  // integers stand behind it
  for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
    const auto& node = graph.nodes()[n];
    if (!computes(node) || !has_floats(graph, node)) continue;
    if (is_in_integers(graph, n, steps)) continue;
    using Where = FloatNode::Where;
    const auto where = !before[n] ? Where::end : behind[n] ? Where::between : Where::front;
    out.nodes.push_back(
        {node.outputs[0].name, std::string(node.op.name()), cost_of(graph, node).macs, where});
  }
  return out;
}

std::string words_of(const FloatNode& node) {
  static constexpr std::array<std::string_view, 3> kWhere = {"in front", "between integers",
                                                             "at the end"};
  return fmt::format("{} ({}, {})", node.name, node.op,
                     kWhere[static_cast<std::size_t>(node.where)]);
}

void set_islands(Json& document, const Islands& islands) {
  if (!islands.quantized) return;
  static constexpr std::array<std::string_view, 3> kWhere = {"front", "between", "end"};
  Json list(Json::Array{});
  for (const auto& node : islands.nodes) {
    Json one;
    one.set("name", node.name);
    one.set("op", node.op);
    one.set("where", kWhere[static_cast<std::size_t>(node.where)]);
    one.set("macs", node.macs);
    list.push(std::move(one));
  }
  document.set("in_float", std::move(list));
  document.set("in_float_share", islands.share());
}

}  // namespace slipway::compile
