// Networks of hgnet's search space as JSON: what is read can be made, or is refused with a
// sentence.

#include "zoo/nets/hgnet.h"

#include <algorithm>

#include "base/bytes.h"

namespace {

constexpr std::int64_t kManyChannels = 64;  // above, making weights takes too long for a fuzzer

bool is_small(const slipway::zoo::HgnetArch& arch) {
  double channels = static_cast<double>(arch.base_channels);
  std::size_t layers = arch.post.size();
  std::int64_t kernel = 0;
  const auto add = [&](const slipway::zoo::HgnetArch::Layers& more) {
    layers += more.size();
    for (const auto k : more) kernel = std::max(kernel, k);
  };
  add(arch.post);
  for (const auto& part : arch.hourglasses) {
    for (const auto& block : part.down) {
      channels *= std::max(1.0, block.expansion);
      add(block.layers);
    }
    for (const auto& block : part.skip) add(block);
    for (const auto& block : part.up) add(block);
  }
  return channels <= kManyChannels && layers <= 24 && kernel <= 7;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto arch = zoo::parse_hgnet(as_text(std::as_bytes(std::span{data, size})));
  if (!arch || !is_small(*arch)) return 0;
  const zoo::NetSpec spec{.seed = 1, .size = 64, .classes = 2, .batch = 1, .layout = Layout::nchw};
  const auto graph = zoo::make_hgnet(spec, *arch);
  if (!graph) SLIPWAY_CHECK(!graph.error().message.empty());
  return 0;
}
