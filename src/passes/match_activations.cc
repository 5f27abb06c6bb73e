#include <cmath>
#include <limits>

#include "ir/rewrite.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

/// A value that is one number, known before running.
std::optional<double> number_of(const Graph& graph, ValueId id) {
  const auto* known = graph.known(id);
  if (known == nullptr || known->dtype() != DType::f32 || known->elements() != 1)
    return std::nullopt;
  return to_doubles(*known)[0];
}

bool is_near(double is, double should) { return std::abs(is - should) <= 1e-5 * std::abs(should); }

/// A value and a number.
struct Operands {
  ValueId x;
  double number;
  bool number_first;
};

/// The operands of a T without an activation, one of which is a number.
template <class T>
std::optional<Operands> operands_of(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  const auto* op = node.op.as<T>();
  if (op == nullptr || op->activation != Activation::none) return std::nullopt;
  for (const std::size_t x : {0U, 1U}) {
    const auto number = number_of(graph, node.inputs[1 - x]);
    const bool same = graph.type(node.inputs[x]) == node.outputs[0].type;
    if (number && same) return Operands{node.inputs[x], *number, x == 1};
  }
  return std::nullopt;
}

/// factors[0] * factors[1] * … * number
struct Product {
  std::vector<ValueId> factors;
  double number = 1;
};

constexpr std::size_t kMostFactors = 3;

void multiply(const Graph& graph, ValueId id, Product& product, int depth) {
  constexpr int kDeepest = 3;
  if (const auto times = operands_of<ops::Mul>(graph, id); times && depth < kDeepest) {
    product.number *= times->number;
    return multiply(graph, times->x, product, depth + 1);
  }
  if (const auto by = operands_of<ops::Div>(graph, id);
      by && !by->number_first && depth < kDeepest) {
    product.number /= by->number;
    return multiply(graph, by->x, product, depth + 1);
  }
  const auto& node = graph.node(id);
  const auto* mul = node.op.as<ops::Mul>();
  const bool plain = mul != nullptr && mul->activation == Activation::none && depth < kDeepest &&
                     graph.type(node.inputs[0]) == graph.type(node.inputs[1]);
  if (plain) {
    for (const auto input : node.inputs) multiply(graph, input, product, depth + 1);
  } else if (product.factors.size() < kMostFactors) {
    product.factors.push_back(id);
  }
}

Product product_of(const Graph& graph, ValueId id) {
  Product product;
  multiply(graph, id, product, 0);
  return product;
}

/// The input of a T, or kNoValue.
template <class T>
ValueId input_of(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  return node.op.is<T>() ? node.inputs[0] : kNoValue;
}

/// x where `id` is Relu6(x + 3).
ValueId raised_and_cut(const Graph& graph, ValueId id) {
  const ValueId sum = input_of<ops::Relu6>(graph, id);
  const auto add = sum.exists() ? operands_of<ops::Add>(graph, sum) : std::nullopt;
  return add && add->number == 3 ? add->x : kNoValue;
}

/// What a value becomes: an op of one input.
struct Match {
  AnyOp op;
  ValueId x;
};

/// Clamps as their files write them: between bounds, one after the other.
std::optional<Match> clamp(const Graph& graph, ValueId id) {
  if (const auto raised = operands_of<ops::Maximum>(graph, id)) {
    if (raised->number == 0) return Match{ops::Relu{}, raised->x};
    const auto cut = operands_of<ops::Minimum>(graph, raised->x);
    if (raised->number == -1 && cut && cut->number == 1) return Match{ops::ReluN1To1{}, cut->x};
    return std::nullopt;
  }
  const auto cut = operands_of<ops::Minimum>(graph, id);
  if (!cut) return std::nullopt;
  if (const ValueId x = input_of<ops::Relu>(graph, cut->x); x.exists()) {
    if (cut->number == 6) return Match{ops::Relu6{}, x};
    if (cut->number == 1) return Match{ops::Relu0To1{}, x};
  }
  const auto raised = operands_of<ops::Maximum>(graph, cut->x);
  if (cut->number == 1 && raised && raised->number == -1) return Match{ops::ReluN1To1{}, raised->x};
  return std::nullopt;
}

