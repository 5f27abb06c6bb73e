// Boxes and masks as pycocotools and scikit-learn count them, which tests/oracle/metrics.py runs.

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "measure/average_precision.h"
#include "measure/confusion.h"

namespace slipway::measure {
namespace {

namespace fs = std::filesystem;

constexpr int kSets = 200;

std::string python() {
  const char* value = std::getenv("SLIPWAY_PEERS_PYTHON");  // NOLINT: tests have one thread
  return value != nullptr ? value : ".peers/bin/python";
}

class MetricPeers : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(python())) GTEST_SKIP() << "no peers at " << python() << ": run ./dev peers";
    folder_ = fs::temp_directory_path() / fmt::format("slipway_metrics_{:016x}", entropy_.next());
    fs::create_directory(folder_);
  }

  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void write(const std::string& name, const Json& json) {
    const auto text = json.text(0);
    ASSERT_TRUE(files_.write(folder_ / name, as_bytes(text)).ok());
  }

  /// The figures of each set.
  Json ask(const std::string& kind) {
    const std::string command = fmt::format("'{}' -W ignore tests/oracle/metrics.py {} '{}'",
                                            python(), kind, folder_.string());
    EXPECT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: our own command
    const auto bytes = files_.read(folder_ / "stats.json");
    EXPECT_TRUE(bytes.ok());
    return bytes ? *parse_json(as_text(*bytes)) : Json(Json::Array{});
  }

 private:
  SystemEntropy entropy_;
  SystemFiles files_{entropy_};
  fs::path folder_;
};

struct Boxes {
  std::vector<TrueBox> truth;
  std::vector<FoundBox> found;
  int images = 0;
  int categories = 0;
};

std::uint64_t below(Random& random, std::uint64_t limit) {
  return static_cast<std::uint64_t>(random.integer(0, static_cast<std::int64_t>(limit) - 1));
}

double size_of(Random& random) {
  // Small, medium and large ones alike.
  constexpr double kSizes[] = {12, 32, 60, 96, 180};
  return kSizes[below(random, 5)] * static_cast<double>(random.real(0.6F, 1.4F));
}

/// Things in pictures, and what a detector of middling skill makes of them. Numbers are rounded so
/// that some are equal: scores, sizes at the limits of a range, overlaps.
Boxes random_boxes(std::uint64_t seed) {
  Random random(seed);
  Boxes out;
  out.images = 1 + static_cast<int>(below(random, 12));
  out.categories = 1 + static_cast<int>(below(random, 6));
  const bool coarse = below(random, 2) == 0;
  const auto rounded = [&](double x) { return coarse ? std::round(x / 4) * 4 : x; };
  const auto score = [&](double x) { return coarse ? std::round(x * 8) / 8 : x; };
  for (int image = 1; image <= out.images; ++image) {
    const auto things = below(random, 8);
    for (std::uint64_t i = 0; i < things; ++i) {
      TrueBox box;
      box.image = image;
      // The last category has nothing in half of the sets.
      const auto categories = static_cast<std::uint64_t>(out.categories);
      box.category = 1 + static_cast<std::int64_t>(
                             below(random, std::max<std::uint64_t>(1, categories - seed % 2)));
      box.left = rounded(static_cast<double>(random.real(0, 400)));
      box.top = rounded(static_cast<double>(random.real(0, 400)));
      box.width = rounded(size_of(random)) + 4;
      box.height = rounded(size_of(random)) + 4;
      // An outline has less area than its box.
      box.area = box.width * box.height * (below(random, 3) == 0 ? 0.6 : 1.0);
      box.crowd = below(random, 10) == 0;
      out.truth.push_back(box);
      const auto guesses = below(random, 4);
      for (std::uint64_t k = 0; k < guesses; ++k) {
        const auto jitter = [&] { return static_cast<double>(random.real(-0.2F, 0.2F)); };
        FoundBox guess{.image = image,
                       .category = below(random, 8) == 0 ? 1 : box.category,
                       .left = rounded(box.left + jitter() * box.width),
                       .top = rounded(box.top + jitter() * box.height),
                       .width = rounded(box.width * (1 + jitter())) + 1,
                       .height = rounded(box.height * (1 + jitter())) + 1,
                       .score = score(static_cast<double>(random.real(0, 1)))};
        out.found.push_back(guess);
      }
    }
    // Pure inventions; now and then more than the hundred that count.
    const auto inventions = below(random, 12) == 0 ? 130 : below(random, 4);
    for (std::uint64_t i = 0; i < inventions; ++i)
      out.found.push_back({.image = image,
                           .category = 1 + static_cast<std::int64_t>(below(
                                               random, static_cast<std::uint64_t>(out.categories))),
                           .left = rounded(static_cast<double>(random.real(0, 400))),
                           .top = rounded(static_cast<double>(random.real(0, 400))),
                           .width = rounded(size_of(random)) + 1,
                           .height = rounded(size_of(random)) + 1,
                           .score = score(static_cast<double>(random.real(0, 1)))});
  }
  return out;
}

