// accuracy and bench --data, on pictures that we draw.

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "cli/coco_truth.h"
#include "cli/progress.h"
#include "cli/testing.h"
#include "vision/draw/signs.h"
#include "vision/encode.h"

namespace slipway::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A world in which pictures of pics lie in `pics`, drawn with their labels.
class AccuracyOfSigns : public testing::Test {
 protected:
  void SetUp() override { draw("24"); }

  void draw(const std::string& count) {
    Twin drawing("portable");
    drawing.world.quiet = true;
    ASSERT_EQ(run_app(drawing.world, {"zoo", "images", "signs", "--count", count, "-o", "pics"}),
              0);
    twin_.files = std::move(drawing.files);
  }

  /// The exit status of "accuracy signs --tune none" with more words.
  int run(std::vector<std::string> more, const std::string& verb = "accuracy") {
    std::vector<std::string> words = {verb, "signs", "--tune", "none", "--warmup", "0"};
    words.insert(words.end(), more.begin(), more.end());
    return run_app(twin_.world, words);
  }

  Json document(std::vector<std::string> more) {
    more.emplace_back("--json");
    EXPECT_EQ(run(std::move(more)), 0) << twin_.err();
    const auto json = parse_json(twin_.out());
    EXPECT_TRUE(json.ok());
    return json ? *json : Json();
  }

  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(twin_.files.write(path, as_bytes(text)).ok());
  }

  std::string read(const std::string& path) {
    const auto bytes = twin_.files.read(path);
    return bytes ? std::string(as_text(*bytes)) : "none";
  }

  Twin twin_{"portable"};
};

TEST_F(AccuracyOfSigns, CountsWhatIsRight) {
  const auto json = document({"--data", "pics"});
  EXPECT_EQ(*json.find("mode")->string(), "accuracy");
  EXPECT_EQ(*json.find("task")->string(), "classify");
  EXPECT_EQ(*json.find("truth")->string(), "labels.csv");
  EXPECT_EQ(*json.find("pictures")->integer(), 24);
  EXPECT_EQ(*json.find("samples")->integer(), 24);
  EXPECT_GT(*json.find("top1")->number(), 80);  // the network is good at what it was made for
  EXPECT_GE(*json.find("top5")->number(), *json.find("top1")->number());
  EXPECT_EQ(*json.find("clock")->string(), "measured");
  EXPECT_TRUE(json.find("seed")->is_null());
  for (const auto* name : {"throughput_img_s", "latency_ms", "load_ms", "first_ms", "device",
                           "precision", "left_out", "waiting_part", "decoding_threads"})
    EXPECT_NE(json.find(name), nullptr) << name;
}

// The clock stands still: all pictures are in one row.
TEST_F(AccuracyOfSigns, TheRowsOverTimeSayTheSame) {
  ASSERT_EQ(run({"--data", "pics", "--output-dir", "out"}), 0) << twin_.err();
  const auto text = read("out/result.v1.json");
  const auto json = parse_json(text);
  ASSERT_TRUE(json);
  const auto percent = [&](const char* name) {
    return fmt::format("{:.2f}", *json->find(name)->number());
  };
  EXPECT_THAT(read("out/raw_perf_0.csv"),
              testing::EndsWith(
                  fmt::format("\n0.000,,{},{},0.000000,24\n", percent("top1"), percent("top5"))));
}

TEST_F(AccuracyOfSigns, IsTheSameInSeveralStreams) {
  const auto alone = document({"--data", "pics"});
  SetUp();
  Twin other("portable");
  other.files = std::move(twin_.files);
  EXPECT_EQ(run_app(other.world, {"bench", "signs", "--tune", "none", "--data", "pics", "--streams",
                                  "3", "--json", "--predictions", "said.csv"}),
            0);
  const auto json = parse_json(other.out());
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(*json->find("top1"), *alone.find("top1"));
  EXPECT_EQ(*json->find("top5"), *alone.find("top5"));
  EXPECT_EQ(json->find("per_stream")->array()->size(), 3U);
}

TEST_F(AccuracyOfSigns, WritesWhatItSaid) {
  EXPECT_EQ(run({"--data", "pics", "--predictions", "out/said.csv", "--num-inputs", "3"}), 0);
  const auto said = read("out/said.csv");
  EXPECT_TRUE(said.starts_with("file,label,pred,score\n00000.png,")) << said;
  EXPECT_EQ(std::ranges::count(said, '\n'), 4);
}

TEST_F(AccuracyOfSigns, BenchIsTheSame) {
  EXPECT_EQ(run({"--data", "pics"}, "bench"), 0);
  EXPECT_THAT(twin_.out(), HasSubstr("24 pictures of pics (labels.csv)"));
  EXPECT_THAT(twin_.out(), HasSubstr("top-1 "));
  EXPECT_THAT(twin_.out(), HasSubstr("top-5 "));
}

TEST_F(AccuracyOfSigns, TakesAsManyAsThereAre) {
  EXPECT_EQ(*document({"--data", "pics", "--num-inputs", "1000"}).find("pictures")->integer(), 24);
  EXPECT_THAT(twin_.err(), HasSubstr("note: 24 of 24 pictures are measured: there are no more"));
}

