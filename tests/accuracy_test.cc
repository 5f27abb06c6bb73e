// `slipway accuracy` on real models: classes beside those of independent peers, boxes and masks
// beside what pycocotools and scikit-learn count.

#include <cstdlib>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "oracle/oracle.h"
#include "vision/decode.h"
#include "vision/encode.h"
#include "vision/mask.h"

namespace slipway {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone with the test, and the program.
class AccuracyProgram : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(model("mobilenet_v1_0.25_224_float")))
      GTEST_SKIP() << "no models in " << oracle::test_data() << ": set SLIPWAY_TESTDATA";
    folder_ = fs::temp_directory_path() / fmt::format("slipway_accuracy_{:016x}", entropy_.next());
    fs::create_directory(folder_);
  }

  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  static std::string model(const std::string& name) {
    const bool onnx = name == "squeezenet_v1.1" || name == "samplenet";
    const std::string end = onnx ? "onnx" : "tflite";
    return fmt::format("{}/models/{}/{}.{}", oracle::test_data(), end, name, end);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  [[nodiscard]] std::string text(const std::string& file) const {
    const auto bytes = files_.read(file);
    EXPECT_TRUE(bytes.ok()) << file;
    return bytes ? std::string(as_text(*bytes)) : "";
  }

  void write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(files_.write(path(name), as_bytes(content)).ok());
  }

  static void run(const std::string& command) {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: our own command
  }

  /// What the program says with these words.
  Json slipway(const std::string& words) {
    const auto out = path("out.json");
    run(fmt::format("{} {} --tune none --warmup 0 -q --json > '{}'", SLIPWAY_PROGRAM, words, out));
    const auto json = parse_json(text(out));
    EXPECT_TRUE(json.ok()) << words;
    return json ? *json : Json();
  }

  /// What the peers say about files in `folder`.
  Json metrics(const std::string& kind, const std::string& folder) {
    run(fmt::format("'{}' -W ignore tests/oracle/metrics.py {} '{}'", *oracle::peers_python(), kind,
                    folder));
    return *parse_json(text(folder + "/stats.json"));
  }

  SystemEntropy entropy_;
  SystemFiles files_{entropy_};
  fs::path folder_;
};

struct Classifier {
  std::string name;
  std::string data;
  std::string flags;
  double needed;  // part of the pictures whose class is the peer's
};

void PrintTo(const Classifier& classifier, std::ostream* out) { *out << classifier.name; }

class RealModelsAccuracy : public AccuracyProgram,
                           public testing::WithParamInterface<Classifier> {};

TEST_P(RealModelsAccuracy, ClassesAreThoseOfThePeers) {
  const auto& [name, data, flags, needed] = GetParam();
  const auto said = path("said.csv");
  const auto json = slipway(fmt::format("accuracy '{}' --data '{}/data/{}' {} --predictions '{}'",
                                        model(name), oracle::test_data(), data, flags, said));
  const auto ours = parse_csv(text(said));
  const auto theirs =
      parse_csv(text(fmt::format("{}/reference/accuracy/{}.csv", oracle::test_data(), name)));
  ASSERT_TRUE(ours.ok() && theirs.ok());
  ASSERT_EQ(ours->rows.size(), theirs->rows.size());
  ASSERT_EQ(ours->columns, theirs->columns);
  std::map<std::string, std::vector<std::string>> by_file;
  for (const auto& row : theirs->rows) by_file[row[0]] = row;
  double same = 0;
  double right = 0;
  for (const auto& row : ours->rows) {
    ASSERT_TRUE(by_file.contains(row[0])) << row[0];
    const auto& peer = by_file[row[0]];
    EXPECT_EQ(row[1], peer[1]) << row[0];
    same += row[2] == peer[2] ? 1 : 0;
    right += row[2] == row[1] ? 1 : 0;
  }
  const auto pictures = static_cast<double>(ours->rows.size());
  EXPECT_GE(same / pictures, needed);
  EXPECT_NEAR(*json.find("top1")->number(), 100 * right / pictures, 1e-9);
  EXPECT_EQ(*json.find("pictures")->integer(), std::ssize(ours->rows));
}

INSTANTIATE_TEST_SUITE_P(
    All, RealModelsAccuracy,
    testing::Values(
        Classifier{"mobilenet_v1_0.25_224_float", "imagenet200", "", 0.99},
        Classifier{"mobilenet_v1_0.25_224_quant", "imagenet200", "", 0.985},
        Classifier{"mobilenet_v2_1.0_224_quant", "imagenet200", "", 0.985},
        Classifier{"squeezenet_v1.1", "imagenet200",
                   "--color bgr --mean 104,117,123 --std 1 --streams 2", 0.99},
        Classifier{"samplenet", "cifar10_1000",
                   "--color bgr --mean 113.8575,122.961,125.307 --std 51.255,50.847,51.5865 "
                   "--fit stretch",
                   0.99},
        Classifier{"resnet8_cifar10_float", "cifar10_1000", "--mean 0 --std 1 --fit stretch", 0.99},
        Classifier{"resnet8_cifar10_int8", "cifar10_1000", "--fit stretch", 0.985}));

