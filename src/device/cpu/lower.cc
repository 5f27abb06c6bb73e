#include "device/cpu/lower.h"

#include <algorithm>

#include "device/cpu/lowering.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {

namespace {

/// Floats between integers: lowered together with the node that uses them.
bool is_inner(const Node& node) {
  return node.op.is<ops::Dequantize>() || node.op.is<ops::Quantize>() ||
         node.op.is<ops::ReduceMean>() || node.op.is<ops::Reshape>();
}

}  // namespace

Lowering::Lowering(const Graph& graph, const LowerOptions& options)
    : graph_(graph), options_(options) {
  for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
    for (const auto id : graph_.nodes()[static_cast<std::size_t>(n)].inputs) {
      if (!id.exists()) continue;
      last_use_[id] = n;
      ++uses_[id];
    }
  }
  for (const auto id : graph_.outputs()) {
    last_use_[id] = static_cast<std::int32_t>(graph_.nodes().size());
    ++uses_[id];
  }
}

bool Lowering::used_once(ValueId id) const {
  const auto at = uses_.find(id);
  return at != uses_.end() && at->second == 1;
}

Result<engine::Place> Lowering::place(ValueId id) const {
  const auto at = places_.find(id);
  if (at == places_.end())
    return fail(Code::unsupported, "'{}' is not computed as bytes", graph_.value(id).name);
  return at->second;
}

Result<engine::Place> Lowering::vector_place(ValueId id) const {
  const auto at = SLIPWAY_TRY(place(id));
  if (at.space != engine::Space::arena)
    return fail(Code::unsupported, "'{}' lies outside of the arena", graph_.value(id).name);
  return at;
}

engine::Place Lowering::make_room(ValueId id) {
  const auto outputs = graph_.outputs();
  const auto output = std::ranges::find(outputs, id);
  const engine::Place room =
      output != outputs.end()
          ? engine::Place{engine::Space::output,
                          static_cast<std::uint32_t>(output - outputs.begin()), 0}
          : plan_.take(static_cast<std::size_t>(graph_.type(id).bytes()));
  places_.emplace(id, room);
  return room;
}

Result<void> Lowering::alias(ValueId id, ValueId of) {
  const auto is = SLIPWAY_TRY(place(of));
  if (is.space != engine::Space::arena || !used_once(of))
    return fail(Code::unsupported, "a reshaped value that others use, too");
  places_.erase(of);
  places_.emplace(id, is);
  return {};
}

engine::Place Lowering::scratch(std::size_t bytes) {
  scratch_.push_back(plan_.take(bytes));
  return scratch_.back();
}

/// A sum of two quantized values joins the later of the two convolutions that make them, where
/// nothing else uses that one: its bytes never reach memory.
void Lowering::find_residuals() {
  for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
    const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
    const auto* add = node.op.as<ops::Add>();
    if (add == nullptr || add->rounding != Rounding::real_even || !node.outputs[0].type.quant)
      continue;
    const auto later = std::max(node.inputs[0], node.inputs[1]);
    const auto* conv = maker<ops::Conv>(later);
    const bool alike = graph_.type(node.inputs[0]).shape == graph_.type(node.inputs[1]).shape;
    if (conv == nullptr || conv->group != 1 || !used_once(later) || !alike) continue;
    convolution_of_[n] = later;
    joined_.insert(later.node);
    for (const auto id : graph_.node(later).inputs)  // they are read when the sum is computed
      if (id.exists()) last_use_[id] = std::max(last_use_[id], n);
  }
}

void Lowering::release(std::int32_t n) {
  for (const auto& place : scratch_) plan_.give_back(place);
  scratch_.clear();
  for (auto at = places_.begin(); at != places_.end();) {
    const auto last = last_use_.find(at->first);
    if (last == last_use_.end() || last->second <= n) {
      plan_.give_back(at->second);
      at = places_.erase(at);
    } else {
      ++at;
    }
  }
}

Result<void> Lowering::visit(std::int32_t n) {
  const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
  const ValueId y{n, 0};
  if (node.op.is<Input>() || node.op.is<Constant>()) return {};
  if (joined_.contains(n)) return {};
  if (node.op.is<ops::Conv>() && node.outputs[0].type.quant) return lower_conv(*this, y, -1, y);
  if (const auto sum = convolution_of_.find(n); sum != convolution_of_.end())
    return lower_conv(*this, sum->second, n, y);
  if (node.op.is<ops::FullyConnected>()) return lower_dense(*this, y);
  if (node.op.is<ops::Transpose>()) return lower_picture(*this, y);
  if (node.op.is<ops::Reshape>() && node.outputs[0].type.quant) return alias(y, node.inputs[0]);
  const bool averages = node.op.is<ops::Quantize>() && maker<ops::ReduceMean>(node.inputs[0]);
  if (averages) return lower_mean(*this, y);
  // Lowered together with the node that uses it; place() or the check of outputs refuses where none
  // does.
  if (is_inner(node)) return {};
  return fail(Code::unsupported, "no kernel takes {}", node.op.name());
}

Result<BuiltPlan> Lowering::run() {
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 30U;  // sizes in steps have 32 bits
  for (const auto& node : graph_.nodes()) {
    for (const auto& value : node.outputs) {
      const bool fits = value.type.is_known() && value.type.shape.elements() > 0 &&
                        value.type.bytes() <= kMostBytes;
      if (!fits) return fail(Code::unsupported, "'{}' is {}", value.name, value.type.text());
    }
  }
  for (std::uint32_t i = 0; i < graph_.inputs().size(); ++i)
    places_.emplace(graph_.inputs()[i], engine::Place{engine::Space::input, i, 0});
  find_residuals();
  // What is read through nodes that are lowered together must live until the last of them.
  for (auto n = static_cast<std::int32_t>(graph_.nodes().size()); n-- > 0;) {
    const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
    const bool inner = is_inner(node);
    const auto last = last_use_.find({n, 0});
    if (!inner || last == last_use_.end()) continue;
    for (const auto id : node.inputs)
      if (id.exists()) last_use_[id] = std::max(last_use_[id], last->second);
  }
  for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
    const auto& name = graph_.nodes()[static_cast<std::size_t>(n)].outputs[0].name;
    SLIPWAY_TRY(visit(n).during("'{}'", name));
    release(n);
  }
  for (std::uint32_t i = 0; i < graph_.outputs().size(); ++i) {
    const auto at = places_.find(graph_.outputs()[i]);
    const bool written =
        at != places_.end() && at->second.space == engine::Space::output && at->second.index == i;
    if (!written)
      return fail(Code::unsupported, "no kernel writes the output '{}'",
                  graph_.value(graph_.outputs()[i]).name);
  }
  return std::move(plan_).finish(graph_.inputs().size(), graph_.outputs().size());
}

Result<BuiltPlan> lower(const Graph& graph, const LowerOptions& options) {
  return Lowering(graph, options).run();
}

}  // namespace slipway::cpu
