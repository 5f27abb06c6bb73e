// Graphs as text: what can be read prints as text that reads back and prints the same.

#include "base/check.h"
#include "ir/text.h"
#include "ops/list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto graph = parse_graph(as_text(std::as_bytes(std::span{data, size})), all_ops());
  if (!graph) return 0;
  std::vector<Tensor> blobs;
  const auto text = to_text(*graph, &blobs);
  const auto again = parse_graph(text, all_ops(), blobs);
  if (!again) std::fprintf(stderr, "%s\n%s\n", again.error().message.c_str(), text.c_str());
  SLIPWAY_CHECK(again);
  std::vector<Tensor> blobs_again;
  SLIPWAY_CHECK(to_text(*again, &blobs_again) == text);
  SLIPWAY_CHECK(blobs_again == blobs);
  return 0;
}
