#include "quant/points.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "base/suggest.h"
#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/elementwise.h"
#include "ops/matmul/fully_connected.h"
#include "ops/pool/pool.h"
#include "ops/reduce/reduce.h"
#include "ops/resize/resize.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/window.h"

namespace slipway::quant {
namespace {

template <class... T>
bool is_one_of(const AnyOp& op) {
  return (op.is<T>() || ...);
}

bool is_float(const Graph& graph, ValueId id) { return graph.type(id).dtype == DType::f32; }

bool is_constant(const Graph& graph, ValueId id) { return graph.known(id) != nullptr; }

bool is_number(const Graph& graph, ValueId id) {
  const auto* known = graph.known(id);
  return known != nullptr && known->elements() == 1;
}

/// Whether a node has weights and, where it has one, a bias that never change.
bool is_layer(const Graph& graph, const Node& node) {
  const auto* back = node.op.as<ops::ConvTranspose>();
  const bool fits = node.op.is<ops::Conv>() || node.op.is<ops::FullyConnected>() ||
                    (back != nullptr && back->group == 1);
  if (!fits || node.inputs.size() < 2 || !is_float(graph, node.inputs[0])) return false;
  if (is_constant(graph, node.inputs[0]) || !is_float(graph, node.inputs[1])) return false;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (node.inputs[i].exists() && (i > 2 || !is_constant(graph, node.inputs[i]))) return false;
  }
  return graph.known(node.inputs[1])->elements() > 0;
}

/// A sum or product of two values; of two that change, or one and a constant of several elements.
bool is_sum(const Graph& graph, const Node& node) {
  if (!is_one_of<ops::Add, ops::Mul>(node.op)) return false;
  return std::ranges::none_of(node.inputs, [&](ValueId id) { return is_number(graph, id); });
}

/// Element by element, of one value and numbers.
bool is_function(const Graph& graph, const Node& node) {
  if (!ops::is_elementwise(node.op) || node.outputs.size() != 1) return false;
  int values = 0;
  for (const auto id : node.inputs) {
    if (!id.exists() || !is_float(graph, id)) return false;
    if (is_number(graph, id)) continue;
    ++values;
    if (graph.type(id).shape != node.outputs[0].type.shape) return false;
  }
  return values == 1;
}

bool is_mean(const Node& node) { return node.op.is<ops::ReduceMean>() && node.inputs.size() == 1; }

bool pads_with_zeros(const Graph& graph, const Node& node) {
  if (node.op.as<ops::Pad>()->mode != PadMode::constant) return false;
  if (node.inputs.size() < 3 || !node.inputs[2].exists()) return true;
  const auto* value = graph.known(node.inputs[2]);
  return value != nullptr && value->elements() == 1 && to_doubles(*value)[0] == 0;
}

bool is_move(const Graph& graph, const Node& node) {
  static constexpr auto kAlways = std::to_array<std::string_view>(
      {"Concat", "DepthToSpace", "Expand", "Gather", "Reshape", "Reverse", "Slice", "SpaceToDepth",
       "Split", "Squeeze", "StridedSlice", "Tile", "Transpose", "Unsqueeze"});
  if (std::ranges::find(kAlways, node.op.name()) != kAlways.end()) return true;
  if (const auto* pool = node.op.as<ops::MaxPool>())
    return pool->activation == Activation::none && !pool->places;
  if (const auto* pool = node.op.as<ops::AveragePool>())
    return pool->activation == Activation::none;
  if (const auto* resize = node.op.as<ops::Resize>())
    return resize->method == Interpolation::nearest &&
           resize->coordinates != Coordinates::tf_crop_and_resize;
  return node.op.is<ops::Pad>() && pads_with_zeros(graph, node);
}

/// What it could do with bytes.
Role role_of(const Graph& graph, const Node& node) {
  const auto changes_nothing = node.op.is<Input>() || node.op.is<Constant>() || node.inputs.empty();
  if (changes_nothing || node.outputs[0].type.dtype != DType::f32 || node.outputs[0].known ||
      !node.inputs[0].exists() || !is_float(graph, node.inputs[0]))
    return Role::in_float;
  if (is_layer(graph, node)) return Role::layer;
  if (is_sum(graph, node)) return Role::sum;
  if (is_mean(node)) return Role::mean;
  if (is_move(graph, node)) return Role::move;
  if (is_function(graph, node)) return Role::function;
  return Role::in_float;
}

/// The inputs that hold the numbers that are moved or computed with.
std::vector<ValueId> data_inputs(const Node& node, Role role) {
  if (role == Role::layer || role == Role::mean) return {node.inputs[0]};
  if (role == Role::move && node.op.name() != "Concat") return {node.inputs[0]};
  return node.inputs;
}

class Search {
 public:
  Search(const Graph& graph, const std::set<std::string>& keep_float)
      : graph_(graph), keep_float_(keep_float) {}

