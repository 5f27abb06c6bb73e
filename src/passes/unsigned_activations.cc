#include <algorithm>
#include <map>
#include <set>

#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/normalize/softmax.h"
#include "ops/pool/pool.h"
#include "ops/quant/lookup.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/resize/resize.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "ops/shape/squeeze.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

constexpr std::int32_t kMove = 128;

/// A signed byte with one scale.
bool is_signed(const TensorType& type) {
  return type.dtype == DType::i8 && type.quant && !type.quant->per_axis();
}

TensorType moved(TensorType type) {
  type.dtype = DType::u8;
  type.quant->zero_point[0] += kMove;
  return type;
}

/// The same real numbers in unsigned bytes.
Tensor moved(const Tensor& tensor) {
  TensorBuilder builder(is_signed(tensor.type()) ? moved(tensor.type())
                                                 : TensorType{DType::u8, tensor.shape()});
  const auto from = tensor.bytes();
  const auto to = builder.bytes();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i] ^ std::byte{kMove};
  return std::move(builder).build();
}

template <class... T>
bool is_one_of(const AnyOp& op) {
  return (op.is<T>() || ...);
}

/// Whether every window averages the same odd number of elements: then no mean lies in the middle
/// of two integers, where rounding asks for the sign.
bool averages_odd_counts(const Graph& graph, const Node& node) {
  const auto* pool = node.op.as<ops::AveragePool>();
  if (pool == nullptr || pool->round_up) return false;
  const auto& shape = graph.type(node.inputs[0]).shape;
  if (!shape.is_known()) return false;
  const auto window =
      make_window({pool->stride, pool->dilation, pool->pad_begin, pool->pad_end, pool->padding},
                  shape, pool->kernel);
  const Window::Dims none = {0, 0, 0};
  return window && window->pad == none && window->pad_end == none &&
         window->kernel_positions() % 2 == 1;
}

