#include "vision/draw/signs.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "vision/draw/list.h"

namespace slipway::draw {
namespace {

/// FNV-1a, 64 bits.
class Hash {
 public:
  void add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) value_ = (value_ ^ byte) * 0x100000001B3ULL;
  }

  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

/// Of the first `count` pictures and masks of a series.
std::uint64_t hash_of(std::uint64_t seed, int count, int size) {
  Hash hash;
  for (int i = 0; i < count; ++i) {
    const Scene scene = sign_scene(seed, static_cast<std::uint64_t>(i), size);
    hash.add(scene.picture.rgb);
    hash.add(scene.mask);
  }
  return hash.value();
}

// The model in zoo/ was trained on these bytes: who changes them has to train it again.
TEST(SignScene, HasTheBytesTheModelWasTrainedOn) {
  EXPECT_EQ(hash_of(7, 32, 64), 0x0EDF75F7648959E6ULL);
  EXPECT_EQ(hash_of(1000000, 8, 64), 0x34119BD312AB4509ULL);
  EXPECT_EQ(hash_of(7, 2, 200), 0xF3DDECE6B95F1851ULL);
}

TEST(SignScene, DependsOnSeedAndIndexOnly) {
  const Scene again = sign_scene(7, 5);
  EXPECT_EQ(again.picture, sign_scene(7, 5).picture);
  EXPECT_NE(again.picture, sign_scene(7, 6).picture);
  EXPECT_NE(again.picture, sign_scene(8, 5).picture);
  EXPECT_NE(sign_scene(3, 4).picture, sign_scene(4, 3).picture);
}

TEST(SignScene, ShowsTheSameAtEverySize) {
  for (int i = 0; i < 8; ++i) {
    const Scene small = sign_scene(11, static_cast<std::uint64_t>(i), 64);
    const Scene large = sign_scene(11, static_cast<std::uint64_t>(i), 128);
    EXPECT_EQ(small.label, large.label);
    EXPECT_NEAR(2 * small.box.x0, large.box.x0, 2);
    EXPECT_NEAR(2 * small.box.y1, large.box.y1, 2);
  }
}

TEST(SignScene, DrawsEveryLabelAboutAsOften) {
  std::array<int, 16> count{};
  ASSERT_EQ(count.size(), sign_names().size());
  for (std::uint64_t i = 0; i < 1600; ++i) {
    ++count[static_cast<std::size_t>(sign_scene(21, i, 16).label)];
  }
  EXPECT_THAT(count, testing::Each(testing::AllOf(testing::Gt(60), testing::Lt(140))));
}

TEST(SignScene, MarksTheSignTightly) {
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Scene scene = sign_scene(31, i, 48);
    Box found{48, 48, 0, 0};
    int marked = 0;
    for (int y = 0; y < 48; ++y) {
      for (int x = 0; x < 48; ++x) {
        const int mark = scene.mask[static_cast<std::size_t>(48 * y + x)];
        if (mark == 0) continue;
        ASSERT_EQ(mark, 1 + scene.label);
        ++marked;
        found = {std::min(found.x0, x), std::min(found.y0, y), std::max(found.x1, x + 1),
                 std::max(found.y1, y + 1)};
      }
    }
    EXPECT_GT(marked, 30) << "picture " << i;
    EXPECT_EQ(scene.box, found) << "picture " << i;
    EXPECT_GE(scene.box.x0, 0);
    EXPECT_LE(scene.box.y1, 48);
  }
}

TEST(DrawSign, ShowsTheLabelAskedFor) {
  for (int label = 0; label < static_cast<int>(sign_names().size()); ++label) {
    Random random(99);
    const Scene scene = draw_sign(random, label, 32);
    EXPECT_EQ(scene.label, label);
    EXPECT_THAT(scene.mask, testing::Contains(1 + label));
  }
}

TEST(DrawSet, FindsSetsByName) {
  ASSERT_NE(draw_set("signs"), nullptr);
  EXPECT_EQ(draw_set("signs")->scene(7, 0, 64).picture, sign_scene(7, 0).picture);
  EXPECT_EQ(draw_set("planets"), nullptr);
}

// The model's label file and ours are one list.
TEST(SignNames, AreTheModelsLabels) {
  std::ifstream file("zoo/signs.txt");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  EXPECT_THAT(lines, testing::ElementsAreArray(sign_names().begin(), sign_names().end()));
}

}  // namespace
}  // namespace slipway::draw
