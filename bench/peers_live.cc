// ONNX and OpenVINO models of the test data on random inputs, against ONNX Runtime and OpenVINO.
//
// usage: peers_live [--inputs N] [MODEL...]

#include <algorithm>

#include <fmt/core.h>

#include "formats/format.h"
#include "ir/interpret.h"
#include "models.h"
#include "oracle/oracle.h"

namespace slipway::bench {
namespace {

struct Outcome {
  std::size_t inputs = 0;
  std::size_t same_top = 0;  // the largest element of the first output is the same
  double range_share = 0;    // the largest difference of floats over the output's range
  std::size_t integers = 0;  // elements of integer outputs
  double near = 0;           // of those, how many are within one step
  double worst = 1;          // the smallest part of an output's integers that are within one step
};

std::size_t top(const Tensor& tensor) {
  const auto values = to_doubles(tensor);
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

/// The peer for a model file, and the bytes of its second file.
Result<std::pair<oracle::Peer, Bytes>> peer_of(const Files& files, const std::string& path) {
  if (extension(path) == "onnx") return std::pair(oracle::kOnnxRuntime, Bytes());
  auto weights = SLIPWAY_TRY(files.read(path.substr(0, path.size() - 3) + "bin"));
  return std::pair(oracle::kOpenVino, std::move(weights));
}

Result<Outcome> compare(const Files& files, const std::string& path, std::size_t count) {
  const auto graph = SLIPWAY_TRY(read_model(files, path));
  const auto [peer, weights] = SLIPWAY_TRY(peer_of(files, path));
  std::vector<oracle::Question> questions;
  for (std::size_t i = 0; i < count; ++i) {
    questions.push_back({path, i == 0 ? SLIPWAY_TRY(files.read(path)) : Bytes(),
                         oracle::random_inputs(graph, i + 1), weights});
  }
  const auto answers = oracle::ask(peer, questions);
  Outcome outcome;
  for (std::size_t i = 0; i < count; ++i) {
    if (!answers[i].error.empty()) return fail(Code::internal, "the peer: {}", answers[i].error);
    const auto outputs = SLIPWAY_TRY(interpret(graph, questions[i].inputs));
    ++outcome.inputs;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const auto apart = oracle::apart(outputs[k], answers[i].outputs.at(k));
      if (is_float(outputs[k].dtype())) {
        outcome.range_share = std::max(outcome.range_share, apart.range_share);
      } else {
        const auto elements = static_cast<std::size_t>(outputs[k].shape().elements());
        outcome.integers += elements;
        outcome.near += apart.within_one * static_cast<double>(elements);
        outcome.worst = std::min(outcome.worst, apart.within_one);
      }
    }
    if (top(outputs[0]) == top(answers[i].outputs.at(0))) ++outcome.same_top;
  }
  return outcome;
}

Result<std::vector<std::string>> models(const Files& files) {
  std::vector<std::string> paths;
  for (const char* const folder : {"onnx", "openvino"}) {
    const auto home = fmt::format("{}/models/{}", test_data(), folder);
    for (const auto& file : SLIPWAY_TRY(files.list(home))) {
      if (extension(file) != "bin") paths.push_back(join(home, file));
    }
  }
  return paths;
}

int run(std::size_t count, std::vector<std::string> paths) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  if (!oracle::peers_python()) {
    fmt::print(stderr, "no peers: ./dev peers makes them\n");
    return 2;
  }
  if (paths.empty()) {
    const auto all = models(files);
    if (all) paths = *all;
  }
  bool good = !paths.empty();
  fmt::print(
      "| model | inputs | same top-1 | largest difference of floats, of the range | integers "
      "within one step | of the worst input |\n|---|---|---|---|---|---|\n");
  for (const auto& path : paths) {
    const auto outcome = compare(files, path, count);
    if (!outcome) {
      fmt::print("| {} | {} | | {} | | |\n", base_name(path), count, outcome.error().message);
      good = false;
      continue;
    }
    const bool integers = outcome->integers != 0;
    const double share = integers ? outcome->near / static_cast<double>(outcome->integers) : 1;
    fmt::print("| {} | {} | {} | {} | {} | {} |\n", base_name(path), outcome->inputs,
               outcome->same_top, integers ? "" : fmt::format("{:.2g}", outcome->range_share),
               integers ? fmt::format("{:.4f}", share) : "",
               integers ? fmt::format("{:.4f}", outcome->worst) : "");
    std::fflush(stdout);
    good = good && outcome->range_share <= 1e-4 && share >= 0.999;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  std::size_t count = 20;
  if (names.size() >= 2 && names[0] == "--inputs") {
    count = std::stoul(names[1]);
    names.erase(names.begin(), names.begin() + 2);
  }
  return slipway::bench::run(count, std::move(names));
}
