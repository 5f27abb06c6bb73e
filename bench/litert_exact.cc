// Every TensorFlow Lite model of the test data on many inputs, real pictures and uniform random
// bytes, against LiteRT's reference kernels.
//
// usage: litert_exact [--inputs N] [MODEL...]

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/random.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "models.h"
#include "oracle/oracle.h"
#include "vision/decode.h"
#include "vision/preprocess.h"

namespace slipway::bench {
namespace {

/// Uniform over all values of integers, over 0..255 for floats as the recipe scales them.
Tensor random_input(const TensorType& type, const std::optional<Recipe>& recipe, Random& random) {
  TensorBuilder builder(type);
  if (type.dtype == DType::f32) {
    const float mean = recipe ? recipe->mean[0] : 0;
    const float std = recipe ? recipe->std[0] : 1;
    for (auto& x : builder.values<float>())
      x = (static_cast<float>(random.integer(0, 255)) - mean) / std;
  } else {
    for (auto& x : builder.bytes()) x = static_cast<std::byte>(random.integer(0, 255));
  }
  return std::move(builder).build();
}

Result<std::vector<Tensor>> inputs_for(const Files& files, const Graph& graph, std::size_t count) {
  const auto& type = graph.type(graph.inputs()[0]);
  const auto folder = test_data() + "/data/imagenet200";
  std::vector<std::string> pictures;
  for (const auto& name : SLIPWAY_TRY(files.list(folder))) {
    if (extension(name) == "jpeg") pictures.push_back(name);
  }
  Random random(7);
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < count; ++i) {
    if (graph.recipe && i % 2 == 0) {
      const auto picture =
          SLIPWAY_TRY(read_picture(files, join(folder, pictures[i * 3 % pictures.size()])));
      inputs.push_back(SLIPWAY_TRY(to_input(picture, *graph.recipe, type)));
    } else {
      inputs.push_back(random_input(type, graph.recipe, random));
    }
  }
  return inputs;
}

struct Outcome {
  std::size_t inputs = 0;
  std::size_t equal = 0;  // bit for bit
  double largest = 0;     // of floats as a share of the range, of integers in steps
  bool integer = true;
};

Result<Outcome> compare(const Files& files, const std::string& name, std::size_t count) {
  const auto path = fmt::format("{}/models/tflite/{}.tflite", test_data(), name);
  const auto graph = SLIPWAY_TRY(model(files, name));
  const auto inputs = SLIPWAY_TRY(inputs_for(files, graph, count));
  std::vector<oracle::Question> questions;
  for (const auto& input : inputs) {
    questions.push_back(
        {name, questions.empty() ? SLIPWAY_TRY(files.read(path)) : Bytes(), {input}, {}});
  }
  const auto answers = oracle::ask(oracle::kLiteRt, questions);
  Outcome outcome;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!answers[i].error.empty()) return fail(Code::internal, "LiteRT: {}", answers[i].error);
    const Tensor given[] = {inputs[i]};
    const auto outputs = SLIPWAY_TRY(interpret(graph, given));
    bool equal = outputs.size() == answers[i].outputs.size();
    for (std::size_t k = 0; equal && k < outputs.size(); ++k) {
      const auto& should = answers[i].outputs[k];
      const auto apart = oracle::apart(outputs[k], should);
      const double difference = is_float(should.dtype()) ? apart.range_share : apart.steps;
      outcome.largest = std::max(outcome.largest, difference);
      outcome.integer = outcome.integer && !is_float(should.dtype());
      equal = equal && difference == 0;
    }
    ++outcome.inputs;
    if (equal) ++outcome.equal;
  }
  return outcome;
}

int run(std::size_t count, std::vector<std::string> names) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  if (!oracle::peers_python()) {
    fmt::print(stderr, "no peers: ./dev peers makes them\n");
    return 2;
  }
  if (names.empty()) {
    const auto all = model_names(files);
    if (all) names = *all;
  }
  bool good = !names.empty();
  fmt::print("| model | inputs | bit-equal | largest difference |\n|---|---|---|---|\n");
  for (const auto& name : names) {
    const auto outcome = compare(files, name, count);
    if (!outcome) {
      fmt::print("| {} | {} | | {} |\n", name, count, outcome.error().message);
      good = false;
      continue;
    }
    fmt::print("| {} | {} | {} | {:.2g}{} |\n", name, outcome->inputs, outcome->equal,
               outcome->largest, outcome->integer ? " steps" : " of the range");
    std::fflush(stdout);
    good =
        good && (outcome->integer ? outcome->equal == outcome->inputs : outcome->largest <= 1e-4);
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  std::size_t count = 50;
  if (names.size() >= 2 && names[0] == "--inputs") {
    count = std::stoul(names[1]);
    names.erase(names.begin(), names.begin() + 2);
  }
  return slipway::bench::run(count, std::move(names));
}
