#include "cli/layer_diff.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace slipway::cli {
namespace {

bool is_layer(const Node& node) { return !node.op.is<Input>() && !node.op.is<Constant>(); }

/// The layers of a graph as node numbers, and for each node its partner in the other graph.
struct Side {
  explicit Side(const Graph& g) : graph(g), partner(g.nodes().size(), -1) {
    for (std::size_t i = 0; i < g.nodes().size(); ++i) {
      if (is_layer(g.nodes()[i])) layers.push_back(static_cast<std::int32_t>(i));
    }
  }

  [[nodiscard]] const Node& node(std::int32_t i) const { return graph.node({i}); }

  [[nodiscard]] std::int32_t& partner_of(std::int32_t i) {
    return partner[static_cast<std::size_t>(i)];
  }

  /// The layers without a partner.
  [[nodiscard]] std::vector<std::int32_t> open() {
    std::vector<std::int32_t> out;
    for (const auto i : layers) {
      if (partner_of(i) < 0) out.push_back(i);
    }
    return out;
  }

  const Graph& graph;
  std::vector<std::int32_t> layers;
  std::vector<std::int32_t> partner;
};

void pair_up(Side& a, std::int32_t i, Side& b, std::int32_t j) {
  a.partner_of(i) = j;
  b.partner_of(j) = i;
}

void align_by_name(Side& a, Side& b) {
  std::map<std::string_view, std::int32_t> names;
  for (const auto j : b.layers) names.emplace(b.node(j).outputs[0].name, j);
  for (const auto i : a.layers) {
    const auto found = names.find(a.node(i).outputs[0].name);
    if (found != names.end() && b.node(found->second).op.name() == a.node(i).op.name())
      pair_up(a, i, b, found->second);
  }
}

/// What layers of other names are recognised by.
std::string signature(const Node& node, bool shape) {
  std::string out(node.op.name());
  if (shape) out += node.outputs[0].type.shape.text();
  return out;
}

/// The longest sequence of layers that both have in this order.
void align_by_structure(Side& a, Side& b, bool shape) {
  constexpr std::size_t kMostCells = 25'000'000;
  const auto left = a.open();
  const auto right = b.open();
  if (left.empty() || right.empty() || left.size() > kMostCells / right.size()) return;
  std::vector<std::string> x;
  std::vector<std::string> y;
  for (const auto i : left) x.push_back(signature(a.node(i), shape));
  for (const auto j : right) y.push_back(signature(b.node(j), shape));
  const std::size_t width = y.size() + 1;
  std::vector<std::uint32_t> length((x.size() + 1) * width, 0);
  for (std::size_t i = x.size(); i-- > 0;) {
    for (std::size_t j = y.size(); j-- > 0;) {
      length[i * width + j] =
          x[i] == y[j] ? length[(i + 1) * width + j + 1] + 1
                       : std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
    }
  }
  for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    if (x[i] == y[j]) {
      pair_up(a, left[i++], b, right[j++]);
    } else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
}

/// "7 of 432, at most 0.01": where two tensors of one shape differ.
std::string distance_text(const Tensor& a, const Tensor& b) {
  const auto x = to_doubles(dequantized(a));
  const auto y = to_doubles(dequantized(b));
  std::size_t count = 0;
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i]) continue;
    ++count;
    most = std::max(most, std::abs(x[i] - y[i]));
  }
  return fmt::format("{} of {} differ, by up to {:.3g}", count, x.size(), most);
}

/// What an input that is no constant is, as far as both sides can be compared: the number of a
/// graph's input, or the layer, in the words of A.
std::string source(Side& side, ValueId id, bool is_b, const Side& a) {
  if (!id.exists()) return "nothing";
  const auto inputs = side.graph.inputs();
  const auto at = std::find(inputs.begin(), inputs.end(), id);
  if (at != inputs.end()) return fmt::format("input {}", at - inputs.begin());
  const auto same = is_b ? side.partner_of(id.node) : id.node;
  const auto& node = same < 0 ? side.node(id.node) : a.node(same);
  const auto slot = std::min(static_cast<std::size_t>(id.slot), node.outputs.size() - 1);
  return node.outputs[slot].name;
}

void compare_inputs(Side& a, const Node& x, Side& b, const Node& y, std::vector<Change>& out) {
  const auto count = std::max(x.inputs.size(), y.inputs.size());
  for (std::size_t k = 0; k < count; ++k) {
    const auto p = k < x.inputs.size() ? x.inputs[k] : kNoValue;
    const auto q = k < y.inputs.size() ? y.inputs[k] : kNoValue;
    const auto* u = p.exists() ? a.node(p.node).op.as<Constant>() : nullptr;
    const auto* v = q.exists() ? b.node(q.node).op.as<Constant>() : nullptr;
    const auto what = fmt::format("{} {}", u != nullptr || v != nullptr ? "weights" : "input", k);
    if (u != nullptr && v != nullptr) {
      if (u->value == v->value) continue;
      if (u->value.type() == v->value.type()) {
        out.push_back({what, distance_text(u->value, v->value), ""});
      } else if (u->value.elements() == v->value.elements()) {
        out.push_back({what, u->value.type().text(), v->value.type().text()});
        out.push_back({what, distance_text(u->value, v->value), ""});
      } else {
        out.push_back({what, u->value.type().text(), v->value.type().text()});
      }
      continue;
    }
    const auto from = u != nullptr ? "a constant" : source(a, p, false, a);
    const auto to = v != nullptr ? "a constant" : source(b, q, true, a);
    if (from != to) out.push_back({what, from, to});
  }
}