TEST_F(AccuracyOfSigns, IgnoresDurationsAndSaysSo) {
  EXPECT_EQ(run({"--data", "pics", "--min-duration", "60", "--num-inputs", "2"}, "bench"), 0);
  EXPECT_THAT(twin_.err(), HasSubstr("note: --min-duration and --max-duration are ignored"));
}

TEST_F(AccuracyOfSigns, APictureThatIsBrokenIsNamedAndLeftOut) {
  write("pics/00003.png", "no picture");
  write("pics/00005.png", "");
  const auto json = document({"--data", "pics"});
  EXPECT_EQ(*json.find("pictures")->integer(), 22);
  EXPECT_EQ(*json.find("left_out")->integer(), 2);
  EXPECT_THAT(twin_.err(), HasSubstr("pics/00003.png"));
  EXPECT_THAT(twin_.err(), HasSubstr("pics/00005.png"));
}

TEST_F(AccuracyOfSigns, WithoutAnyPictureThatCanBeReadItFails) {
  draw("2");
  write("pics/00000.png", "no picture");
  write("pics/00001.png", "no picture");
  EXPECT_EQ(run({"--data", "pics"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("none of the 2 pictures of pics can be used"));
  EXPECT_EQ(twin_.out(), "");
}

/// The table without its last row.
TEST_F(AccuracyOfSigns, ATableThatIsTooShortIsAnError) {
  auto table = read("pics/labels.csv");
  table.resize(table.rfind('\n', table.size() - 2) + 1);
  write("pics/labels.csv", table);
  EXPECT_EQ(run({"--data", "pics"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("names 23 of the 24 pictures in pics; it "
                                     "lacks 00023.png"));
}

TEST_F(AccuracyOfSigns, ATableThatIsTooLongIsAnError) {
  write("pics/labels.csv", read("pics/labels.csv") + "00024.png,1,x\n00025.png,1,x\n");
  EXPECT_EQ(run({"--data", "pics"}), 3);
  EXPECT_THAT(twin_.err(),
              HasSubstr("names 26 pictures, of which 2 are not there: 00024.png and 1 more"));
}

TEST_F(AccuracyOfSigns, APictureThatIsNamedTwiceIsAnError) {
  write("pics/labels.csv", read("pics/labels.csv") + "00003.png,1,x\n");
  EXPECT_EQ(run({"--data", "pics"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("names 00003.png twice"));
}

TEST_F(AccuracyOfSigns, AClassThatTheModelDoesNotHaveIsAnError) {
  draw("1");
  write("pics/labels.csv", "file,label\n00000.png,9999\n");
  EXPECT_EQ(run({"--data", "pics"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("says that 00000.png is of class 9999, and the model's "
                                     "classes are 0 to "));
}

TEST_F(AccuracyOfSigns, LabelsForAnotherNumberOfClassesAreAnError) {
  draw("1");
  write("pics/labels.csv", "file,label_1000\n00000.png,1\n");
  EXPECT_EQ(run({"--data", "pics"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("has no column label or label_"));
}

TEST_F(AccuracyOfSigns, FoldersAreClasses) {
  const auto names = draw::sign_names();
  for (int i = 0; i < 6; ++i) {
    const auto scene = draw::sign_scene(5, static_cast<std::uint64_t>(i), 64);
    const auto path =
        fmt::format("folders/{}/{}.png", names[static_cast<std::size_t>(scene.label)], i);
    ASSERT_TRUE(twin_.files.write(path, *to_png(scene.picture)).ok());
  }
  const auto json = document({"--data", "folders"});
  EXPECT_EQ(*json.find("truth")->string(), "folders of classes");
  EXPECT_EQ(*json.find("pictures")->integer(), 6);
  EXPECT_GT(*json.find("top1")->number(), 60);
}

TEST_F(AccuracyOfSigns, FoldersThatAreNotTheClassesAreAnError) {
  for (const auto* path : {"folders/cat/1.png", "folders/dog/1.png"})
    ASSERT_TRUE(twin_.files.write(path, *to_png(Picture(8, 8))).ok());
  EXPECT_EQ(run({"--data", "folders"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("has 2 folders, and the model "));
}

TEST_F(AccuracyOfSigns, PicturesWithoutLabelsAreAnError) {
  ASSERT_TRUE(twin_.files.write("bare/1.png", *to_png(Picture(8, 8))).ok());
  EXPECT_EQ(run({"--data", "bare"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("nobody says what the pictures in bare show"));
  write("empty/labels.csv", "file,label\n");
  EXPECT_EQ(run({"--data", "empty"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("there is no picture in empty"));
  EXPECT_EQ(run({"--data", "nowhere"}), 3);
  EXPECT_THAT(twin_.err(), HasSubstr("no such folder: nowhere"));
}

TEST_F(AccuracyOfSigns, FlagsThatExcludeEachOther) {
  EXPECT_EQ(run({"--dummy", "--data", "pics"}, "bench"), 2);
  EXPECT_EQ(run({}, "bench"), 2);
  EXPECT_THAT(twin_.err(), HasSubstr("--dummy, or --data DIR"));
  EXPECT_EQ(run({"--data", "pics", "-n", "3"}, "bench"), 2);
  EXPECT_EQ(run({"--data", "pics", "--num-inputs", "0"}), 2);
  EXPECT_EQ(run({"--data", "pics", "--threshold", "2"}), 2);
  EXPECT_EQ(run({"--dummy", "--predictions", "x"}, "bench"), 2);
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(twin_.out(), "");
}

TEST_F(AccuracyOfSigns, StoppedBeforeItPrintsNothing) {
  const volatile std::sig_atomic_t caught = SIGINT;
  twin_.world.caught = &caught;
  EXPECT_EQ(run_app(twin_.world, {"accuracy", "signs", "--tune", "none", "--data", "pics"}),
            128 + SIGINT);
  EXPECT_EQ(twin_.out(), "");
}

TEST_F(AccuracyOfSigns, StoppedInTheMiddleItPrintsWhatThereIs) {
  const volatile std::sig_atomic_t caught = SIGINT;
  twin_.world.caught = &caught;
  EXPECT_EQ(run({"--data", "pics"}), 128 + SIGINT);
  EXPECT_THAT(twin_.out(), HasSubstr("(1 of 1)"));
  EXPECT_THAT(twin_.err(), HasSubstr("stopped after 1 inference"));
}

TEST(Progress, SaysWhatIsKnownSoFar) {
  Twin twin;
  Progress progress(twin.world, "pictures", 200);
  const auto more = [] { return std::string("57.3 img/s, 12.1 ms, top-1 71.4 %"); };
  progress.at(10, more);
  EXPECT_EQ(twin.err(), "");
  twin.clock.advance(std::chrono::seconds(6));
  progress.at(50, more);
  EXPECT_EQ(twin.err(),
            "pictures: 50 of 200, about 18.0 s left, 25 %, 57.3 img/s, 12.1 ms, top-1 71.4 %\n");
}

TEST(Progress, SaysWhichPartIsDoneWhereNothingIsCounted) {
  Twin twin;
  Progress progress(twin.world, "measured", 0);
  twin.clock.advance(std::chrono::seconds(6));
  progress.at_part(0.25, [] { return std::string("57.3 img/s, 12.1 ms"); });
  EXPECT_EQ(twin.err(), "measured: 25 %, about 18.0 s left, 57.3 img/s, 12.1 ms\n");
}

// ---- Annotations ------------------------------------------------------------------------------

std::string coco_error(const std::string& text) {
  MemoryFiles files;
  EXPECT_TRUE(files.write("a.json", as_bytes(text)).ok());
  const auto truth = read_coco(files, "a.json");
  return truth ? "none" : truth.error().message;
}

TEST(CocoTruth, IsReadInTheOrderOfItsImages) {
  MemoryFiles files;
  const std::string text = R"({"images": [{"id": 7, "file_name": "b.jpg"},
                                          {"id": 3, "file_name": "a.jpg"}],
    "categories": [{"id": 18, "name": "dog"}],
    "annotations": [{"image_id": 7, "category_id": 18, "bbox": [1, 2, 30, 4.5], "area": 100,
                     "iscrowd": 1},
                    {"image_id": 3, "category_id": 18, "bbox": [0, 0, 10, 20]}]})";
  ASSERT_TRUE(files.write("a.json", as_bytes(text)).ok());
  const auto truth = read_coco(files, "a.json");
  ASSERT_TRUE(truth.ok()) << truth.error().message;
  EXPECT_EQ(truth->images[0].file, "a.jpg");
  EXPECT_EQ(truth->boxes[0].area, 100);
  EXPECT_TRUE(truth->boxes[0].crowd);
  EXPECT_EQ(truth->boxes[0].height, 4.5);
  EXPECT_EQ(truth->boxes[1].area, 200);
  EXPECT_FALSE(truth->boxes[1].crowd);
}

TEST(CocoTruth, SaysWhatIsWrong) {
  EXPECT_EQ(coco_error("{}"), "it has no list 'images'");
  EXPECT_EQ(coco_error(R"({"images": [{"id": "x"}]})"),
            "\"x\" where a whole number 'id' is expected");
  EXPECT_EQ(coco_error(R"({"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]})"),
            "it has image 1 twice");
  const std::string begin = R"({"images": [{"id": 1, "file_name": "a"}],
                                "categories": [{"id": 2, "name": "dog"}], "annotations": [)";
  EXPECT_EQ(coco_error(begin + R"({"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}]})"),
            "annotation 1 names category 3, which the file does not have");
  EXPECT_EQ(coco_error(begin + R"({"image_id": 9, "category_id": 2, "bbox": [1, 2, 3, 4]}]})"),
            "annotation 1 names image 9, which the file does not have");
  EXPECT_EQ(coco_error(begin + R"({"image_id": 1, "category_id": 2, "bbox": [1, 2]}]})"),
            "no 'bbox' of four numbers");
}

}  // namespace
}  // namespace slipway::cli
