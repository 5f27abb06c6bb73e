#include "quant/partners.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace slipway::quant {
namespace {

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

bool only_moves(const Node& node) {
  static constexpr std::array<std::string_view, 12> kMoves = {
      "Quantize",  "Dequantize", "Reinterpret", "Reshape", "Transpose", "Squeeze",
      "Unsqueeze", "Identity",   "Pad",         "Slice",   "Cast",      "FakeQuant"};
  return is_one_of(node.op.name(), kMoves);
}

bool has_numbers(const TensorType& type) {
  return type.shape.is_known() && type.shape.elements() > 0 &&
         (type.dtype == DType::f32 || type.quant.has_value());
}

bool is_layer(const Node& node) {
  return !node.op.is<Input>() && !node.op.is<Constant>() && !node.outputs[0].known &&
         !only_moves(node) && has_numbers(node.outputs[0].type);
}

/// How well a value of B stands for a layer: what is computed in integers, then other integers.
int rank_of(const Node& node) {
  const bool integers = node.outputs[0].type.quant.has_value();
  return (integers ? 2 : 0) + (only_moves(node) ? 0 : 1);
}

/// The values of a graph by what they were called.
using Named = std::map<std::string_view, std::vector<std::int32_t>>;

Named named(const Graph& graph) {
  Named out;
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    const auto& node = graph.nodes()[static_cast<std::size_t>(n)];
    if (node.op.is<Input>() || node.op.is<Constant>() || node.outputs[0].known) continue;
    if (has_numbers(node.outputs[0].type)) out[root_name(node.outputs[0].name)].push_back(n);
  }
  return out;
}

class Matching {
 public:
  Matching(const Graph& a, const Graph& b) : a_(a), b_(b), named_(named(b)) {}

  Matched run() {
    for (std::int32_t n = 0; n < std::ssize(a_.nodes()); ++n)
      if (is_layer(a_.node({n, 0}))) match(n);
    for (const auto& node : b_.nodes()) {
      const auto root = root_name(node.outputs[0].name);
      if (is_layer(node) && !found_.contains(root)) out_.only_b.emplace_back(root);
    }
    return std::move(out_);
  }

 private:
  void match(std::int32_t n) {
    const auto& name = a_.value({n, 0}).name;
    const auto best = partner_of(n);
    if (!best.exists()) {
      out_.only_a.push_back(short_name(name));
      return;
    }
    found_.insert(root_name(name));
    // Where the passes split a layer of A, its last part is what became the layer of B.
    const auto part = std::ranges::find(out_.layers, best, &Partners::b);
    if (part != out_.layers.end()) {
      out_.only_a.push_back(a_.value(part->a).name);
      out_.layers.erase(part);
    }
    out_.layers.push_back({{n, 0}, best, short_name(name)});
  }

  [[nodiscard]] ValueId partner_of(std::int32_t n) const {
    const auto& value = a_.value({n, 0});
    const auto same = named_.find(root_name(value.name));
    ValueId best = kNoValue;
    if (same == named_.end()) return best;
    for (const auto m : same->second) {
      if (b_.type({m, 0}).shape != value.type.shape) continue;
      if (!best.exists() || rank_of(b_.node({m, 0})) > rank_of(b_.node(best))) best = {m, 0};
    }
    return best;
  }

  /// Where it still tells layers apart.
  std::string short_name(const std::string& name) {
    const auto root = root_name(name);
    return names_.insert(root).second ? std::string(root) : name;
  }

  const Graph& a_;
  const Graph& b_;
  Named named_;
  std::set<std::string_view> found_;
  std::set<std::string_view> names_;
  Matched out_;
};

}  // namespace

std::string_view root_name(std::string_view name) {
  static constexpr std::array<std::string_view, 22> kWords = {
      "integers", "quantized", "dequantized",    "before",       "unsigned", "signed",
      "floats",   "bytes",     "folded",         "moved",        "back",     "dense",
      "order",    "matched",   "looked_up",      "reshaped",     "repeated", "scaled",
      "shifted",  "dilated",   "channels_first", "channels_last"};
  static constexpr std::array<std::string_view, 5> kEnds = {
      "_QuantizeLinear_Output", "_DequantizeLinear_Output", "_QuantizeLinear", "_DequantizeLinear",
      "_quantized"};
  for (bool again = true; again;) {
    again = false;
    for (const auto end : kEnds) {
      if (name.size() <= end.size() || !name.ends_with(end)) continue;
      name.remove_suffix(end.size());
      again = true;
    }
    const auto slash = name.rfind('/');
    if (slash == std::string_view::npos || slash == 0) continue;
    auto word = name.substr(slash + 1);
    // A number makes names unique: "quantized_1".
    const auto digits = word.find_last_not_of("0123456789");
    if (digits != std::string_view::npos && digits + 1 < word.size() && word[digits] == '_')
      word = word.substr(0, digits);
    if (!is_one_of(word, kWords)) continue;
    name = name.substr(0, slash);
    again = true;
  }
  return name;
}

Matched match_layers(const Graph& a, const Graph& b) { return Matching(a, b).run(); }

}  // namespace slipway::quant
