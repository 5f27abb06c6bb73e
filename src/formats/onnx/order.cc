#include <queue>

#include "formats/onnx/reader.h"

namespace slipway::formats {
namespace {

using Node = ::onnx::NodeProto;

/// Calls `visit` with every name that the node reads, in bodies too (those that a body computes
/// itself are among them; nobody outside computes a value of that name).
template <class Visit>
void each_input(const Node& root, const Visit& visit) {
  std::vector<const Node*> open = {&root};
  while (!open.empty()) {
    const Node& node = *open.back();
    open.pop_back();
    for (const auto& name : node.input()) visit(name);
    const auto enter = [&](const ::onnx::GraphProto& body) {
      for (const auto& inner : body.node()) open.push_back(&inner);
      for (const auto& output : body.output()) visit(output.name());
    };
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) enter(attribute.g());
      for (const auto& body : attribute.graphs()) enter(body);
    }
  }
}

}  // namespace

Result<std::vector<const Node*>> in_order(const ::google::protobuf::RepeatedPtrField<Node>& nodes) {
  const auto count = static_cast<std::size_t>(nodes.size());
  const auto at = [&](std::size_t i) -> const Node& { return nodes.Get(static_cast<int>(i)); };
  std::unordered_map<std::string_view, std::size_t> makers;
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& name : at(i).output()) {
      if (!name.empty()) makers.emplace(name, i);
    }
  }
  // Nodes that wait, and for how many values.
  std::vector<std::vector<std::size_t>> readers(count);
  std::vector<std::size_t> waiting(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    each_input(at(i), [&](const std::string& name) {
      const auto maker = makers.find(name);
      if (maker == makers.end()) return;
      readers[maker->second].push_back(i);
      ++waiting[i];
    });
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<const Node*> order;
  while (!ready.empty()) {
    const auto next = ready.top();
    ready.pop();
    order.push_back(&at(next));
    for (const auto reader : readers[next]) {
      if (--waiting[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() == count) return order;
  for (std::size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) continue;
    return fail(Code::invalid_input, "a cycle: the node {} '{}' depends on itself", at(i).op_type(),
                at(i).output_size() > 0 ? at(i).output(0) : at(i).name());
  }
  return order;
}

}  // namespace slipway::formats