/// COCO's annotations of drawn signs: all of them are stop signs to a network of COCO's classes.
std::string annotations(const Csv& boxes) {
  Json images(Json::Array{});
  Json things(Json::Array{});
  std::int64_t id = 0;
  for (const auto& row : boxes.rows) {  // file, label, left, top, right, bottom
    ++id;
    const auto at = [&](std::size_t column) { return std::stod(row[column]); };
    images.push(Json().set("id", id).set("file_name", row[0]));
    const double width = at(4) - at(2);
    const double height = at(5) - at(3);
    things.push(Json()
                    .set("id", id)
                    .set("image_id", id)
                    .set("category_id", 13)
                    .set("bbox", Json::Array{at(2), at(3), width, height})
                    .set("area", width * height)
                    .set("iscrowd", 0));
  }
  Json categories(Json::Array{});
  categories.push(Json().set("id", 13).set("name", "stop sign"));
  return Json()
      .set("info", Json::Object{})
      .set("images", std::move(images))
      .set("categories", std::move(categories))
      .set("annotations", std::move(things))
      .text();
}

TEST_F(AccuracyProgram, RealModelsFindBoxesAsPycocotoolsCountsThem) {
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: run ./dev peers";
  run(fmt::format("{} zoo images signs --count 60 --size 320 --seed 3 -q -o '{}'", SLIPWAY_PROGRAM,
                  path("signs")));
  const auto boxes = parse_csv(text(path("signs/boxes.csv")));
  ASSERT_TRUE(boxes.ok());
  write("coco/0.truth.json", annotations(*boxes));
  const auto json = slipway(
      fmt::format("accuracy '{}' --data '{}' --truth '{}' --label-offset 1 --predictions '{}'",
                  model("coco_ssd_mobilenet_v1_quant"), path("signs"), path("coco/0.truth.json"),
                  path("coco/0.found.json")));
  const auto stats = metrics("boxes", path("coco"));
  ASSERT_EQ(stats.array()->size(), 1U);
  constexpr const char* kNames[] = {"map", "ap50", "ap75",  "ap_small", "ap_medium", "ap_large",
                                    "ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"};
  int compared = 0;
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const double their = *(*stats.array())[0].array()->at(i).number();
    const auto* ours = json.find(kNames[i]);
    ASSERT_NE(ours, nullptr) << kNames[i];
    if (their < 0) {
      EXPECT_TRUE(ours->is_null()) << kNames[i];
      continue;
    }
    EXPECT_NEAR(*ours->number() / 100, their, 1e-6) << kNames[i];
    compared += their > 0 && their < 1 ? 1 : 0;
  }
  EXPECT_GE(compared, 6);  // it finds some of them
}

TEST_F(AccuracyProgram, RealModelsFindMasksAsScikitLearnCountsThem) {
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: run ./dev peers";
  const auto net = model("deeplabv3_257_float");
  Json truth(Json::Array{});
  Json found(Json::Array{});
  for (const std::string name : {"cats_and_dogs", "segmentation_input_rotation0"}) {
    const auto picture = fmt::format("{}/data/images/{}.jpg", oracle::test_data(), name);
    run(fmt::format("{} segment '{}' '{}' --save '{}' -q > /dev/null", SLIPWAY_PROGRAM, net,
                    picture, path("said")));
    const auto bytes = files_.read(path(fmt::format("said/{}-mask.png", name)));
    ASSERT_TRUE(bytes.ok());
    const auto said = decode_mask(*bytes);
    ASSERT_TRUE(said.ok()) << said.error().message;
    // What is true: what was said, moved a little, with a stripe that nobody labelled.
    Picture mask(said->width, said->height);
    for (int y = 0; y < mask.height; ++y) {
      for (int x = 0; x < mask.width; ++x) {
        const auto from = static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width) +
                          static_cast<std::size_t>(std::max(0, x - 9));
        const int is = y % 50 == 0 ? kUnlabelled : said->classes[from];
        mask.set(x, y, class_color(is));
        truth.push(is == kUnlabelled ? -1 : is);
        found.push(said->classes[from + static_cast<std::size_t>(std::min(x, 9))]);
      }
    }
    ASSERT_TRUE(files_.write(path(fmt::format("data/masks/{}.png", name)), *to_png(mask)).ok());
    fs::copy_file(picture, path(fmt::format("data/{}.jpg", name)));
  }
  write("peer/0.json",
        Json().set("truth", std::move(truth)).set("found", std::move(found)).text(0));
  const auto json =
      slipway(fmt::format("accuracy '{}' --data '{}' --precision fp32", net, path("data")));
  const auto stats = metrics("masks", path("peer"));
  const auto& row = *(*stats.array())[0].array();
  // Kernels and the interpreter may see the class of a few pixels between two things otherwise.
  EXPECT_NEAR(*json.find("miou")->number() / 100, *row[0].number(), 1e-4);
  EXPECT_NEAR(*json.find("f1_weighted")->number() / 100, *row[1].number(), 1e-4);
  EXPECT_NEAR(*json.find("pixel_accuracy")->number() / 100, *row[2].number(), 1e-4);
  EXPECT_EQ(*json.find("pictures")->integer(), 2);
  EXPECT_LT(*row[0].number(), 0.999);
}

}  // namespace
}  // namespace slipway
