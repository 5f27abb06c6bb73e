#include <algorithm>

#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/unary.h"
#include "ops/pool/pool.h"
#include "ops/shape/move.h"
#include "ops/shape/pad.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

/// A Pad of the spatial dimensions with one constant.
struct Pads {
  ValueId x;
  std::vector<std::int64_t> begin;  // one per spatial dimension
  std::vector<std::int64_t> end;
  std::vector<std::byte> value;  // of one element
};

std::optional<std::vector<std::int64_t>> integers(const Graph& graph, ValueId id) {
  const auto* known = id.exists() ? graph.known(id) : nullptr;
  if (known == nullptr) return std::nullopt;
  auto numbers = to_integers(*known);
  if (!numbers) return std::nullopt;
  return *std::move(numbers);
}

/// How much stands before and behind each dimension.
std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> amounts(const Graph& graph,
                                                                          const Node& node,
                                                                          std::size_t rank) {
  const auto pads = integers(graph, node.inputs[1]);
  if (!pads) return std::nullopt;
  std::vector<std::int64_t> axes;
  if (node.inputs.size() > 3 && node.inputs[3].exists()) {
    const auto given = integers(graph, node.inputs[3]);
    if (!given) return std::nullopt;
    axes = *given;
  } else {
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (pads->size() != 2 * axes.size()) return std::nullopt;
  const bool in_pairs = graph.type(node.inputs[1]).shape.rank() == 2;
  std::vector<std::pair<std::int64_t, std::int64_t>> all(rank, {0, 0});
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = axes[i] < 0 ? axes[i] + static_cast<std::int64_t>(rank) : axes[i];
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return std::nullopt;
    all[static_cast<std::size_t>(axis)] = {(*pads)[in_pairs ? 2 * i : i],
                                           (*pads)[in_pairs ? 2 * i + 1 : axes.size() + i]};
  }
  return all;
}

std::optional<Pads> pads_of(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  const auto* pad = node.op.as<ops::Pad>();
  if (pad == nullptr || pad->mode != PadMode::constant) return std::nullopt;
  const auto& type = graph.type(node.inputs[0]);
  const auto rank = type.shape.rank();
  if (!type.is_known() || rank < 3 || type.quant != node.outputs[0].type.quant) return std::nullopt;
  const auto all = amounts(graph, node, rank);
  if (!all || all->front() != std::pair<std::int64_t, std::int64_t>{0, 0} ||
      all->back() != std::pair<std::int64_t, std::int64_t>{0, 0})
    return std::nullopt;
  Pads out{node.inputs[0], {}, {}, ops::zero_of(type)};
  for (std::size_t i = 1; i + 1 < rank; ++i) {
    if ((*all)[i].first < 0 || (*all)[i].second < 0) return std::nullopt;
    out.begin.push_back((*all)[i].first);
    out.end.push_back((*all)[i].second);
  }
  if (node.inputs.size() > 2 && node.inputs[2].exists()) {
    const auto* value = graph.known(node.inputs[2]);
    if (value == nullptr || value->elements() != 1 || value->dtype() != type.dtype)
      return std::nullopt;
    out.value.assign(value->bytes().begin(), value->bytes().end());
  }
  return out;
}

bool is_zero(const Pads& pads, const TensorType& type) {
  if (pads.value == ops::zero_of(type)) return true;
  return type.dtype == DType::f32 &&
         to_doubles(*Tensor::make({type.dtype, {1}}, pads.value))[0] == 0;
}

/// The window's own pads in elements, with those of the Pad around them.
template <class T>
T with_pads(T op, const Window& window, const Pads& pads) {
  op.padding = Padding::given;
  op.pad_begin = pads.begin;
  op.pad_end = pads.end;
  const std::size_t spatial = pads.begin.size();
  for (std::size_t i = 0; i < spatial; ++i) {
    op.pad_begin[i] += window.pad[Window::kDims - spatial + i];
    op.pad_end[i] += window.pad_end[Window::kDims - spatial + i];
  }
  return op;
}

template <class T>
Result<Window> window_of(const T& pool, const Shape& x) {
  return make_window(
      {pool.stride, pool.dilation, pool.pad_begin, pool.pad_end, pool.padding, pool.round_up}, x,
      pool.kernel);
}

bool is_padded(const Window& window) {
  const auto any = [](const Window::Dims& dims) {
    return std::ranges::any_of(dims, [](auto pad) { return pad != 0; });
  };
  return any(window.pad) || any(window.pad_end);
}

/// Whether no element is below 0, as an activation before leaves them.
bool is_positive(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  const auto clamps = [](Activation activation) {
    return activation == Activation::relu || activation == Activation::relu6;
  };
  if (const auto* conv = node.op.as<ops::Conv>()) return clamps(conv->activation);
  if (const auto* pool = node.op.as<ops::MaxPool>())
    return clamps(pool->activation) || is_positive(graph, node.inputs[0]);
  return node.op.is<ops::Relu>() || node.op.is<ops::Relu6>() || node.op.is<ops::Sigmoid>();
}

/// The smallest value of a type as it is written: padding with it wins over nothing.
bool is_least(const Pads& pads, const TensorType& type) {
  const auto value = to_doubles(*Tensor::make({type.dtype, {1}}, pads.value))[0];
  switch (type.dtype) {
    case DType::f32:
      return value <= -3.4028234e38;
    case DType::u8:
      return value == 0;
    case DType::i8:
      return value == -128;
    default:
      return false;
  }
}

/// The op that takes the pads' input; nothing where it computes something else with it.
std::optional<AnyOp> padded(const Graph& graph, const Node& node, const Pads& pads) {
  const auto& type = graph.type(pads.x);
  const auto& shape = graph.type(node.inputs[0]).shape;
  if (const auto* conv = node.op.as<ops::Conv>()) {
    const auto window = conv->window(shape, graph.type(node.inputs[1]).shape);
    // Plain integers have their zero in an input of the convolution.
    const bool known_zero = type.quant || type.dtype == DType::f32;
    if (!window || !known_zero || !is_zero(pads, type)) return std::nullopt;
    return with_pads(*conv, *window, pads);
  }
  if (const auto* pool = node.op.as<ops::MaxPool>()) {
    const auto window = window_of(*pool, shape);
    const bool never_wins =
        is_least(pads, type) || (is_zero(pads, type) && is_positive(graph, pads.x));
    if (!window || pool->places || pool->round_up || !never_wins) return std::nullopt;
    const auto out = with_pads(*pool, *window, pads);
    for (std::size_t i = 0; i < pads.begin.size(); ++i)  // each window has an element to win
      if (std::max(out.pad_begin[i], out.pad_end[i]) >= pool->kernel[i]) return std::nullopt;
    return out;
  }
  if (const auto* pool = node.op.as<ops::AveragePool>()) {
    const auto window = window_of(*pool, shape);
    if (!window || pool->round_up || !is_zero(pads, type)) return std::nullopt;
    if (is_padded(*window) && !pool->count_padding) return std::nullopt;
    auto out = with_pads(*pool, *window, pads);
    out.count_padding = true;
    return out;
  }
  return std::nullopt;
}

}  // namespace

Result<bool> fold_pads(Graph& graph) {
  Rewriter rewriter(graph);
  bool changed = false;
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    if (node.inputs.empty() || !node.inputs[0].exists()) continue;
    const auto pads = pads_of(graph, node.inputs[0]);
    if (!pads) continue;
    const auto op = padded(graph, node, *pads);
    if (!op) continue;
    graph.replace_op({n, 0}, *op);
    graph.set_input({n, 0}, 0, pads->x);
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
