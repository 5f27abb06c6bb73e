#include "device/cpu/rounded.h"

#include <algorithm>

#include "device/cpu/float_products.h"
#include "device/cpu/rules.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/matmul/fully_connected.h"

namespace slipway::cpu {
namespace {

Bf16 bf16_of(const Lowering& lowering, ValueId y, ValueId x) {
  const auto& node = lowering.graph().node(y);
  const auto* rule = is_source(node) ? nullptr : rule_of(node);
  return rule == nullptr || rule->bf16 == nullptr ? Bf16::never : rule->bf16(lowering, y, x);
}

bool is_alike(Bf16 how) { return how == Bf16::as_first || how == Bf16::as_all; }

/// Some values, from all that could be rounded to those that may be.
class Search {
 public:
  explicit Search(const Lowering& lowering) : graph_(lowering.graph()) {
    for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
      const ValueId y{n, 0};
      const auto& node = graph_.node(y);
      makes_.push_back(bf16_of(lowering, y, kNoValue));
      for (std::int32_t slot = 0; slot < std::ssize(node.outputs); ++slot) {
        const ValueId id{n, slot};
        const auto& type = graph_.type(id);
        const bool fits = makes_.back() != Bf16::never && type.dtype == DType::f32 && !type.quant &&
                          graph_.known(id) == nullptr;
        if (fits) rounded_.insert(id);
      }
      for (const auto id : node.inputs) {
        if (!id.exists()) continue;
        // Who joins values is asked even where another one takes them part by part.
        const bool reads =
            !is_alike(makes_.back()) && bf16_of(lowering, {lowering.taker(n), 0}, id) == Bf16::each;
        readers_[id].push_back({n, reads});
      }
    }
    for (const auto id : graph_.outputs()) rounded_.erase(id);
  }

  std::set<ValueId> run() && {
    while (std::erase_if(rounded_, [&](ValueId id) { return !may(id); }) != 0) {
    }
    return std::move(rounded_);
  }

 private:
  struct Reader {
    std::int32_t node;
    bool reads;  // in any case
  };

  [[nodiscard]] Bf16 makes(std::int32_t n) const { return makes_[static_cast<std::size_t>(n)]; }

  /// Whether all values are rounded that a node's outputs are to be like, and the outputs.
  [[nodiscard]] bool all_rounded(std::int32_t n) const {
    const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
    const auto is = [&](ValueId id) { return rounded_.contains(id); };
    for (std::int32_t slot = 0; slot < std::ssize(node.outputs); ++slot)
      if (!is({n, slot})) return false;
    return makes(n) == Bf16::as_first ? is(node.inputs[0]) : std::ranges::all_of(node.inputs, is);
  }

  [[nodiscard]] bool may(ValueId id) const {
    if (is_alike(makes(id.node)) && !all_rounded(id.node)) return false;
    const auto readers = readers_.find(id);
    if (readers == readers_.end()) return true;
    return std::ranges::all_of(readers->second, [&](const Reader& reader) {
      return is_alike(makes(reader.node)) ? all_rounded(reader.node) : reader.reads;
    });
  }

  const Graph& graph_;
  std::vector<Bf16> makes_;  // by node
  std::map<ValueId, std::vector<Reader>> readers_;
  std::set<ValueId> rounded_;
};

bool is_product(const Node& node) {
  return node.op.is<ops::Conv>() || node.op.is<ops::ConvTranspose>() ||
         node.op.is<ops::FullyConnected>();
}

/// Products that read none of another one, or that no other reads: by node.
std::vector<bool> first_and_last(const Graph& graph) {
  const auto& nodes = graph.nodes();
  std::vector<bool> behind(nodes.size());
  std::vector<bool> before(nodes.size());
  std::vector<bool> out(nodes.size());
  const auto each_input = [](const Node& node, const auto& visit) {
    for (const auto id : node.inputs)
      if (id.exists()) visit(static_cast<std::size_t>(id.node));
  };
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    each_input(nodes[n], [&](std::size_t k) {
      if (behind[k] || is_product(nodes[k])) behind[n] = true;
    });
  }
  for (std::size_t n = nodes.size(); n-- > 0;) {
    out[n] = is_product(nodes[n]) && (!behind[n] || !before[n]);
    if (before[n] || is_product(nodes[n]))
      each_input(nodes[n], [&](std::size_t k) { before[k] = true; });
  }
  return out;
}

bool is_rounding(std::string_view candidate) { return candidate.find(kRounded) != candidate.npos; }

/// What a layer takes, or would take.
const std::string& chosen(const Question& question, const Choices& choices) {
  const auto at = choices.find(question.layer);
  return at == choices.end() ? question.candidates.front() : at->second;
}

}  // namespace

Choices nearer(const Graph& graph, const BuiltPlan& plan, Choices choices) {
  const auto ends = first_and_last(graph);
  for (const auto& question : plan.questions) {
    const auto& candidates = question.candidates;
    const auto& is = chosen(question, choices);
    if (!is_rounding(is)) continue;
    const bool is_end = ends[static_cast<std::size_t>(question.nodes.back())];
    const bool is_tiled = is.find("winograd") != is.npos;
    const auto better = std::ranges::find_if(candidates, [&](std::string_view name) {
      return !is_rounding(name) &&
             (name.ends_with("winograd4") || (is_end && name.find("winograd") == name.npos));
    });
    if (better != candidates.end() && (is_end || !is_tiled)) choices[question.layer] = *better;
  }
  return choices;
}

Choices nearest(const Graph& graph, const BuiltPlan& plan, Choices choices) {
  constexpr std::int64_t kPart = 10;
  const auto all = cost_of(graph).macs;
  for (const auto& question : plan.questions) {
    const auto& candidates = question.candidates;
    const auto& last = graph.nodes()[static_cast<std::size_t>(question.nodes.back())];
    if (!is_rounding(chosen(question, choices)) || cost_of(graph, last).macs >= all / kPart)
      continue;
    const auto is_float = [](std::string_view name) { return !is_rounding(name); };
    auto better = std::ranges::find_if(candidates, [&](std::string_view name) {
      return is_float(name) && name.ends_with("winograd4");
    });
    if (better == candidates.end()) better = std::ranges::find_if(candidates, is_float);
    if (better != candidates.end()) choices[question.layer] = *better;
  }
  return choices;
}

std::set<ValueId> find_rounded(const Lowering& lowering) {
  if (!lowering.rounds()) return {};
  return Search(lowering).run();
}

}  // namespace slipway::cpu
