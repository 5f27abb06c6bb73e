// Resizing and decoding against Pillow, OpenCV and LiteRT, which tests/oracle/pictures.py runs.

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "tensor/files.h"
#include "vision/decode.h"
#include "vision/encode.h"
#include "vision/preprocess.h"
#include "vision/resize.h"

namespace slipway {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);  // NOLINT: tests have one thread
  return value != nullptr ? value : otherwise;
}

std::string python() { return environment("SLIPWAY_PEERS_PYTHON", ".peers/bin/python"); }

fs::path test_data() { return environment("SLIPWAY_TESTDATA", "../shared"); }

/// A folder of its own, gone with the test, and a list of jobs for the peers.
class Peers : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(python())) GTEST_SKIP() << "no peers at " << python() << ": run ./dev peers";
    folder_ = fs::temp_directory_path() / fmt::format("slipway_peers_{:016x}", entropy_.next());
    fs::create_directory(folder_);
  }

  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  void add(const std::string& job) { jobs_ += job + "\n"; }

  void run() {
    std::ofstream(path("jobs")) << jobs_;
    run("pictures.py", path("jobs"));
  }

  static void run(const std::string& script, const std::string& argument) {
    const std::string command =
        fmt::format("'{}' -W ignore tests/oracle/{} '{}'", python(), script, argument);
    ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: our own command
  }

  [[nodiscard]] Picture read(const std::string& file) const {
    auto picture = read_picture(files_, file);
    EXPECT_TRUE(picture.ok()) << (picture ? "" : picture.error().message);
    return picture ? *picture : Picture();
  }

  void write(const std::string& file, const Picture& picture) {
    EXPECT_TRUE(files_.write(file, *to_ppm(picture)).ok());
  }

 private:
  SystemEntropy entropy_;
  SystemFiles files_{entropy_};
  fs::path folder_;
  std::string jobs_;
};

/// Smooth shapes with noise on top: both large and small differences between neighbours.
Picture test_picture(int width, int height, std::uint64_t seed) {
  Random random(seed);
  Picture picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        const double wave = std::sin(0.05 * (x + 1) * static_cast<double>(c + 1)) +
                            std::cos(0.07 * (y + 1) + static_cast<double>(c));
        const double noise = random.real(-1, 1) * (x % 64 < 32 ? 100.0F : 10.0F);
        picture.rgb[picture.offset(x, y) + c] =
            static_cast<std::uint8_t>(std::clamp(128 + 60 * wave + noise, 0.0, 255.0));
      }
    }
  }
  return picture;
}

struct Difference {
  int most = 0;
  std::size_t equal = 0;
  std::size_t values = 0;

  void add(const Picture& ours, const Picture& theirs) {
    for (std::size_t i = 0; i < ours.rgb.size(); ++i) {
      const int difference = std::abs(ours.rgb[i] - theirs.rgb[i]);
      most = std::max(most, difference);
      equal += difference == 0 ? 1 : 0;
      ++values;
    }
  }
};

struct Pair {
  int from[2];
  int to[2];
};

constexpr Pair kPairs[] = {
    {{500, 375}, {256, 192}}, {{500, 375}, {341, 256}}, {{375, 500}, {256, 341}},
    {{640, 480}, {300, 300}}, {{640, 480}, {320, 240}}, {{300, 300}, {100, 100}},
    {{512, 512}, {128, 128}}, {{333, 251}, {224, 224}}, {{97, 89}, {41, 43}},
    {{32, 32}, {224, 224}},   {{100, 75}, {227, 301}},  {{33, 17}, {64, 64}},
    {{200, 50}, {100, 100}},  {{50, 200}, {100, 100}},  {{1, 1}, {7, 5}},
    {{1, 100}, {10, 10}},     {{100, 1}, {10, 10}},     {{64, 64}, {1, 1}},
    {{255, 3}, {1, 9}},       {{7, 5}, {7, 5}},         {{2, 2}, {3, 3}},
    {{1000, 600}, {96, 96}},  {{600, 400}, {400, 267}}, {{48, 36}, {240, 180}},
    {{360, 252}, {60, 42}},   {{224, 224}, {257, 257}}, {{3, 7}, {2, 6}},
};

struct Method {
  ResizeMethod method;
  std::string name;
  bool exact;
};

void PrintTo(const Method& method, std::ostream* out) { *out << method.name; }  // for gtest

class ResizePeers : public Peers, public testing::WithParamInterface<Method> {};