/// x where `id` is Maximum(x, the least of all numbers); infinities become that number.
ValueId not_raised(const Graph& graph, ValueId id) {
  const auto raised = operands_of<ops::Maximum>(graph, id);
  const bool changes_nothing =
      raised && raised->number <= static_cast<double>(std::numeric_limits<float>::lowest());
  return changes_nothing ? raised->x : kNoValue;
}

/// x times a function of x.
std::optional<Match> gated(const Graph& graph, ValueId x, ValueId gate, double number) {
  constexpr double kHalfRoot = 0.70710678118654752;
  if (is_near(number, 1.0 / 6) && raised_and_cut(graph, gate) == x)
    return Match{ops::HardSwish{}, x};
  if (is_near(number, 0.5)) {  // Gelu: x / 2 * (1 + erf(x / sqrt(2)))
    const auto sum = operands_of<ops::Add>(graph, gate);
    const ValueId inner = sum && sum->number == 1 ? input_of<ops::Erf>(graph, sum->x) : kNoValue;
    if (!inner.exists()) return std::nullopt;
    const auto product = product_of(graph, inner);
    const bool fits = product.factors == std::vector{x} && is_near(product.number, kHalfRoot);
    return fits ? std::optional(Match{ops::Gelu{}, x}) : std::nullopt;
  }
  if (number != 1) return std::nullopt;
  if (const auto* hard = graph.node(gate).op.as<ops::HardSigmoid>()) {
    const bool same = is_near(static_cast<double>(hard->alpha), 1.0 / 6) && hard->beta == 0.5F;
    if (same && graph.node(gate).inputs[0] == x) return Match{ops::HardSwish{}, x};
  }
  if (const ValueId inner = input_of<ops::Sigmoid>(graph, gate); inner.exists()) {
    const auto product = product_of(graph, inner);
    if (product.factors == std::vector{x} && std::isfinite(product.number))
      return Match{ops::Swish{.alpha = static_cast<float>(product.number)}, x};
  }
  const ValueId tanh = input_of<ops::Tanh>(graph, gate);
  if (tanh.exists() && input_of<ops::Softplus>(graph, tanh) == x) return Match{ops::Mish{}, x};
  return std::nullopt;
}

std::optional<Match> match(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  if (node.outputs.size() != 1 || node.outputs[0].type.dtype != DType::f32) return std::nullopt;
  if (node.op.is<ops::Maximum>() || node.op.is<ops::Minimum>()) return clamp(graph, id);
  if (!node.op.is<ops::Mul>() && !node.op.is<ops::Div>()) return std::nullopt;
  const auto product = product_of(graph, id);
  const auto& factors = product.factors;
  if (factors.size() == 1 && is_near(product.number, 1.0 / 6)) {
    const ValueId x = raised_and_cut(graph, factors[0]);
    if (x.exists()) return Match{ops::HardSigmoid{.alpha = 1.0F / 6, .beta = 0.5F}, x};
  }
  if (factors.size() != 2) return std::nullopt;
  auto out = gated(graph, factors[0], factors[1], product.number);
  if (!out) out = gated(graph, factors[1], factors[0], product.number);
  return out;
}

}  // namespace

Result<bool> match_activations(Graph& graph) {
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const ValueId id{n, 0};
    if (const auto x = not_raised(graph, id); x.exists() && graph.type(x) == graph.type(id)) {
      rewriter.replace(id, x);
      changed = true;
      continue;
    }
    const auto found = match(graph, id);
    if (!found || graph.type(found->x) != graph.type(id)) continue;
    const auto name = graph.value(id).name + "/matched";
    rewriter.replace(id, SLIPWAY_TRY(rewriter.add(found->op, {found->x}, name)));
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