template <class B>
Json box_json(const B& box) {
  return Json::Array{box.left, box.top, box.width, box.height};
}

Json truth_json(const Boxes& boxes) {
  Json images(Json::Array{});
  for (int i = 1; i <= boxes.images; ++i) images.push(Json().set("id", i));
  Json categories(Json::Array{});
  for (int i = 1; i <= boxes.categories; ++i)
    categories.push(Json().set("id", i).set("name", fmt::format("thing {}", i)));
  Json annotations(Json::Array{});
  int id = 0;
  for (const auto& box : boxes.truth)
    annotations.push(Json()
                         .set("id", ++id)
                         .set("image_id", box.image)
                         .set("category_id", box.category)
                         .set("bbox", box_json(box))
                         .set("area", box.area)
                         .set("iscrowd", box.crowd ? 1 : 0));
  return Json()
      .set("info", Json::Object{})
      .set("images", std::move(images))
      .set("categories", std::move(categories))
      .set("annotations", std::move(annotations));
}

Json found_json(const Boxes& boxes) {
  Json out(Json::Array{});
  for (const auto& box : boxes.found)
    out.push(Json()
                 .set("image_id", box.image)
                 .set("category_id", box.category)
                 .set("bbox", box_json(box))
                 .set("score", box.score));
  return out;
}

TEST_F(MetricPeers, BoxesAreCountedAsPycocotoolsCounts) {
  std::vector<AveragePrecision> ours;
  for (int i = 0; i < kSets; ++i) {
    auto boxes = random_boxes(static_cast<std::uint64_t>(i));
    if (i % 50 == 7) boxes.found.clear();
    if (i % 50 == 11) boxes.truth.clear();
    write(fmt::format("{}.truth.json", i), truth_json(boxes));
    write(fmt::format("{}.found.json", i), found_json(boxes));
    ours.push_back(average_precision(boxes.truth, boxes.found));
  }
  const auto theirs = ask("boxes");
  ASSERT_EQ(theirs.array()->size(), ours.size());
  int compared = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& o = ours[i];
    const std::array<std::optional<double>, 12> figures = {
        o.ap,  o.ap50, o.ap75,  o.ap_small, o.ap_medium, o.ap_large,
        o.ar1, o.ar10, o.ar100, o.ar_small, o.ar_medium, o.ar_large};
    for (std::size_t k = 0; k < figures.size(); ++k) {
      const double their = *(*(*theirs.array())[i].array())[k].number();
      EXPECT_NEAR(figures[k].value_or(-1), their, 1e-6) << "set " << i << ", figure " << k;
      compared += their > 0 && their < 1 ? 1 : 0;
    }
  }
  EXPECT_GT(compared, 1500);  // figures that say something
}

TEST_F(MetricPeers, MasksAreCountedAsScikitLearnCounts) {
  std::vector<Confusion> ours;
  for (int i = 0; i < kSets; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    const auto classes = 1 + below(random, 20);
    std::vector<int> truth;
    std::vector<int> found;
    for (std::size_t p = 0; p < 400; ++p) {
      // Few of the classes occur, and some pixels are not judged.
      truth.push_back(static_cast<int>(below(random, 1 + below(random, classes))));
      found.push_back(below(random, 3) == 0 ? static_cast<int>(below(random, classes)) : truth[p]);
      if (below(random, 20) == 0) truth[p] = Confusion::kIgnored;
      if (below(random, 20) == 0) found[p] = Confusion::kIgnored;
    }
    const auto list = [](const std::vector<int>& from) {
      return Json(Json::Array(from.begin(), from.end()));
    };
    write(fmt::format("{}.json", i), Json().set("truth", list(truth)).set("found", list(found)));
    Confusion confusion(classes);
    // In two parts, as pictures come.
    confusion.add(std::span(truth).first(150), std::span(found).first(150));
    confusion.add(std::span(truth).subspan(150), std::span(found).subspan(150));
    ours.push_back(std::move(confusion));
  }
  const auto theirs = ask("masks");
  ASSERT_EQ(theirs.array()->size(), ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& row = *(*theirs.array())[i].array();
    EXPECT_NEAR(ours[i].mean_iou(), *row[0].number(), 1e-12) << "set " << i;
    EXPECT_NEAR(ours[i].weighted_f1(), *row[1].number(), 1e-12) << "set " << i;
    EXPECT_NEAR(ours[i].right(), *row[2].number(), 1e-12) << "set " << i;
  }
}

}  // namespace
}  // namespace slipway::measure