/// The inputs of a node that may be moved along with its outputs; none where the integers
/// themselves matter, not only what they stand for.
std::vector<std::size_t> moved_inputs(const Graph& graph, const Node& node) {
  using namespace ops;  // NOLINT: so many
  const auto& op = node.op;
  const auto keeps_scale = [&] {
    return std::ranges::all_of(node.inputs, [&](ValueId id) {
      return graph.type(id).quant == node.outputs[0].type.quant;
    });
  };
  if (is_one_of<Conv, ConvTranspose, FullyConnected>(op)) return {0};
  if (const auto* add =
          op.as<Add>())  // sums of floats meet the zero points before they are rounded
    return add->rounding == Rounding::real_even ? std::vector<std::size_t>{}
                                                : std::vector<std::size_t>{0, 1};
  if (const auto* sub = op.as<Sub>())
    return sub->rounding == Rounding::real_even ? std::vector<std::size_t>{}
                                                : std::vector<std::size_t>{0, 1};
  if (op.is<Mul>()) return {0, 1};
  if (is_one_of<Maximum, Minimum>(op))
    return keeps_scale() ? std::vector<std::size_t>{0, 1} : std::vector<std::size_t>{};
  if (op.is<Concat>()) {  // integers of other scales are brought to that of y in floats
    std::vector<std::size_t> all;
    for (std::size_t i = 0; keeps_scale() && i < node.inputs.size(); ++i) all.push_back(i);
    return all;
  }
  if (const auto* resize = op.as<Resize>())
    return resize->method == Interpolation::nearest &&
                   resize->coordinates != Coordinates::tf_crop_and_resize
               ? std::vector<std::size_t>{0}
               : std::vector<std::size_t>{};
  if (averages_odd_counts(graph, node)) return {0};
  if (op.is<Pad>()) {
    const bool zero = node.inputs.size() < 3 || !node.inputs[2].exists();
    return zero ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
  }
  if (const auto* softmax = op.as<Softmax>())
    return softmax->wide ? std::vector<std::size_t>{} : std::vector<std::size_t>{0};
  const bool one =
      is_one_of<MaxPool, Lookup, ReduceMean, ReduceSum, ReduceMax, ReduceMin, Reshape, Squeeze,
                Unsqueeze, Transpose, Slice, StridedSlice, Reverse, Split, Gather, Expand, Tile,
                DepthToSpace, SpaceToDepth, SpaceToBatch, BatchToSpace>(op);
  return one ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

/// Whether a node makes bytes of floats.
bool is_quantize(const Graph& graph, const Node& node) {
  return node.op.is<ops::Quantize>() && node.inputs.size() == 1 &&
         graph.type(node.inputs[0]).dtype == DType::f32;
}

bool is_dequantize(const Node& node) {
  return node.op.is<ops::Dequantize>() && node.inputs.size() == 1;
}

class Move {
 public:
  explicit Move(Graph& graph) : graph_(graph), rewriter_(graph) {
    for (const auto& node : graph.nodes()) {
      const bool takes = is_dequantize(node) || !moved_inputs(graph, node).empty();
      for (const auto id : node.inputs)
        if (id.exists() && takes) taken_.insert(id);
    }
  }

  Result<bool> run() {
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) SLIPWAY_TRY(visit(n));
    if (twins_.empty()) return false;
    SLIPWAY_TRY(leave_signed(count));
    SLIPWAY_TRY(rewriter_.finish());
    return true;
  }

 private:
  Result<void> visit(std::int32_t n) {
    const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
    if (is_dequantize(node)) {  // takes either
      const auto twin = twins_.find(node.inputs[0]);
      if (twin != twins_.end() && made_.contains(node.inputs[0]))
        graph_.set_input({n, 0}, 0, twin->second);
      return {};
    }
    if (is_quantize(graph_, node)) return quantize(n, node);
    const auto which = moved_inputs(graph_, node);
    const auto is_signed_input = [&](std::size_t i) {
      return node.inputs[i].exists() && is_signed(graph_.type(node.inputs[i]));
    };
    const bool is_result = is_signed(node.outputs[0].type);
    if (node.op.is<ops::Lookup>()) {
      if (!is_signed_input(0) && !is_result) return {};
    } else if (which.empty() || !is_result || !std::ranges::all_of(which, is_signed_input)) {
      return {};
    }
    return rebuild(n, node, which);
  }

  Result<void> quantize(std::int32_t n, const Node& node) {
    const ValueId id{n, 0};
    if (!is_signed(node.outputs[0].type) || !taken_.contains(id)) return {};
    auto op = *node.op.as<ops::Quantize>();
    if (op.bits != 0) return {};
    op.to = DType::u8;
    return add(n, op, node.inputs, node.outputs);
  }

  Result<void> rebuild(std::int32_t n, const Node& node, const std::vector<std::size_t>& which) {
    std::vector<ValueId> inputs = node.inputs;
    for (const auto i : which)
      if (is_signed(graph_.type(inputs[i]))) inputs[i] = SLIPWAY_TRY(twin_of(inputs[i]));
    if (node.op.is<ops::Lookup>() && is_signed(node.outputs[0].type)) {
      const auto* table = graph_.known(inputs[1]);
      if (table == nullptr) return {};
      inputs[1] = rewriter_.add_constant(graph_.value(inputs[1]).name + "/unsigned", moved(*table));
    }
    return add(n, node.op, std::move(inputs), node.outputs);
  }

  /// The node on unsigned bytes; its outputs are the twins of what they were.
  Result<void> add(std::int32_t n, AnyOp op, std::vector<ValueId> inputs,
                   std::vector<Value> outputs) {
    for (auto& output : outputs) {
      output.name += "/unsigned";
      output.known.reset();
      if (is_signed(output.type)) output.type = moved(output.type);
    }
    const auto made =
        SLIPWAY_TRY(graph_.add_typed(std::move(op), std::move(inputs), std::move(outputs)));
    for (std::size_t slot = 0; slot < made.size(); ++slot) {
      const ValueId was{n, static_cast<std::int32_t>(slot)};
      twins_[was] = made[slot];
      made_.insert(was);
    }
    return {};
  }

  /// The value in unsigned bytes.
  Result<ValueId> twin_of(ValueId id) {
    const auto at = twins_.find(id);
    if (at != twins_.end()) return at->second;
    const std::string name = graph_.value(id).name + "/unsigned";
    ValueId twin;
    if (const auto* known = graph_.known(id)) {
      twin = rewriter_.add_constant(name, moved(*known));
    } else {
      Value out{name, moved(graph_.type(id))};
      twin = SLIPWAY_TRY(graph_.add_typed(ops::Quantize{.to = DType::u8}, {id}, {out}))[0];
    }
    twins_[id] = twin;
    return twin;
  }

  /// What still needs signed bytes, outputs of the graph above all, gets them from the twin.
  Result<void> leave_signed(std::int32_t count) {
    std::set<ValueId> needed(graph_.outputs().begin(), graph_.outputs().end());
    for (std::int32_t n = 0; n < count; ++n) {
      if (made_.contains({n, 0})) continue;
      for (const auto id : graph_.nodes()[static_cast<std::size_t>(n)].inputs) needed.insert(id);
    }
    for (const auto was : made_) {
      const ValueId twin = twins_.at(was);
      const bool same = graph_.type(was) == graph_.type(twin);  // floats
      if (same || !needed.contains(was)) {
        rewriter_.replace(was, twin);
        continue;
      }
      Value out{graph_.value(was).name + "/signed", graph_.type(was)};
      const auto back =
          SLIPWAY_TRY(graph_.add_typed(ops::Quantize{.to = DType::i8}, {twin}, {out}))[0];
      rewriter_.replace(was, back);
    }
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
  std::set<ValueId> taken_;           // by nodes that take unsigned bytes
  std::map<ValueId, ValueId> twins_;  // signed -> unsigned
  std::set<ValueId> made_;            // those whose twin is computed, not converted
};

}  // namespace

Result<bool> unsigned_activations(Graph& graph) { return Move(graph).run(); }

}  // namespace slipway::passes