  Result<Points> run() {
    SLIPWAY_TRY(check());
    const auto count = graph_.nodes().size();
    for (std::size_t n = 0; n < count; ++n) points_.roles.push_back(role_of(graph_, node(n)));
    const auto could = points_.roles;
    gives_floats_.resize(count);
    const bool any = std::ranges::count(points_.roles, Role::layer) > 0;
    if (!any)
      return fail(Code::unsupported, "it has no convolution or dense layer of floats with weights");
    SLIPWAY_TRY(keep());
    leave_tails();
    leave_moves_of_floats();
    make_groups();
    for (std::size_t n = 0; n < count; ++n) {
      const bool computes = !node(n).op.is<Input>() && !node(n).outputs[0].known;
      if (role(n) != Role::in_float || !computes || could[n] == Role::move) continue;
      points_.reasons.try_emplace(static_cast<std::int32_t>(n), "it has no form with bytes");
    }
    return std::move(points_);
  }

 private:
  [[nodiscard]] const Node& node(std::size_t n) const { return graph_.nodes()[n]; }

  [[nodiscard]] Role& role(std::size_t n) { return points_.roles[n]; }

  Result<void> check() const {
    for (const auto& node : graph_.nodes()) {
      for (const auto& output : node.outputs) {
        if (output.type.quant)
          return fail(Code::invalid_input, "it is quantized already: '{}' is {}", output.name,
                      output.type.text())
              .with_remedy("quantize the network of floats that it was made of");
      }
    }
    for (const auto id : graph_.inputs())
      if (!graph_.type(id).is_known())
        return fail(Code::unsupported, "input '{}' is {}", graph_.value(id).name,
                    graph_.type(id).text())
            .with_remedy("--shape says the size");
    return {};
  }

  Result<void> keep() {
    std::vector<std::string> names;
    for (const auto& one : graph_.nodes()) names.push_back(one.outputs[0].name);
    for (const auto& name : keep_float_) {
      const auto at = std::ranges::find(names, name);
      if (at == names.end()) {
        const auto nearest = suggest(name, names);
        return fail(Code::invalid_input, "there is no layer '{}'{}", name,
                    nearest.empty() ? "" : fmt::format("; the nearest is '{}'", nearest));
      }
      const auto n = static_cast<std::size_t>(at - names.begin());
      role(n) = Role::in_float;
      points_.reasons[static_cast<std::int32_t>(n)] = "as was asked for";
    }
    return {};
  }

  /// Sums, means and functions from which no layer follows answer in floats: what they compute is
  /// small, and often of a range that a byte does not hold.
  void leave_tails() {
    std::vector<bool> leads(graph_.nodes().size(), false);  // to a layer
    for (std::size_t n = leads.size(); n-- > 0;) {
      const bool through = leads[n] || role(n) == Role::layer;
      for (const auto id : node(n).inputs)
        if (id.exists() && through) leads[static_cast<std::size_t>(id.node)] = true;
      const bool computes =
          role(n) == Role::sum || role(n) == Role::mean || role(n) == Role::function;
      if (!computes || leads[n]) continue;
      role(n) = Role::in_float;
      points_.reasons[static_cast<std::int32_t>(n)] = "no layer follows";
    }
  }

