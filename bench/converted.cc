// TensorFlow Lite models written as ONNX: what ONNX Runtime makes of the labelled pictures, beside
// what our interpreter makes of the original.
//
// usage: converted [MODEL...]

#include <algorithm>

#include <fmt/core.h>

#include "base/csv.h"
#include "formats/onnx/onnx.h"
#include "ir/interpret.h"
#include "models.h"
#include "oracle/oracle.h"
#include "vision/decode.h"
#include "vision/preprocess.h"

namespace slipway::bench {
namespace {

struct Score {
  std::size_t pictures = 0;
  std::size_t right = 0;        // of our interpreter, on the original
  std::size_t right_there = 0;  // of ONNX Runtime, on what was written
  std::size_t same = 0;         // both give the same class
  double within_one = 0;        // the part of the output's integers that are within one step
};

std::string top(const Tensor& tensor) {
  const auto values = to_doubles(tensor);
  return fmt::to_string(std::max_element(values.begin(), values.end()) - values.begin());
}

Result<Score> measure(const Files& files, const std::string& name) {
  const auto graph = SLIPWAY_TRY(model(files, name));
  const auto written = SLIPWAY_TRY(onnx_format.write(graph));
  const auto labels =
      SLIPWAY_TRY(files.read(fmt::format("{}/reference/accuracy/{}.csv", test_data(), name)));
  const auto folder = name.starts_with("resnet8") ? "cifar10_1000" : "imagenet200";
  const auto rows = SLIPWAY_TRY(parse_csv(as_text(labels))).rows;  // file, label, ...
  std::vector<oracle::Question> questions;
  for (const auto& row : rows) {
    const auto path = fmt::format("{}/data/{}/{}", test_data(), folder, row[0]);
    const auto picture = SLIPWAY_TRY(read_picture(files, path));
    auto input = SLIPWAY_TRY(to_input(picture, *graph.recipe, graph.type(graph.inputs()[0])));
    questions.push_back({name, questions.empty() ? written : Bytes(), {std::move(input)}});
  }
  const auto answers = oracle::ask(oracle::kOnnxRuntime, questions);
  Score score;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!answers[i].error.empty()) return fail(Code::internal, "{}", answers[i].error);
    const auto ours = SLIPWAY_TRY(interpret(graph, questions[i].inputs))[0];
    const auto& theirs = answers[i].outputs.at(0);
    ++score.pictures;
    if (top(ours) == rows[i][1]) ++score.right;
    if (top(theirs) == rows[i][1]) ++score.right_there;
    if (top(theirs) == top(ours)) ++score.same;
    score.within_one += oracle::apart(theirs, ours).within_one;
  }
  score.within_one /= static_cast<double>(score.pictures);
  return score;
}

int run(std::vector<std::string> names) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  if (!oracle::peers_python()) {
    fmt::print(stderr, "no peers: ./dev peers makes them\n");
    return 2;
  }
  if (names.empty()) {
    names = {"mobilenet_v1_0.25_224_float", "mobilenet_v1_0.25_224_quant",
             "mobilenet_v2_1.0_224_quant", "resnet8_cifar10_float", "resnet8_cifar10_int8"};
  }
  fmt::print(
      "| model | pictures | top-1 %, original here | top-1 %, written, ONNX Runtime | same class % "
      "| "
      "integers within one step % |\n|---|---|---|---|---|---|\n");
  for (const auto& name : names) {
    const auto score = measure(files, name);
    if (!score) {
      fmt::print(stderr, "{}: {}\n", name, score.error().message);
      return 1;
    }
    const auto percent = [&](double part) {
      return 100 * part / static_cast<double>(score->pictures);
    };
    const bool whole = name.ends_with("quant") || name.ends_with("int8");
    const double same = percent(static_cast<double>(score->same));
    fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {} |\n", name, score->pictures,
               percent(static_cast<double>(score->right)),
               percent(static_cast<double>(score->right_there)), same,
               whole ? fmt::format("{:.1f}", 100 * score->within_one) : "");
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) { return slipway::bench::run({argv + 1, argv + argc}); }
