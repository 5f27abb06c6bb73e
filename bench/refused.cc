// Which nodes of real models the lowering refuses, and why.
//
// usage: refused [--outputs] MODEL...   (files, or names of networks in the program)

#include <algorithm>
#include <cmath>
#include <map>

#include "device/cpu/lower.h"
#include "device/cpu/stream.h"
#include "device/part.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "ir/reshape_inputs.h"
#include "oracle/oracle.h"
#include "passes/pipeline.h"
#include "zoo/list.h"

namespace slipway::bench {
namespace {

Result<Graph> read(const std::string& name) {
  if (const auto* model = zoo::find_model(name)) return zoo::read(*model);
  SystemEntropy entropy;
  return read_model(SystemFiles(entropy), name);
}

Result<void> close(Graph& graph) {
  std::vector<InputShape> shapes;
  for (const auto id : graph.inputs()) {
    const auto& value = graph.value(id);
    if (!value.type.is_known()) shapes.push_back({value.name, filled(value.type.shape)});
  }
  return set_input_shapes(graph, shapes);
}

/// Each node by itself; what a rule takes along is refused here and there.
void print_refused(const Graph& graph) {
  std::map<std::string, int> reasons;
  for (const auto& node : graph.nodes()) {
    if (node.op.is<Input>() || node.op.is<Constant>() || node.outputs[0].known) continue;
    const auto part = one_node(graph, node);
    if (!part) continue;
    const auto plan = cpu::lower(*part, {kernels::newest_here()});
    if (!plan) ++reasons[fmt::format("{}: {}", node.op.name(), plan.error().message)];
  }
  for (const auto& [reason, count] : reasons) fmt::print("  {:4} {}\n", count, reason);
}

Result<void> run(const std::string& name, bool outputs) {
  auto graph = SLIPWAY_TRY(read(name));
  SLIPWAY_TRY(close(graph));
  auto after = graph;
  SLIPWAY_TRY(passes::run_pipeline(after, {}));
  const auto plan = cpu::lower(after, {kernels::newest_here()});
  if (!plan) {
    fmt::print("{}: {}\n", name, plan.error().message);
    print_refused(after);
    return {};
  }
  fmt::print("{}: {} steps\n", name, plan->notes.size());
  if (!outputs) return {};
  const auto inputs = oracle::random_inputs(graph, 1);
  cpu::Stream stream(after, *plan);
  stream.set_inputs(inputs);
  stream.run();
  const auto is = stream.outputs();
  const auto should = SLIPWAY_TRY(interpret(after, inputs));
  for (std::size_t i = 0; i < is.size(); ++i)
    fmt::print("  output {}: apart by {:.2g} of the range\n", i,
               oracle::apart(is[i], should[i]).range_share);
  return {};
}

}  // namespace
}  // namespace slipway::bench

int main(int count, char** words) {
  bool outputs = false;
  int failed = 0;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--outputs") {
      outputs = true;
      continue;
    }
    const auto done = slipway::bench::run(word, outputs);
    if (!done) fmt::print("{}: {}\n", word, done.error().message);
    failed += done ? 0 : 1;
  }
  return failed == 0 ? 0 : 1;
}
