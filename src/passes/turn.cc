#include "passes/turn.h"

#include <algorithm>
#include <numeric>

#include "ops/elementwise/elementwise.h"
#include "ops/normalize/softmax.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"
#include "ops/resize/resize.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"

namespace slipway::passes {
namespace {

using How = Turn::How;

bool one_scale(const TensorType& type) { return !type.quant || !type.quant->per_axis(); }

std::optional<std::vector<std::int64_t>> integers(const Graph& graph, const Node& node,
                                                  std::size_t input) {
  const bool given = input < node.inputs.size() && node.inputs[input].exists();
  const auto* known = given ? graph.known(node.inputs[input]) : nullptr;
  if (known == nullptr) return std::nullopt;
  auto numbers = to_integers(*known);
  if (!numbers) return std::nullopt;
  return *std::move(numbers);
}

Tensor list(const std::vector<std::int64_t>& numbers) {
  return Tensor::of<std::int64_t>({std::ssize(numbers)}, numbers);
}

/// Where the dimensions of a value go.
class Map {
 public:
  explicit Map(const Perm& perm) : perm_(perm), inverse_(inverse(perm)) {}

  [[nodiscard]] std::optional<std::int64_t> axis(std::int64_t from) const {
    const auto rank = std::ssize(inverse_);
    if (from < -rank || from >= rank) return std::nullopt;
    return inverse_[static_cast<std::size_t>(from < 0 ? from + rank : from)];
  }

  [[nodiscard]] bool axes(std::vector<std::int64_t>& all) const {
    for (auto& one : all) {
      const auto to = axis(one);
      if (!to) return false;
      one = *to;
    }
    return true;
  }

  /// One number per dimension, in the new order.
  [[nodiscard]] std::vector<std::int64_t> numbers(std::span<const std::int64_t> from) const {
    std::vector<std::int64_t> to;
    for (const auto axis : perm_) to.push_back(from[static_cast<std::size_t>(axis)]);
    return to;
  }

  [[nodiscard]] std::size_t rank() const { return perm_.size(); }

