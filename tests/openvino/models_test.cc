// Whole OpenVINO models: against stored references of independent peers, and against OpenVINO.

#include <cmath>

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/format.h"
#include "formats/native/native.h"
#include "formats/onnx/onnx.h"
#include "ir/interpret.h"
#include "ir/rewrite.h"
#include "ops/case.h"
#include "ops/detect/detection_output.h"
#include "oracle/oracle.h"
#include "tensor/files.h"
#include "vision/detect.h"

namespace slipway {
namespace {

constexpr const char* kVehicles = "vehicle-license-plate-detection-barrier-0106_fp16_irv3";
constexpr const char* kFaces = "face-detection-retail-0004_fp16int8_irv11";
constexpr const char* kSampLeNet = "SampLeNet";

/// One model, with what it is compared with.
class OpenVinoModels : public testing::Test {
 protected:
  [[nodiscard]] static std::string path(const std::string& model) {
    return fmt::format("{}/models/openvino/{}.xml", oracle::test_data(), model);
  }

  [[nodiscard]] Tensor reference(const std::string& model, const std::string& picture,
                                 const std::string& name) const {
    const auto bytes = files_.read(fmt::format("{}/reference/openvino/{}/{}/{}.npy",
                                               oracle::test_data(), model, picture, name));
    EXPECT_TRUE(bytes) << name;
    if (!bytes) return {};
    auto tensor = from_npy(*bytes);
    EXPECT_TRUE(tensor) << name;
    return tensor ? std::move(tensor).value() : Tensor();
  }

  [[nodiscard]] bool absent(const std::string& model) const {
    return files_.kind(path(model)) == Files::Kind::absent;
  }

  [[nodiscard]] Graph read(const std::string& model) const {
    auto graph = read_model(files_, path(model));
    EXPECT_TRUE(graph) << graph.error().message << " / "
                       << (graph.error().trail.empty() ? "" : graph.error().trail[0]);
    return graph ? std::move(graph).value() : Graph();
  }

  static std::vector<Tensor> run(const Graph& graph, const Tensor& input) {
    const Tensor inputs[] = {input};
    auto outputs = interpret(graph, inputs);
    EXPECT_TRUE(outputs) << outputs.error().message;
    return outputs ? std::move(outputs).value() : std::vector<Tensor>();
  }