TEST_P(ResizePeers, AreMetWithinOne) {
  const Method& method = GetParam();
  int i = 0;
  for (const Pair& pair : kPairs) {
    const Picture picture = test_picture(pair.from[0], pair.from[1], 7);
    write(path(fmt::format("{}.ppm", i)), picture);
    add(fmt::format("resize\t{}\t{}\t{}\t{}\t{}", method.name, path(fmt::format("{}.ppm", i)),
                    pair.to[0], pair.to[1], path(fmt::format("{}.out.ppm", i))));
    ++i;
  }
  run();
  Difference total;
  i = 0;
  for (const Pair& pair : kPairs) {
    const Picture picture = test_picture(pair.from[0], pair.from[1], 7);
    const auto ours = resize(picture, pair.to[0], pair.to[1], method.method);
    ASSERT_TRUE(ours.ok());
    Difference one;
    const Picture theirs = read(path(fmt::format("{}.out.ppm", i++)));
    ASSERT_EQ(ours->rgb.size(), theirs.rgb.size());
    one.add(*ours, theirs);
    total.add(*ours, theirs);
    EXPECT_LE(one.most, method.exact ? 0 : 1)
        << pair.from[0] << "x" << pair.from[1] << " -> " << pair.to[0] << "x" << pair.to[1]
        << ", equal " << one.equal << " of " << one.values;
  }
  RecordProperty("most", total.most);
  const double share = 100.0 * static_cast<double>(total.equal) / static_cast<double>(total.values);
  std::cout << fmt::format("{}: most {}, equal {:.4f} %\n", method.name, total.most, share);
}

INSTANTIATE_TEST_SUITE_P(
    All, ResizePeers,
    testing::Values(Method{ResizeMethod::nearest, "nearest", true},
                    Method{ResizeMethod::nearest_asymmetric, "nearest_asymmetric", true},
                    Method{ResizeMethod::bilinear, "bilinear", false},
                    Method{ResizeMethod::bilinear_asymmetric, "bilinear_asymmetric", false},
                    Method{ResizeMethod::bilinear_align_corners, "bilinear_align_corners", false},
                    Method{ResizeMethod::area, "area", false},
                    Method{ResizeMethod::bilinear_antialias, "bilinear_antialias", true}),
    [](const auto& one) { return one.param.name; });

/// Counts the pictures of a folder that we and Pillow decode to the same bits.
class DecodePeers : public Peers {
 protected:
  void compare(const std::vector<fs::path>& pictures) {
    ASSERT_FALSE(pictures.empty());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      add(fmt::format("decode\t{}\t{}", fs::absolute(pictures[i]).string(),
                      path(fmt::format("{}.ppm", i))));
    }
    run();
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const Picture ours = read(pictures[i]);
      const Picture theirs = read(path(fmt::format("{}.ppm", i)));
      ASSERT_EQ(ours.width, theirs.width) << pictures[i];
      ASSERT_EQ(ours.height, theirs.height) << pictures[i];
      Difference one;
      one.add(ours, theirs);
      EXPECT_EQ(one.most, 0) << pictures[i] << ", equal " << one.equal << " of " << one.values;
      fs::remove(path(fmt::format("{}.ppm", i)));
    }
    std::cout << pictures.size() << " pictures compared\n";
  }

  static std::vector<fs::path> pictures_in(const fs::path& folder) {
    std::vector<fs::path> out;
    if (!fs::exists(folder)) return out;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string kind = extension(entry.path().string());
      if (kind == "jpg" || kind == "jpeg" || kind == "png" || kind == "bmp" || kind == "pnm") {
        out.push_back(entry.path());
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }
};

TEST_F(DecodePeers, PhotographsAreEqualInEveryBit) {
  auto pictures = pictures_in(test_data() / "data/imagenet200");
  for (const auto& more : pictures_in(test_data() / "data/images")) pictures.push_back(more);
  if (pictures.empty()) GTEST_SKIP() << "no test data at " << test_data();
  compare(pictures);
}

/// The whole way from a file to a tensor, against inputs that were made with OpenCV elsewhere.
TEST(InputPeers, AreaToASquareIsTheRecordedInput) {
  const std::string model = "vehicle-license-plate-detection-barrier-0106_fp16_irv3";
  const fs::path recorded = test_data() / "reference/openvino" / model;
  if (!fs::exists(recorded)) GTEST_SKIP() << "no test data at " << recorded;
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const Recipe recipe{.fit = Fit::stretch,
                      .resize = ResizeMethod::area,
                      .color = ColorOrder::bgr,
                      .layout = Layout::nchw};
  for (const std::string name : {"car_cab", "car_limousine"}) {
    const auto bytes = files.read(recorded / name / "input.npy");
    ASSERT_TRUE(bytes.ok());
    const auto theirs = from_npy(*bytes);
    const auto picture = read_picture(files, test_data() / "data/images" / (name + ".jpg"));
    ASSERT_TRUE(theirs.ok() && picture.ok());
    const auto ours = to_input(*picture, recipe, theirs->type());
    ASSERT_TRUE(ours.ok()) << ours.error().message;
    EXPECT_EQ(*ours, *theirs) << name;
  }
}

TEST_F(DecodePeers, EveryKindOfPictureIsEqualInEveryBit) {
  run("picture_samples.py", path("samples"));
  compare(pictures_in(path("samples")));
}

}  // namespace
}  // namespace slipway
