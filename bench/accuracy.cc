// The class of every labelled picture through our own decoding, resizing and interpreter, beside
// what an independent peer gave for it (reference/accuracy of the test data); and through plans of
// kernels: how many classes are not those of the interpreter.
//
// usage: accuracy [MODEL...]

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <thread>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/csv.h"
#include "compile/compiler.h"
#include "device/cpu/stream.h"
#include "ir/interpret.h"
#include "models.h"
#include "vision/decode.h"
#include "vision/preprocess.h"

namespace slipway::bench {
namespace {

/// Ways to compute a network by kernels.
enum Way : std::uint8_t { fp32, winograd, bf16, by_itself, kWays };

struct Score {
  std::size_t pictures = 0;
  std::size_t right = 0;
  std::size_t as_peer = 0;
  std::array<std::size_t, kWays> changed{};
};

/// A network as plans of kernels, and what they need for one run at a time.
class Plans {
 public:
  /// Errors  as compile::plan()
  static Result<Plans> make(const Graph& graph) {
    Plans out;
    for (int way = 0; way < kWays; ++way) {
      compile::CompileOptions options{.isa = kernels::newest_here()};
      if (way != by_itself)
        options.precision = way == bf16 ? cpu::Precision::bf16 : cpu::Precision::fp32;
      if (way == winograd) options.choose = winograd_everywhere;
      out.planned_.push_back(
          std::make_unique<compile::Planned>(SLIPWAY_TRY(compile::plan(graph, options))));
      const auto& planned = *out.planned_.back();
      out.streams_.push_back(std::make_unique<cpu::Stream>(planned.graph, planned.plan));
    }
    return out;
  }

  std::int64_t predict(int way, std::span<const Tensor> inputs);

 private:
  /// Tiles of 4 x 4 in each layer that takes them.
  static Result<cpu::Chosen> winograd_everywhere(const Graph& graph, kernels::Isa isa,
                                                 cpu::Precision precision) {
    cpu::Chosen out;
    const auto plan = SLIPWAY_TRY(cpu::lower(graph, {isa, {}, precision}));
    for (const auto& question : plan.questions) {
      for (const auto& candidate : question.candidates)
        if (candidate.ends_with(" winograd4")) out.best[question.layer] = candidate;
    }
    return out;
  }

  std::vector<std::unique_ptr<compile::Planned>> planned_;
  std::vector<std::unique_ptr<cpu::Stream>> streams_;
};

/// The largest element's index; the lowest index wins ties.
std::int64_t top(const Tensor& tensor) {
  const auto values = to_doubles(tensor);
  return std::max_element(values.begin(), values.end()) - values.begin();
}

std::int64_t Plans::predict(int way, std::span<const Tensor> inputs) {
  auto& stream = *streams_[static_cast<std::size_t>(way)];
  stream.set_inputs(inputs);
  stream.run();
  return top(stream.outputs()[0]);
}

/// Every second row, beginning with `first`.
Result<Score> measure_half(const Files& files, const Graph& graph, const std::string& folder,
                           const std::vector<std::vector<std::string>>& rows, std::size_t first) {
  Score score;
  auto plans = SLIPWAY_TRY(Plans::make(graph));
  for (std::size_t i = first; i < rows.size(); i += 2) {
    const auto& row = rows[i];  // file, label, the peer's class, its score
    const auto picture =
        SLIPWAY_TRY(read_picture(files, join(folder, row[0])).during("{}", row[0]));
    const Tensor inputs[] = {
        SLIPWAY_TRY(to_input(picture, *graph.recipe, graph.type(graph.inputs()[0])))};
    const auto interpreted = top(SLIPWAY_TRY(interpret(graph, inputs))[0]);
    for (int way = 0; way < kWays; ++way)
      if (plans.predict(way, inputs) != interpreted) ++score.changed[static_cast<std::size_t>(way)];
    const auto is = fmt::to_string(interpreted);
    ++score.pictures;
    if (is == row[1]) ++score.right;
    if (is == row[2]) ++score.as_peer;
    if (is != row[2]) fmt::print(stderr, "  {}: class {}, the peer's {}\n", row[0], is, row[2]);
  }
  return score;
}

Result<Score> measure(const Files& files, const std::string& name) {
  const auto graph = SLIPWAY_TRY(model(files, name));
  const auto path = fmt::format("{}/reference/accuracy/{}.csv", test_data(), name);
  const auto bytes = SLIPWAY_TRY(files.read(path));
  const auto rows = SLIPWAY_TRY(parse_csv(as_text(bytes))).rows;
  const auto folder = fmt::format(
      "{}/data/{}", test_data(),
      name.starts_with("resnet8") || name == "samplenet" ? "cifar10_1000" : "imagenet200");
  Result<Score> halves[2] = {Score{}, Score{}};
  std::thread other([&] { halves[1] = measure_half(files, graph, folder, rows, 1); });
  halves[0] = measure_half(files, graph, folder, rows, 0);
  other.join();
  Score sum = SLIPWAY_TRY(halves[0]);
  const Score second = SLIPWAY_TRY(halves[1]);
  sum.pictures += second.pictures;
  sum.right += second.right;
  sum.as_peer += second.as_peer;
  for (std::size_t way = 0; way < kWays; ++way) sum.changed[way] += second.changed[way];
  return sum;
}

int run(std::vector<std::string> names) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  if (names.empty()) {
    names = {"mobilenet_v1_0.25_224_float",
             "mobilenet_v1_0.25_224_quant",
             "mobilenet_v2_1.0_224_quant",
             "resnet8_cifar10_float",
             "resnet8_cifar10_int8",
             "squeezenet_v1.1",
             "samplenet"};
  }
  bool enough = true;
  fmt::print(
      "| model | pictures | top-1 % | class as the peer % | needed % | changed by kernels in fp32 "
      "| "
      "with Winograd's 4 x 4 | in bf16 | as compiled by itself "
      "|\n|---|---|---|---|---|---|---|---|---|\n");
  for (const auto& name : names) {
    const auto score = measure(files, name);
    if (!score) {
      fmt::print(stderr, "{}: {}\n", name, score.error().message);
      return 1;
    }
    const double share =
        100.0 * static_cast<double>(score->as_peer) / static_cast<double>(score->pictures);
    const double needed = name.ends_with("quant") || name.ends_with("int8") ? 98.5 : 99.0;
    fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {} |\n", name, score->pictures,
               100.0 * static_cast<double>(score->right) / static_cast<double>(score->pictures),
               share, needed, fmt::join(score->changed, " | "));
    std::fflush(stdout);
    enough = enough && share >= needed && score->changed[fp32] + score->changed[by_itself] <= 1;
  }
  return enough ? 0 : 1;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) { return slipway::bench::run({argv + 1, argv + argc}); }