  /// A move is one of bytes where its input is, or where somebody wants its output as such.
  void leave_moves_of_floats() {
    std::vector<bool> wanted(graph_.nodes().size(), false);
    for (std::size_t n = wanted.size(); n-- > 0;) {
      const bool asks = role(n) == Role::move ? wanted[n] : role(n) != Role::in_float;
      if (!asks) continue;
      for (const auto id : data_inputs(node(n), role(n)))
        wanted[static_cast<std::size_t>(id.node)] = true;
    }
    std::vector<bool> bytes(wanted.size(), false);
    for (std::size_t n = 0; n < wanted.size(); ++n) {
      if (role(n) == Role::in_float) continue;
      const auto inputs = data_inputs(node(n), role(n));
      const bool given = std::ranges::any_of(
          inputs, [&](ValueId id) { return bytes[static_cast<std::size_t>(id.node)]; });
      bytes[n] = role(n) != Role::move || given || (wanted[n] && !only_turns_input(n));
      if (!bytes[n]) role(n) = Role::in_float;
      if (role(n) != Role::layer || wanted[n] || !may_give_floats(n)) continue;
      gives_floats_[n] = true;
      bytes[n] = false;
    }
  }

  /// Whether the sums of bytes may become floats at once, as kernels have it.
  [[nodiscard]] bool may_give_floats(std::size_t n) const {
    const auto* dense = node(n).op.as<ops::FullyConnected>();
    if (dense == nullptr || dense->activation != Activation::none) return false;
    const auto x = node(n).inputs[0];
    std::ptrdiff_t uses = std::ranges::count(graph_.outputs(), x);
    for (const auto& other : graph_.nodes()) uses += std::ranges::count(other.inputs, x);
    return uses == 1;
  }

  /// An input is turned as it is given: what follows is the first value of the network.
  [[nodiscard]] bool only_turns_input(std::size_t n) const {
    return node(n).op.name() == "Transpose" && graph_.node(node(n).inputs[0]).op.is<Input>();
  }

  // --- groups: a forest over values --------------------------------------------------------------

  std::size_t root(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }

  std::size_t place(ValueId id) {
    const auto [at, is_new] = places_.try_emplace(id, values_.size());
    if (is_new) {
      values_.push_back(id);
      parents_.push_back(parents_.size());
    }
    return at->second;
  }

  void make_groups() {
    for (std::size_t n = 0; n < graph_.nodes().size(); ++n) {
      if (role(n) == Role::in_float) continue;
      const auto inputs = data_inputs(node(n), role(n));
      for (const auto id : inputs)
        if (!is_number(graph_, id) || role(n) != Role::function) place(id);
      if (gives_floats_[n]) continue;
      for (std::int32_t slot = 0; slot < std::ssize(node(n).outputs); ++slot) {
        const auto out = place({static_cast<std::int32_t>(n), slot});
        if (role(n) != Role::move) continue;
        for (const auto id : inputs) parents_[root(place(id))] = root(out);
      }
    }
    std::map<std::size_t, std::size_t> groups;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const auto [at, is_new] = groups.try_emplace(root(i), points_.groups.size());
      if (is_new) points_.groups.emplace_back();
      add(at->second, values_[i]);
    }
    // Joined with other values, probabilities say nothing about the largest of all.
    for (auto& group : points_.groups)
      if (group.known || !std::ranges::all_of(group.seen, [&](ValueId id) { return is_share(id); }))
        group.most.reset();
  }

  void add(std::size_t number, ValueId id) {
    auto& group = points_.groups[number];
    group.values.push_back(id);
    points_.group_of[id] = number;
    if (const auto* known = graph_.known(id)) {
      group.known = *known;
    } else if (points_.role(id) != Role::move) {
      group.seen.push_back(id);
    }
    if (is_share(id)) group.most = 1.0F;
  }

  /// Whether a value lies between 0 and 1, whatever comes in.
  [[nodiscard]] bool is_share(ValueId id) const {
    const auto name = graph_.node(id).op.name();
    return name == "Sigmoid" || name == "Softmax" || name == "HardSigmoid";
  }

  const Graph& graph_;
  const std::set<std::string>& keep_float_;
  Points points_;
  std::vector<bool> gives_floats_;  // layers
  std::vector<ValueId> values_;
  std::map<ValueId, std::size_t> places_;
  std::vector<std::size_t> parents_;
};

