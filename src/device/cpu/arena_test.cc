#include "device/cpu/arena.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::cpu {
namespace {

TEST(Arena, NothingInUseAtTheSameTimeOverlaps) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    std::vector<ArenaPart> parts;
    const auto number = [&](std::int64_t most) {
      return static_cast<std::size_t>(random.integer(0, most));
    };
    for (std::size_t i = 0; i < 40; ++i) {
      const auto first = i + number(3);
      parts.push_back({0, 64 * (1 + number(49)), first, first + number(7)});
    }
    parts.push_back({0, 640, 3});  // in use to the end
    const auto arena = lay_out(parts);
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      most = std::max(most, arena.offsets[i] + parts[i].bytes);
      EXPECT_EQ(arena.offsets[i] % 64, 0U);
      for (std::size_t k = 0; k < i; ++k) {
        const bool together =
            parts[i].first_step < parts[k].behind && parts[k].first_step < parts[i].behind;
        const bool apart = arena.offsets[i] + parts[i].bytes <= arena.offsets[k] ||
                           arena.offsets[k] + parts[k].bytes <= arena.offsets[i];
        EXPECT_TRUE(apart || !together) << i << " and " << k << " of seed " << seed;
      }
    }
    EXPECT_EQ(arena.bytes, most);
  }
}

// As an inverted residual has them: small, expanded, filtered, small.
TEST(Arena, ValuesOfOneSizeTakeTurnsAtTheSameOffsets) {
  std::vector<ArenaPart> parts;
  for (std::size_t block = 0; block < 4; ++block) {
    const auto step = 3 * block;
    parts.push_back({0, 64, step, step + 5});
    parts.push_back({0, 640, step + 1, step + 3});
    parts.push_back({0, 640, step + 2, step + 4});
  }
  const auto arena = lay_out(parts);
  for (std::size_t i = 4; i < parts.size(); ++i) {
    if (parts[i].bytes == 640) EXPECT_EQ(arena.offsets[i], arena.offsets[i - 3]) << i;
  }
}

// Halves of both are then the same threads'.
TEST(Arena, SmallerValuesLieInTheMiddleOfLargerOnes) {
  const std::vector<ArenaPart> parts = {
      {0, 6400, 0, 2}, {0, 3200, 1, 3}, {0, 1600, 2, 4}, {0, 1600, 3, 5}};
  const auto arena = lay_out(parts);
  EXPECT_EQ(arena.bytes, 9600U);
  const auto middle = [&](std::size_t i) { return arena.offsets[i] + parts[i].bytes / 2; };
  const auto near = [](std::uint64_t a, std::uint64_t b) { return a < b + 64 && b < a + 64; };
  EXPECT_TRUE(near(middle(2), middle(0)));
  EXPECT_TRUE(near(middle(3), middle(1)));
}

// The largest first: both of two lines at 0, so that of those of one line, which meet, one lies
// behind the other.
TEST(Arena, TakesNoMoreThanInTheOrderOfSteps) {
  const std::vector<ArenaPart> parts = {
      {0, 128, 0, 2}, {0, 64, 1, 3}, {0, 64, 2, 4}, {0, 128, 3, 5}};
  EXPECT_EQ(lay_out(parts).bytes, 192U);
  EXPECT_EQ(lay_out({}).bytes, 0U);
}

}  // namespace
}  // namespace slipway::cpu