  SystemEntropy entropy_;
  SystemFiles files_{entropy_};
};

/// The rows of a DetectionOutput with at least this score, as boxes of parts of the picture.
std::vector<Box> boxes_of(const Tensor& rows, float least) {
  std::vector<Box> boxes;
  const auto values = rows.values<float>();
  for (std::size_t i = 0; i + 7 <= values.size() && values[i] >= 0; i += 7) {
    const auto row = values.subspan(i, 7);
    if (row[2] < least) continue;
    boxes.push_back({row[3], row[4], row[5], row[6], static_cast<int>(row[1]), row[2], ""});
  }
  return boxes;
}

/// As many boxes, each on its partner of the same class.
void expect_same_boxes(const std::vector<Box>& is, const std::vector<Box>& should, float overlap) {
  ASSERT_EQ(is.size(), should.size());
  for (const auto& box : should) {
    float best = 0;
    for (const auto& other : is) {
      if (other.class_index == box.class_index) best = std::max(best, iou(other, box));
    }
    EXPECT_GE(best, overlap) << "the box of class " << box.class_index << " at " << box.x1 << ", "
                             << box.y1;
  }
}

/// The graph with the inputs of its DetectionOutput as outputs.
Graph heads_of(Graph graph) {
  const auto& last = graph.node(graph.outputs()[0]);
  EXPECT_TRUE(last.op.is<ops::DetectionOutput>());
  graph.set_outputs(last.inputs);
  return graph;
}

TEST_F(OpenVinoModels, TheVehicleDetectorSeesWhatItsReferenceSees) {
  if (absent(kVehicles)) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  const auto graph = read(kVehicles);
  const auto heads = heads_of(graph);
  // As reference/openvino says, in meta.json: class, left, top, right, bottom.
  const std::vector<std::pair<std::string, std::vector<Box>>> pictures = {
      {"car_cab",
       {{0.28574F, 0.01233F, 0.74525F, 0.37045F, 1, 0.851F, ""},
        {0.82025F, 0.00043F, 0.99267F, 0.30789F, 1, 0.553F, ""}}},
      {"car_limousine", {{0.00102F, 0.03935F, 1.06095F, 0.80051F, 1, 1.0F, ""}}}};
  for (const auto& [picture, boxes] : pictures) {
    SCOPED_TRACE(picture);
    const auto input = reference(kVehicles, picture, "input");
    const auto outputs = run(heads, input);
    ASSERT_EQ(outputs.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto stored = reference(kVehicles, picture, fmt::format("det_in_{}", i));
      ASSERT_EQ(outputs[i].elements(), stored.elements());
      const auto a = to_doubles(outputs[i]);
      const auto b = to_doubles(stored);
      for (std::size_t k = 0; k < a.size(); ++k)
        ASSERT_NEAR(a[k], b[k], 1e-3) << "input " << i << ", element " << k;
    }
    const auto rows = run(graph, input);
    ASSERT_EQ(rows.size(), 1U);
    expect_same_boxes(boxes_of(rows[0], 0.5F), boxes, 0.99F);
  }
}

TEST_F(OpenVinoModels, TheFaceDetectorSeesWhatItsReferenceSees) {
  if (absent(kFaces)) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  const std::vector<Box> boxes = {{0.2569F, 0.2283F, 0.43145F, 0.56983F, 1, 1.0F, ""},
                                  {0.49882F, 0.12995F, 0.68258F, 0.47827F, 1, 1.0F, ""},
                                  {0.86006F, 0.32555F, 0.96049F, 0.51452F, 1, 0.995F, ""},
                                  {0.01547F, 0.28153F, 0.0986F, 0.45544F, 1, 0.978F, ""}};
  const auto rows = run(read(kFaces), reference(kFaces, "face", "input"));
  ASSERT_EQ(rows.size(), 1U);
  expect_same_boxes(boxes_of(rows[0], 0.3F), boxes, 0.95F);
}

TEST_F(OpenVinoModels, SampLeNetComputesItsReference) {
  if (absent(kSampLeNet)) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  const auto outputs = run(read(kSampLeNet), reference(kSampLeNet, "omz_samplenet_1", "input"));
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(difference(outputs[0], reference(kSampLeNet, "omz_samplenet_1", "out_0"), 1e-4), "");
}

/// Questions for OpenVINO itself about a model that it still reads.
std::vector<oracle::Question> questions(const Files& files, const std::string& path,
                                        std::vector<std::vector<Tensor>> inputs) {
  std::vector<oracle::Question> out;
  for (auto& each : inputs) out.push_back({fmt::format("{}", out.size()), {}, std::move(each), {}});
  auto weights = path;
  weights.replace(weights.size() - 3, 3, "bin");
  out[0].model = *files.read(path);
  out[0].more = *files.read(weights);
  return out;
}

TEST_F(OpenVinoModels, TheFaceDetectorAndOpenVinoSeeTheSame) {
  if (absent(kFaces)) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: ./dev peers makes them";
  const auto input = reference(kFaces, "face", "input");
  const auto answers = oracle::ask(oracle::kOpenVino, questions(files_, path(kFaces), {{input}}));
  ASSERT_EQ(answers[0].error, "");
  ASSERT_EQ(answers[0].outputs.size(), 1U);
  const auto rows = run(read(kFaces), input);
  expect_same_boxes(boxes_of(rows[0], 0.3F), boxes_of(answers[0].outputs[0], 0.3F), 0.95F);
}

TEST_F(OpenVinoModels, SampLeNetAndOpenVinoComputeTheSame) {
  if (absent(kSampLeNet)) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: ./dev peers makes them";
  const auto graph = read(kSampLeNet);
  std::vector<std::vector<Tensor>> inputs;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    inputs.push_back(oracle::random_inputs(graph, seed));
  const auto answers = oracle::ask(oracle::kOpenVino, questions(files_, path(kSampLeNet), inputs));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_EQ(answers[i].error, "");
    const auto outputs = interpret(graph, inputs[i]);
    ASSERT_TRUE(outputs);
    EXPECT_EQ(difference((*outputs)[0], answers[i].outputs.at(0), 1e-4), "") << "input " << i;
  }
}

/// Written in another format and read again.
Graph through(const Format& format, const Graph& graph) {
  const auto bytes = format.write(graph);
  EXPECT_TRUE(bytes) << bytes.error().message;
  if (!bytes) return {};
  const MemoryFiles files;
  auto again = format.read({files, "net", *bytes});
  EXPECT_TRUE(again) << again.error().message;
  return again ? std::move(again).value() : Graph();
}

TEST_F(OpenVinoModels, OtherFormatsKeepThem) {
  for (const auto* name : {kVehicles, kFaces, kSampLeNet}) {
    if (absent(name)) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
    SCOPED_TRACE(name);
    auto graph = read(name);
    EXPECT_TRUE(through(native_format, graph) == graph);
    // Where ONNX cannot say how the boxes are chosen, it can say all that lies before.
    const auto whole = onnx_format.write(graph);
    if (!whole) {
      EXPECT_NE(whole.error().message.find("ONNX has no operator for"), std::string::npos)
          << whole.error().message;
      graph = heads_of(std::move(graph));
      EXPECT_TRUE(Rewriter(graph).finish());
    }
    const auto again = through(onnx_format, graph);
    const auto inputs = oracle::random_inputs(graph, 5);
    const auto outputs = interpret(again, inputs);
    const auto expected = interpret(graph, inputs);
    ASSERT_TRUE(outputs && expected);
    ASSERT_EQ(outputs->size(), expected->size());
    for (std::size_t i = 0; i < expected->size(); ++i)
      EXPECT_TRUE((*outputs)[i] == (*expected)[i]) << "output " << i << ", by a bit or more";
  }
}

}  // namespace
}  // namespace slipway