/// Whether an average is one of all pixels, each counted once.
bool averages_all(const Graph& graph, const Node& node) {
  const auto* pool = node.op.as<ops::AveragePool>();
  const auto& shape = graph.type(node.inputs[0]).shape;
  if (pool == nullptr || pool->activation != Activation::none || !shape.is_known()) return false;
  const WindowSpec spec = {pool->stride,  pool->dilation, pool->pad_begin,
                           pool->pad_end, pool->padding,  pool->round_up};
  const auto window = make_window(spec, shape, pool->kernel);
  const Window::Dims none = {0, 0, 0};
  return window && window->pad == none && window->pad_end == none && window->kernel == window->in &&
         window->out == Window::Dims{1, 1, 1};
}

/// Whether a convolution is of one pixel.
bool is_of_one_pixel(const Graph& graph, const Node& node) {
  const auto* conv = node.op.as<ops::Conv>();
  if (conv == nullptr || conv->activation != Activation::none || conv->group != 1) return false;
  if (!is_layer(graph, node)) return false;
  const auto& x = graph.type(node.inputs[0]).shape;
  const auto& w = graph.type(node.inputs[1]).shape;
  const auto& y = node.outputs[0].type.shape;
  return x.is_known() && x.elements() == x[0] * x.back(0) && y.elements() == y[0] * y.back(0) &&
         w.elements() == w.back(0) * w.back(1);
}

/// Rewrites a convolution of one pixel.
Result<ValueId> as_dense(Rewriter& rewriter, const Graph& graph, const Node& node) {
  const auto name = node.outputs[0].name;
  const auto shape = [&](std::string_view what, const std::vector<std::int64_t>& dims) {
    return rewriter.add_constant(fmt::format("{}/{}", name, what),
                                 Tensor::of<std::int64_t>({std::ssize(dims)}, dims));
  };
  const auto& w = *graph.known(node.inputs[1]);
  const auto inputs = w.shape().back(1);
  const auto outputs = w.shape().back(0);
  const auto pixel = shape("pixel", {-1, inputs});
  const auto x = SLIPWAY_TRY(rewriter.add(ops::Reshape{}, {node.inputs[0], pixel}, name + "/x"));
  const auto weights =
      rewriter.add_constant(graph.value(node.inputs[1]).name + "/dense",
                            SLIPWAY_TRY(w.as(w.type().with_shape(Shape{inputs, outputs}))));
  std::vector<ValueId> operands = {x, weights};
  if (node.inputs.size() > 2) operands.push_back(node.inputs[2]);
  const auto dense =
      SLIPWAY_TRY(rewriter.add(ops::FullyConnected{}, std::move(operands), name + "/dense"));
  const auto& y = node.outputs[0].type.shape;
  const auto back = shape("shape", {y.begin(), y.end()});
  return rewriter.add(ops::Reshape{}, {dense, back}, name + "/back");
}

/// Of each node, whether a layer follows.
std::vector<bool> leads_to_layers(const Graph& graph) {
  std::vector<bool> leads(graph.nodes().size(), false);
  for (std::size_t n = leads.size(); n-- > 0;) {
    const auto& node = graph.nodes()[n];
    for (const auto id : node.inputs)
      if (id.exists() && (leads[n] || is_layer(graph, node)))
        leads[static_cast<std::size_t>(id.node)] = true;
  }
  return leads;
}

}  // namespace

Result<void> prepare(Graph& graph) {
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  const auto leads = leads_to_layers(graph);
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    if (!leads[static_cast<std::size_t>(n)] && is_of_one_pixel(graph, node)) {
      rewriter.replace({n, 0}, SLIPWAY_TRY(as_dense(rewriter, graph, node)));
      changed = true;
    }
    if (!node.op.is<ops::AveragePool>() || !averages_all(graph, node)) continue;
    ops::ReduceMean mean{.keep_dims = true};
    mean.axes.resize(node.outputs[0].type.shape.rank() - 2);
    std::iota(mean.axes.begin(), mean.axes.end(), 1);
    const auto made =
        SLIPWAY_TRY(rewriter.add(mean, {node.inputs[0]}, node.outputs[0].name + "/mean"));
    rewriter.replace({n, 0}, made);
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return {};
}

Result<Points> find_points(const Graph& graph, const std::set<std::string>& keep_float) {
  return Search(graph, keep_float).run();
}

}  // namespace slipway::quant
