#include "device/cpu/rounded.h"

#include <algorithm>

#include "device/cpu/float_products.h"
#include "device/cpu/rules.h"

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

bool has(const Question& question, const std::string& candidate) {
  return std::ranges::find(question.candidates, candidate) != question.candidates.end();
}

/// What a layer takes, or would take.
const std::string& chosen(const Question& question, const Choices& choices) {
  const auto at = choices.find(question.layer);
  return at != choices.end() && has(question, at->second) ? at->second
                                                          : question.candidates.front();
}

}  // namespace

std::vector<RoundingLayer> rounding_layers(const Graph& graph, const BuiltPlan& plan,
                                           const Choices& choices, const ExactWays& exact) {
  std::vector<RoundingLayer> out;
  std::vector<double> multiplications;
  bool is_measured = true;
  for (const auto& question : plan.questions) {
    if (!is_rounding(chosen(question, choices))) continue;
    const auto measured = exact.find(question.layer);
    const bool is_known = measured != exact.end() && has(question, measured->second.candidate);
    const auto first = std::ranges::find_if(
        question.candidates, [](std::string_view name) { return !is_rounding(name); });
    if (!is_known && first == question.candidates.end()) continue;
    std::set<std::string_view> alike;  // their last nodes
    for (const auto& note : plan.notes)
      if (note.layer == question.layer) alike.insert(note.last);
    const auto count = static_cast<double>(alike.size());
    double macs = 0;  // of the layer, with what it takes along
    for (const auto n : question.nodes)
      macs += static_cast<double>(cost_of(graph, graph.nodes()[static_cast<std::size_t>(n)]).macs);
    multiplications.push_back(count * macs);
    is_measured &= is_known;
    out.push_back({question.layer, is_known ? measured->second.candidate : *first,
                   is_known ? count * measured->second.saved : 0});
  }
  for (std::size_t i = 0; !is_measured && i < out.size(); ++i) out[i].gain = multiplications[i];
  return out;
}

std::set<ValueId> find_rounded(const Lowering& lowering) {
  if (!lowering.rounds()) return {};
  return Search(lowering).run();
}

}  // namespace slipway::cpu
