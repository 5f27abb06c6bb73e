// MobileNetV1 0.25 with channels far apart, which is hard to quantize, as a file. Those between
// layers are scaled by powers of two from 1/16 to 16: the same function, bit by bit, in floats.
//
// usage: scaled OUT.slipway [SEED]

#include <algorithm>
#include <cstdlib>

#include <fmt/core.h>

#include "formats/format.h"
#include "ir/interpret.h"
#include "models.h"
#include "ops/testing.h"
#include "passes/pipeline.h"
#include "quant/testing.h"

namespace slipway::bench {
namespace {

Result<void> run(const std::string& path, std::uint64_t seed) {
  SystemEntropy entropy;
  SystemFiles files(entropy);
  const auto format = std::ranges::find(all_formats(), "slipway", &Format::extension);
  auto graph = SLIPWAY_TRY(model(files, "mobilenet_v1_0.25_224_float"));
  SLIPWAY_TRY(passes::run_pipeline(graph));
  const Graph before = graph;
  const int pairs = SLIPWAY_TRY(quant::scale_channels_apart(graph, seed));
  const auto inputs = inputs_for(before, 1);
  const auto should = SLIPWAY_TRY(interpret(before, inputs));
  const auto is = SLIPWAY_TRY(interpret(graph, inputs));
  if (!(should[0] == is[0])) return fail(Code::internal, "it does not compute the same");
  SLIPWAY_TRY(write_model(files, *format, graph, path));
  fmt::print("{}: {} values with channels scaled apart, the same output bit by bit\n", path, pairs);
  return {};
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: scaled OUT.slipway [SEED]\n");
    return 2;
  }
  const auto done =
      slipway::bench::run(argv[1], argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1);
  if (!done) fmt::print(stderr, "error: {}\n", done.error().message);
  return done ? 0 : 1;
}
