#pragma once
// Which values of a network become bytes, which of them share a scale, and what stays in floats.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace slipway::quant {

/// What a node does with bytes.
enum class Role : std::uint8_t {
  in_float,  // nothing: it computes with what the bytes stand for
  layer,     // multiplies by weights and adds a bias
  sum,       // combines two values, each with its scale
  mean,      // over all pixels
  function,  // of one number: a table
  move,      // its output holds elements of its inputs, or means of a few: one scale for all
};

/// Values with one scale.
struct Group {
  std::vector<ValueId> values;
  std::vector<ValueId> seen;       // those that are looked at; the others hold parts of them
  std::optional<Tensor> known;     // a constant
  std::optional<float> most = {};  // of what lies between 0 and that, whatever was seen
};

struct Points {
  std::vector<Role> roles;  // of each node
  std::vector<Group> groups;
  std::map<ValueId, std::size_t> group_of;
  std::map<std::int32_t, std::string> reasons;  // why a node computes in floats

  [[nodiscard]] Role role(ValueId id) const { return roles[static_cast<std::size_t>(id.node)]; }
};

/// Rewrites what has a form that keeps more of its accuracy in bytes: an average over all pixels
/// becomes a mean, which may have a scale of its own; and a convolution of one pixel, where it is
/// the last layer, becomes a dense one, which may give floats.
Result<void> prepare(Graph& graph);

/// For a graph that went through the passes (BatchNormalization folded, activations joined). Layers
/// and what stands between them become bytes, and so do moves behind the last layer; all else there
/// stays in floats, as do the nodes whose first output `keep_float` names. A dense layer behind
/// which nothing takes bytes multiplies bytes and gives floats: its output is in no group.
///
/// Errors  invalid_input: a name that no node has, a network with scales of its own
///         unsupported: no layer, or a size that is not known
Result<Points> find_points(const Graph& graph, const std::set<std::string>& keep_float);

}  // namespace slipway::quant