void compare_fields(const Node& x, const Node& y, std::vector<Change>& out) {
  std::map<std::string, std::pair<std::string, std::string>> fields;
  for (const auto& field : x.op.fields()) fields[field.name].first = field.value;
  for (const auto& field : y.op.fields()) fields[field.name].second = field.value;
  for (const auto& [name, values] : fields) {
    if (values.first == values.second) continue;
    const auto text = [](const std::string& value) { return value.empty() ? "default" : value; };
    out.push_back({name, text(values.first), text(values.second)});
  }
}

std::vector<Change> compare_nodes(Side& a, const Node& x, Side& b, const Node& y) {
  std::vector<Change> out;
  if (x.op.name() != y.op.name())
    out.push_back({"op", std::string(x.op.name()), std::string(y.op.name())});
  for (std::size_t k = 0; k < std::max(x.outputs.size(), y.outputs.size()); ++k) {
    const auto text = [k](const Node& node) {
      return k < node.outputs.size() ? node.outputs[k].type.text() : std::string("nothing");
    };
    if (text(x) != text(y))
      out.push_back({k == 0 ? "output" : fmt::format("output {}", k), text(x), text(y)});
  }
  compare_fields(x, y, out);
  compare_inputs(a, x, b, y, out);
  return out;
}

/// Inputs or outputs of the whole model.
void compare_ends(const Graph& a, std::span<const ValueId> x, const Graph& b,
                  std::span<const ValueId> y, std::string_view word, std::vector<Change>& out) {
  for (std::size_t k = 0; k < std::max(x.size(), y.size()); ++k) {
    const auto text = [k](const Graph& graph, std::span<const ValueId> ids) {
      if (k >= ids.size()) return std::string("nothing");
      return fmt::format("{} {}", graph.value(ids[k]).name, graph.type(ids[k]).text());
    };
    if (text(a, x) != text(b, y))
      out.push_back({fmt::format("{} {}", word, k), text(a, x), text(b, y)});
  }
}

std::string short_text(const Json& value) {
  constexpr std::size_t kMost = 3;
  const auto* list = value.array();
  if (list == nullptr || list->size() <= kMost) return value.text(0);
  return fmt::format("{} of them: {}, …", list->size(), (*list)[0].text(0));
}

void compare_recipes(const Graph& a, const Graph& b, std::vector<Change>& out) {
  if (a.recipe == b.recipe) return;
  if (!a.recipe || !b.recipe) {
    out.push_back({"recipe", a.recipe ? "there" : "none", b.recipe ? "there" : "none"});
    return;
  }
  const auto x = parse_json(to_text(*a.recipe));
  const auto y = parse_json(to_text(*b.recipe));
  if (!x || !y || x->object() == nullptr) return;
  for (const auto& [name, value] : *x->object()) {
    const auto* other = y->find(name);
    if (other != nullptr && !(*other == value))
      out.push_back({name, short_text(value), short_text(*other)});
  }
}

void compare_metadata(const Graph& a, const Graph& b, std::vector<Change>& out) {
  const auto get = [](const Graph& graph, const std::string& key) {
    constexpr std::size_t kMost = 60;
    const auto at = graph.metadata.find(key);
    return at == graph.metadata.end() ? std::string("none") : at->second.substr(0, kMost);
  };
  auto keys = a.metadata;
  keys.insert(b.metadata.begin(), b.metadata.end());
  for (const auto& [key, ignored] : keys) {
    const auto x = a.metadata.find(key);
    const auto y = b.metadata.find(key);
    const bool same = x != a.metadata.end() && y != b.metadata.end() && x->second == y->second;
    if (!same) out.push_back({key, get(a, key), get(b, key)});
  }
}

}  // namespace

GraphDiff diff_graphs(const Graph& graph_a, const Graph& graph_b) {
  Side a(graph_a);
  Side b(graph_b);
  align_by_name(a, b);
  align_by_structure(a, b, true);
  align_by_structure(a, b, false);
  GraphDiff diff;
  std::vector<std::int32_t> extra = b.open();  // shown where they stand in B
  auto next = extra.begin();
  const auto show_extra = [&](std::int32_t before) {
    for (; next != extra.end() && *next < before; ++next) {
      const auto& node = b.node(*next);
      diff.layers.push_back({.kind = LayerChange::Kind::only_b,
                             .name = node.outputs[0].name,
                             .other_name = {},
                             .op = std::string(node.op.name()),
                             .changes = {}});
    }
  };
  for (const auto i : a.layers) {
    const auto& x = a.node(i);
    const auto j = a.partner_of(i);
    LayerChange change{.kind = LayerChange::Kind::only_a,
                       .name = x.outputs[0].name,
                       .other_name = {},
                       .op = std::string(x.op.name()),
                       .changes = {}};
    if (j < 0) {
      diff.layers.push_back(std::move(change));
      continue;
    }
    show_extra(j);
    const auto& y = b.node(j);
    change.kind = LayerChange::Kind::changed;
    if (y.outputs[0].name != change.name) change.other_name = y.outputs[0].name;
    change.changes = compare_nodes(a, x, b, y);
    if (!change.changes.empty()) {
      diff.layers.push_back(std::move(change));
    } else if (!change.other_name.empty()) {
      ++diff.renamed;
    }
  }
  show_extra(INT32_MAX);
  compare_ends(graph_a, graph_a.inputs(), graph_b, graph_b.inputs(), "input", diff.inputs);
  compare_ends(graph_a, graph_a.outputs(), graph_b, graph_b.outputs(), "output", diff.inputs);
  compare_recipes(graph_a, graph_b, diff.recipe);
  compare_metadata(graph_a, graph_b, diff.metadata);
  return diff;
}

}  // namespace slipway::cli
