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

Matched match_layers(const Graph& a, const Graph& b) {
  std::map<std::string_view, std::vector<std::int32_t>> named;
  for (std::int32_t n = 0; n < std::ssize(b.nodes()); ++n) {
    const auto& node = b.nodes()[static_cast<std::size_t>(n)];
    if (node.op.is<Input>() || node.op.is<Constant>() || node.outputs[0].known) continue;
    if (has_numbers(node.outputs[0].type)) named[root_name(node.outputs[0].name)].push_back(n);
  }
  Matched out;
  std::set<std::string_view> found;
  std::set<std::string_view> names;
  // Shorter names, where they still tell layers apart.
  const auto short_name = [&](const std::string& name) {
    const auto root = root_name(name);
    return names.insert(root).second ? std::string(root) : name;
  };
  for (std::int32_t n = 0; n < std::ssize(a.nodes()); ++n) {
    const auto& node = a.nodes()[static_cast<std::size_t>(n)];
    if (!is_layer(node)) continue;
    const auto& value = node.outputs[0];
    std::int32_t best = -1;
    const auto same = named.find(root_name(value.name));
    if (same != named.end()) {
      for (const auto m : same->second) {
        const auto& other = b.nodes()[static_cast<std::size_t>(m)];
        if (other.outputs[0].type.shape != value.type.shape) continue;
        if (best < 0 || rank_of(other) > rank_of(b.nodes()[static_cast<std::size_t>(best)]))
          best = m;
      }
    }
    if (best < 0) {
      out.only_a.push_back(short_name(value.name));
      continue;
    }
    found.insert(same->first);
    // Where the passes split a layer of A, its last part is what became the layer of B.
    const auto part = std::ranges::find(out.layers, ValueId{best, 0}, &Partners::b);
    if (part != out.layers.end()) {
      out.only_a.push_back(a.value(part->a).name);
      out.layers.erase(part);
    }
    out.layers.push_back({{n, 0}, {best, 0}, short_name(value.name)});
  }
  for (const auto& node : b.nodes())
    if (is_layer(node) && !found.contains(root_name(node.outputs[0].name)))
      out.only_b.emplace_back(root_name(node.outputs[0].name));
  return out;
}

}  // namespace slipway::quant
