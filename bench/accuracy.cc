// The class of every labelled picture through our own decoding, resizing and interpreter, beside
// what an independent peer gave for it (reference/accuracy of the test data).
//
// usage: accuracy [MODEL...]

#include <algorithm>
#include <thread>

#include <fmt/core.h>

#include "base/csv.h"
#include "ir/interpret.h"
#include "models.h"
#include "vision/decode.h"
#include "vision/preprocess.h"

namespace slipway::bench {
namespace {

struct Score {
  std::size_t pictures = 0;
  std::size_t right = 0;
  std::size_t as_peer = 0;
};

/// The largest element's index; the lowest index wins ties.
std::int64_t top(const Tensor& tensor) {
  const auto values = to_doubles(tensor);
  return std::max_element(values.begin(), values.end()) - values.begin();
}

Result<std::int64_t> predict(const Files& files, const Graph& graph, const std::string& path) {
  const auto picture = SLIPWAY_TRY(read_picture(files, path));
  const Tensor inputs[] = {
      SLIPWAY_TRY(to_input(picture, *graph.recipe, graph.type(graph.inputs()[0])))};
  return top(SLIPWAY_TRY(interpret(graph, inputs))[0]);
}

/// Every second row, beginning with `first`.
Result<Score> measure_half(const Files& files, const Graph& graph, const std::string& folder,
                           const std::vector<std::vector<std::string>>& rows, std::size_t first) {
  Score score;
  for (std::size_t i = first; i < rows.size(); i += 2) {
    const auto& row = rows[i];  // file, label, the peer's class, its score
    const auto is = fmt::to_string(
        SLIPWAY_TRY(predict(files, graph, join(folder, row[0])).during("{}", row[0])));
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
      "| model | pictures | top-1 % | class as the peer % | needed % |\n|---|---|---|---|---|\n");
  for (const auto& name : names) {
    const auto score = measure(files, name);
    if (!score) {
      fmt::print(stderr, "{}: {}\n", name, score.error().message);
      return 1;
    }
    const double share =
        100.0 * static_cast<double>(score->as_peer) / static_cast<double>(score->pictures);
    const double needed = name.ends_with("quant") || name.ends_with("int8") ? 98.5 : 99.0;
    fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} |\n", name, score->pictures,
               100.0 * static_cast<double>(score->right) / static_cast<double>(score->pictures),
               share, needed);
    enough = enough && share >= needed;
  }
  return enough ? 0 : 1;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) { return slipway::bench::run({argv + 1, argv + argc}); }
