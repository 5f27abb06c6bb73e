// OpenVINO models, XML and weights in one input: what is read keeps the graph's promises, prints as
// text that reads back, and, where it is small, runs or refuses.
//
// The XML ends at the first byte of 0; the weights follow, and repeat so that a short input can
// still fill a filter.

#include "formats/openvino/openvino.h"

#include <algorithm>

#include "base/check.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/list.h"

namespace slipway {
namespace {

constexpr std::int64_t kMaxCost = 1 << 20;
constexpr std::int64_t kMaxBytes = 1 << 20;
constexpr std::size_t kWeights = 1 << 14;

void run_if_small(const Graph& graph) {
  const Cost cost = cost_of(graph);
  if (cost.macs < 0 || cost.ops < 0 || cost.macs > kMaxCost || cost.ops > kMaxCost) return;
  std::vector<Tensor> inputs;
  for (const auto id : graph.inputs()) {
    const auto& type = graph.type(id);
    if (!type.is_known() || type.bytes() > kMaxBytes) return;
    inputs.push_back(TensorBuilder(type).build());
  }
  const auto outputs = interpret(graph, inputs, {.max_bytes = 8 * kMaxBytes});
  if (outputs) SLIPWAY_CHECK(outputs->size() == graph.outputs().size());
}

/// The rest of the input, again and again.
Bytes weights_of(BytesView rest) {
  Bytes weights;
  while (!rest.empty() && weights.size() < kWeights) {
    const auto count = std::min(rest.size(), kWeights - weights.size());
    weights.insert(weights.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return weights;
}

}  // namespace
}  // namespace slipway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto all = std::as_bytes(std::span{data, size});
  const auto end = std::min(as_text(all).find('\0'), all.size());
  const auto xml = all.first(end);
  if (!openvino_format.can_read(xml)) return 0;
  MemoryFiles files;
  SLIPWAY_CHECK(files.write("x.bin", weights_of(all.subspan(std::min(end + 1, all.size())))));
  const auto graph = openvino_format.read({files, "x.xml", xml});
  if (!graph || !verify(*graph)) return 0;
  std::vector<Tensor> blobs;
  const auto text = to_text(*graph, &blobs);
  const auto again = parse_graph(text, all_ops(), blobs);
  if (!again) std::fprintf(stderr, "%s\n%s\n", again.error().message.c_str(), text.c_str());
  SLIPWAY_CHECK(again);
  run_if_small(*graph);
  return 0;
}
