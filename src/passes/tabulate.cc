#include <algorithm>
#include <map>

#include "ir/interpret.h"
#include "ir/rewrite.h"
#include "ops/quant/lookup.h"
#include "ops/quant/quantize.h"
#include "passes/passes.h"
#include "passes/turn.h"

namespace slipway::passes {
namespace {

constexpr std::int64_t kEntries = 256;

/// A byte with one scale.
bool is_byte(const TensorType& type) {
  return (type.dtype == DType::u8 || type.dtype == DType::i8) && type.quant &&
         !type.quant->per_axis();
}

bool is_number(const Graph& graph, ValueId id) {
  const auto* known = graph.known(id);
  return known != nullptr && known->elements() == 1;
}

/// What computes a byte from a byte, element by element.
class Function {
 public:
  explicit Function(const Graph& graph) : graph_(graph) {}

  /// Whether `y` is a function of the bytes of one value.
  bool find(ValueId y) {
    const Node& last = graph_.node(y);
    const bool fits = is_byte(graph_.type(y)) && last.outputs.size() == 1 && computes(last) &&
                      visit(y) && x_.exists();
    return fits && !converts_alone(last);
  }

  [[nodiscard]] ValueId x() const { return x_; }

  /// The function of all bytes there are.
  Result<Tensor> table(ValueId y) const {
    Graph small;
    TensorType type = graph_.type(x_);
    type.shape = {kEntries};
    std::map<ValueId, ValueId> made = {{x_, small.add_input("x", type)}};
    for (const auto id : order_) {
      const Node& node = graph_.node(id);
      std::vector<ValueId> inputs;
      for (const auto input : node.inputs) {
        const auto at = made.find(input);
        inputs.push_back(at != made.end() ? at->second : number(small, input));
      }
      Value out = node.outputs[0];
      out.type.shape = {kEntries};
      out.known.reset();
      made[id] = SLIPWAY_TRY(small.add_typed(node.op, std::move(inputs), {out}))[0];
    }
    small.set_outputs({made.at(y)});
    TensorBuilder bytes(type);
    auto entry = static_cast<int>(type.dtype == DType::i8 ? -kEntries / 2 : 0);
    for (auto& byte : bytes.bytes()) byte = static_cast<std::byte>(entry++);
    const Tensor inputs[] = {std::move(bytes).build()};
    return SLIPWAY_TRY(interpret(small, inputs))[0];
  }

 private:
  [[nodiscard]] bool computes(const Node& node) const {
    return works_on_elements(graph_, node) && !node.op.is<ops::Reinterpret>();
  }

  /// A change of the scale's sign alone is no function worth a table: integers of one network move
  /// between signed and unsigned by it.
  [[nodiscard]] bool converts_alone(const Node& last) const {
    if (!last.op.is<ops::Quantize>() || order_.size() != 1) return false;
    const auto& from = *graph_.type(x_).quant;
    const auto& to = *last.outputs[0].type.quant;
    return from.scale == to.scale &&
           std::abs(from.zero_point[0] - to.zero_point[0]) == kEntries / 2;
  }

  /// Adds what `id` is computed with to order_, up to the bytes x.
  bool visit(ValueId id) {
    constexpr std::size_t kMostNodes = 12;
    if (std::ranges::find(order_, id) != order_.end()) return true;
    const Node& node = graph_.node(id);
    if (order_.size() >= kMostNodes || node.outputs.size() != 1 || !computes(node)) return false;
    bool of_bytes = false;
    for (const auto input : node.inputs) {
      if (!input.exists()) return false;
      if (is_number(graph_, input)) continue;
      if (graph_.type(input).shape != graph_.type(id).shape) return false;
      of_bytes = true;
      if (is_byte(graph_.type(input))) {
        if (x_.exists() && x_ != input) return false;
        x_ = input;
      } else if (!visit(input)) {
        return false;
      }
    }
    order_.push_back(id);
    return of_bytes;
  }

  ValueId number(Graph& small, ValueId id) const {
    const auto& tensor = *graph_.known(id);
    auto type = tensor.type();
    type.shape = {1};
    return small.add_constant(graph_.value(id).name, *tensor.as(type));
  }

  const Graph& graph_;
  ValueId x_;
  std::vector<ValueId> order_;
};

}  // namespace

Result<bool> tabulate(Graph& graph) {
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const ValueId y{n, 0};
    const bool fixed = graph.node(y).op.is<Constant>() || graph.node(y).op.is<Input>();
    Function function(graph);
    if (fixed || graph.known(y) != nullptr || !function.find(y)) continue;
    const std::string name = graph.value(y).name;
    const auto table = rewriter.add_constant(name + "/table", SLIPWAY_TRY(function.table(y)));
    rewriter.replace(
        y, SLIPWAY_TRY(rewriter.add(ops::Lookup{}, {function.x(), table}, name + "/looked_up")));
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
