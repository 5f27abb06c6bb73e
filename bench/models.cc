#include "models.h"

#include <cstdlib>

#include "formats/format.h"

namespace slipway::bench {

std::string test_data() {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: no threads here
  return given == nullptr ? "../shared" : given;
}

Result<Graph> model(const Files& files, const std::string& name) {
  const bool onnx = name == "squeezenet_v1.1" || name == "samplenet";
  auto graph = SLIPWAY_TRY(
      read_model(files, fmt::format("{}/models/{}/{}.{}", test_data(), onnx ? "onnx" : "tflite",
                                    name, onnx ? "onnx" : "tflite")));
  if (onnx && graph.recipe) {  // what their authors fed them with; the files do not say so
    graph.recipe->color = ColorOrder::bgr;
    const bool squeeze = name == "squeezenet_v1.1";
    graph.recipe->mean = squeeze ? std::vector<float>{104, 117, 123}
                                 : std::vector<float>{113.8575F, 122.961F, 125.307F};
    graph.recipe->std =
        squeeze ? std::vector<float>{1} : std::vector<float>{51.255F, 50.847F, 51.5865F};
    if (!squeeze) graph.recipe->fit = Fit::stretch;
  }
  if (name == "resnet8_cifar10_float" && graph.recipe) {
    graph.recipe->mean = {0};  // trained on 0..255, and its file does not say so
    graph.recipe->std = {1};
  }
  // Its pictures have the size of its input: nothing is cropped.
  if (name.starts_with("resnet8") && graph.recipe) graph.recipe->fit = Fit::stretch;
  return graph;
}

Result<std::vector<std::string>> model_names(const Files& files) {
  std::vector<std::string> names;
  for (const auto& file : SLIPWAY_TRY(files.list(test_data() + "/models/tflite"))) {
    if (extension(file) == "tflite") names.emplace_back(stem(file));
  }
  return names;
}

}  // namespace slipway::bench