 private:
  const Perm& perm_;
  Perm inverse_;
};

/// A T with another `axis`.
template <class T>
std::optional<AnyOp> with_axis(const AnyOp& op, const Map& map) {
  const T* is = op.as<T>();
  if (is == nullptr) return std::nullopt;
  const auto to = map.axis(is->axis);
  if (!to) return std::nullopt;
  T changed = *is;
  changed.axis = *to;
  return AnyOp(changed);
}

/// A T with other `axes`; none of them means something of its own.
template <class T>
std::optional<AnyOp> with_axes(const AnyOp& op, const Map& map) {
  const T* is = op.as<T>();
  if (is == nullptr || is->axes.empty()) return std::nullopt;
  T changed = *is;
  if (!map.axes(changed.axes)) return std::nullopt;
  return AnyOp(changed);
}

/// Ops with one axis that give back as many dimensions.
std::optional<AnyOp> along_axis(const Node& node, const Map& map) {
  const auto& op = node.op;
  const bool alone = node.inputs.size() == 1;
  std::optional<AnyOp> out = with_axis<ops::Concat>(op, map);
  if (!out) out = with_axis<ops::Split>(op, map);
  if (!out) out = with_axis<ops::Softmax>(op, map);
  if (!out) out = with_axis<ops::LogSoftmax>(op, map);
  if (!out && alone) out = with_axis<ops::Cumsum>(op, map);
  if (const auto* arg = op.as<ops::ArgMax>(); arg && arg->keep_dims)
    out = with_axis<ops::ArgMax>(op, map);
  if (const auto* arg = op.as<ops::ArgMin>(); arg && arg->keep_dims)
    out = with_axis<ops::ArgMin>(op, map);
  return out;
}

/// Calls use(op) with a reduction, whichever it is.
template <class Use>
void with_reduction(const Node& node, Use use) {
  const auto try_all = [&]<class... T>(std::tuple<T...>) {
    const auto try_one = [&](const auto* is) {
      if (is != nullptr && node.inputs.size() == 1 && !is->axes.empty()) use(*is);
    };
    (try_one(node.op.as<T>()), ...);
  };
  try_all(std::tuple<ops::ReduceAll, ops::ReduceAny, ops::ReduceL1, ops::ReduceL2,
                     ops::ReduceLogSum, ops::ReduceLogSumExp, ops::ReduceMax, ops::ReduceMean,
                     ops::ReduceMin, ops::ReduceProd, ops::ReduceSum, ops::ReduceSumSquare>());
}

/// Ops with several axes.
std::optional<AnyOp> along_axes(const Node& node, const Map& map) {
  std::optional<AnyOp> out;
  with_reduction(node, [&]<class T>(const T& op) {
    if (op.keep_dims) out = with_axes<T>(node.op, map);
  });
  if (!out) out = with_axes<ops::Resize>(node.op, map);
  if (!out) out = with_axes<ops::Reverse>(node.op, map);
  return out;
}

/// The first input turned, the others kept.
Turn first_turned(AnyOp op, std::size_t inputs) {
  Turn turn{std::move(op), std::vector<How>(inputs, How::kept), {}};
  turn.how[0] = How::turned;
  return turn;
}

std::optional<Turn> pad(const Graph& graph, const Node& node, const Map& map) {
  Turn turn = first_turned(node.op, node.inputs.size());
  if (node.inputs.size() > 3 && node.inputs[3].exists()) {
    auto axes = integers(graph, node, 3);
    if (!axes || !map.axes(*axes)) return std::nullopt;
    turn.how[3] = How::replaced;
    turn.constants.push_back(list(*axes));
    return turn;
  }
  const auto pads = integers(graph, node, 1);
  if (!pads || pads->size() != 2 * map.rank()) return std::nullopt;
  const bool in_pairs = graph.type(node.inputs[1]).shape.rank() == 2;
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
  for (std::size_t i = 0; i < map.rank(); ++i) {
    before.push_back((*pads)[in_pairs ? 2 * i : i]);
    after.push_back((*pads)[in_pairs ? 2 * i + 1 : map.rank() + i]);
  }
  auto all = map.numbers(before);
  const auto behind = map.numbers(after);
  all.insert(all.end(), behind.begin(), behind.end());
  turn.how[1] = How::replaced;
  turn.constants.push_back(list(all));
  return turn;
}

std::optional<Turn> slice(const Graph& graph, const Node& node, const Map& map) {
  Turn turn = first_turned(node.op, std::max<std::size_t>(node.inputs.size(), 4));
  std::vector<std::int64_t> axes;
  if (node.inputs.size() > 3 && node.inputs[3].exists()) {
    const auto given = integers(graph, node, 3);
    if (!given) return std::nullopt;
    axes = *given;
  } else {
    const auto& starts = graph.type(node.inputs[1]).shape;
    if (!starts.is_known()) return std::nullopt;
    axes.resize(static_cast<std::size_t>(starts.elements()));
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (!map.axes(axes)) return std::nullopt;
  turn.how[3] = How::replaced;
  turn.constants.push_back(list(axes));
  return turn;
}

/// Tile and Expand: their second input has one number per dimension.
std::optional<Turn> numbered(const Graph& graph, const Node& node, const Map& map) {
  const auto numbers = integers(graph, node, 1);
  const auto rank = graph.type(node.inputs[0]).shape.rank();
  if (!numbers || numbers->size() != map.rank() || rank != map.rank()) return std::nullopt;
  Turn turn = first_turned(node.op, node.inputs.size());
  turn.how[1] = How::replaced;
  turn.constants.push_back(list(map.numbers(*numbers)));
  return turn;
}

std::optional<Turn> gather(const Graph& graph, const Node& node, const Map& map) {
  const auto& op = *node.op.as<ops::Gather>();
  if (op.batch_dims != 0 || graph.type(node.inputs[1]).shape.rank() != 1) return std::nullopt;
  const auto axis = with_axis<ops::Gather>(node.op, map);
  if (!axis) return std::nullopt;
  return first_turned(*axis, node.inputs.size());
}

/// A shape with ones in front.
std::optional<Shape> stretched(const Shape& shape, std::size_t rank) {
  if (!shape.is_known() || shape.rank() > rank) return std::nullopt;
  std::vector<std::int64_t> dims(rank - shape.rank(), 1);
  dims.insert(dims.end(), shape.begin(), shape.end());
  auto made = Shape::make(dims);
  if (!made) return std::nullopt;
  return *std::move(made);
}

/// Constants that are dequantized stay integers.
bool is_dequantized_constant(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  return node.op.is<ops::Dequantize>() && node.inputs.size() == 1 &&
         graph.node(node.inputs[0]).op.is<Constant>();
}

}  // namespace

bool moves_ones_only(const Shape& shape, const Perm& perm) {
  if (!shape.is_known() || shape.rank() != perm.size()) return false;
  Perm kept;
  for (const auto axis : perm)
    if (shape[static_cast<std::size_t>(axis)] != 1) kept.push_back(axis);
  return std::ranges::is_sorted(kept);
}

Result<Shape> ordered(const Shape& shape, const Perm& perm) {
  std::vector<std::int64_t> dims;
  for (const auto axis : perm) dims.push_back(shape[static_cast<std::size_t>(axis)]);
  return Shape::make(dims);
}

bool works_on_elements(const Graph& graph, const Node& node) {
  for (const auto& output : node.outputs)
    if (!one_scale(output.type)) return false;
  for (const auto id : node.inputs)
    if (id.exists() && !one_scale(graph.type(id))) return false;
  const bool scale_in_type = node.op.is<ops::Quantize>() || node.op.is<ops::Dequantize>();
  if (scale_in_type) return node.inputs.size() == 1;
  return ops::is_elementwise(node.op) || node.op.is<ops::Reinterpret>();
}

Result<ValueId> reshaped(Graph& graph, Rewriter& rewriter, ValueId id, const Shape& shape) {
  const std::vector<std::int64_t> dims(shape.begin(), shape.end());
  const std::string name = graph.value(id).name;
  const auto wanted = rewriter.add_constant(name + "/shape", list(dims));
  return rewriter.add(ops::Reshape{}, {id, wanted}, name + "/reshaped");
}

bool moves_channels_last(const Perm& perm) {
  return moves_channels_first(inverse(perm)) && perm.size() > 2;
}

bool moves_channels_first(const Perm& perm) {
  Perm wanted(perm.size());
  std::iota(wanted.begin(), wanted.end(), 0);
  if (perm.size() > 2) std::rotate(wanted.begin() + 1, wanted.end() - 1, wanted.end());
  return perm.size() > 2 && perm == wanted;
}

bool is_identity(const Perm& perm) {
  return std::ranges::is_sorted(perm);  // of 0, 1, … each is there once
}

Perm inverse(const Perm& perm) {
  Perm out(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i)
    out[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return out;
}

std::optional<Perm> perm_of(const Graph& graph, ValueId id) {
  if (!id.exists()) return std::nullopt;
  const auto& node = graph.node(id);
  const auto* transpose = node.op.as<ops::Transpose>();
  if (transpose == nullptr) return std::nullopt;
  const auto& type = graph.type(id);
  if (!one_scale(type) || type.quant != graph.type(node.inputs[0]).quant) return std::nullopt;
  Perm perm = transpose->perm;
  if (perm.empty()) {
    perm.resize(type.shape.rank());
    std::iota(perm.rbegin(), perm.rend(), 0);
  }
  for (auto& axis : perm)
    if (axis < 0) axis += std::ssize(perm);
  return perm;
}

std::optional<Turn> turn_of(const Graph& graph, const Node& node, const Perm& perm) {
  for (const auto& output : node.outputs)
    if (!one_scale(output.type) || output.type.shape.rank() != perm.size()) return std::nullopt;
  for (const auto id : node.inputs)
    if (id.exists() && !one_scale(graph.type(id))) return std::nullopt;
  const auto& op = node.op;
  const Map map(perm);
  const std::size_t inputs = node.inputs.size();
  if (works_on_elements(graph, node)) return Turn{op, std::vector<How>(inputs, How::turned), {}};
  if (op.is<ops::Pad>()) return pad(graph, node, map);
  if (op.is<ops::Slice>()) return slice(graph, node, map);
  if (op.is<ops::Tile>() || op.is<ops::Expand>()) return numbered(graph, node, map);
  if (op.is<ops::Gather>()) return gather(graph, node, map);
  if (const auto out = along_axis(node, map)) {
    if (op.is<ops::Concat>()) return Turn{*out, std::vector<How>(inputs, How::turned), {}};
    return first_turned(*out, inputs);
  }
  if (const auto out = along_axes(node, map)) return first_turned(*out, inputs);
  return std::nullopt;
}

std::optional<Reduction> reduction_of(const Graph& graph, const Node& node, const Perm& perm) {
  if (node.outputs.size() != 1 || !one_scale(node.outputs[0].type)) return std::nullopt;
  if (graph.type(node.inputs[0]).shape.rank() != perm.size()) return std::nullopt;
  std::optional<Reduction> out;
  with_reduction(node, [&]<class T>(T op) {
    const auto rank = std::ssize(perm);
    std::vector<bool> gone(perm.size(), false);
    for (auto& axis : op.axes) {
      if (axis < -rank || axis >= rank) return;
      const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
      gone[at] = true;
      axis = perm[at];
    }
    if (op.keep_dims) return;
    std::ranges::sort(op.axes);
    Perm kept;
    for (std::size_t i = 0; i < perm.size(); ++i)
      if (!gone[i]) kept.push_back(perm[i]);
    Perm sorted = kept;
    std::ranges::sort(sorted);
    Perm order;
    for (const auto axis : kept) order.push_back(std::ranges::find(sorted, axis) - sorted.begin());
    out = Reduction{AnyOp(op), std::move(order)};
  });
  return out;
}

bool turns_freely(const Graph& graph, ValueId id, const Perm& perm) {
  if (!id.exists() || graph.known(id) != nullptr || is_dequantized_constant(graph, id)) return true;
  const auto& shape = graph.type(id).shape;
  if (shape.is_known() && shape.elements() == 1) return true;
  if (const auto was = perm_of(graph, id); was && *was == inverse(perm)) return true;
  const auto full = stretched(shape, perm.size());
  return full && moves_ones_only(*full, perm);
}

Result<ValueId> turned(Graph& graph, Rewriter& rewriter, ValueId id, const Perm& perm) {
  if (!id.exists()) return id;
  const auto was = perm_of(graph, id);
  if (was && *was == inverse(perm)) return graph.node(id).inputs[0];
  const Shape shape = graph.type(id).shape;
  const std::string name = graph.value(id).name;
  if (shape.rank() == 0) return id;
  if (is_dequantized_constant(graph, id)) {
    const auto integers = SLIPWAY_TRY(turned(graph, rewriter, graph.node(id).inputs[0], perm));
    return rewriter.add(graph.node(id).op, {integers}, name + "/turned");
  }
  ValueId full = id;
  if (shape.rank() < perm.size()) {
    const auto ones = stretched(shape, perm.size());
    if (!ones) return fail(Code::unsupported, "'{}' has a shape that only running tells", name);
    full = SLIPWAY_TRY(reshaped(graph, rewriter, id, *ones));
  }
  const auto& dims = graph.type(full).shape;
  if (moves_ones_only(dims, perm)) {
    std::vector<std::int64_t> to;
    for (const auto axis : perm) to.push_back(dims[static_cast<std::size_t>(axis)]);
    if (const auto* known = graph.known(id)) {
      auto type = graph.type(id);
      type.shape = SLIPWAY_TRY(Shape::make(to));
      return rewriter.add_constant(name + "/turned", SLIPWAY_TRY(known->as(type)));
    }
    return reshaped(graph, rewriter, id, SLIPWAY_TRY(Shape::make(to)));
  }
  const auto* known = graph.known(full);
  if (known == nullptr && graph.known(id) == nullptr)
    return rewriter.add(ops::Transpose{perm}, {full}, name + "/turned");
  // A constant: computed now, whatever its size.
  auto type = graph.type(full);
  auto source = SLIPWAY_TRY(graph.known(id)->as(type));
  std::vector<std::int64_t> to;
  for (const auto axis : perm) to.push_back(dims[static_cast<std::size_t>(axis)]);
  auto out = type;
  out.shape = SLIPWAY_TRY(Shape::make(to));
  const std::optional<Tensor> inputs[] = {source};
  const TensorType types[] = {out};
  EvalIo io(inputs, types);
  if (io.has_work()) SLIPWAY_TRY(AnyOp(ops::Transpose{perm}).eval(io));
  return rewriter.add_constant(name + "/turned", std::move(io).take()[0]);
}

}  // namespace slipway::passes
