#include "passes/testing.h"

namespace slipway::passes {
namespace {

TEST(RaiseLookups, AreDoneBeforeElementsAreRepeated) {
  const auto before = graph_of(R"(
    x: u8[1,3,4,5] q(0.05, 120) = Input
    s: i64[2] = Constant [6,8]
    t: i64[4] = Constant [1,1,2,1]
    k: i8[256] q(0.1, -7) = Constant
    m: u8[256] q(0.2, 9) = Constant
    a: u8[1,6,8,5] q(0.05, 120) = Resize(x, s) {coordinates=asymmetric, nearest=floor}
    y: i8[1,6,8,5] q(0.1, -7) = Lookup(a, k)
    b: u8[1,3,8,5] q(0.05, 120) = Tile(x, t)
    z: u8[1,3,8,5] q(0.2, 9) = Lookup(b, m)
    return y, z
  )");
  const auto after = passed(raise_lookups, before);
  EXPECT_EQ(ops_of(after), "Lookup Resize Lookup Tile");
  expect_same_outputs(before, after);
}

TEST(RaiseLookups, StayWhereTheElementsAreNeededToo) {
  const auto before = graph_of(R"(
    x: u8[1,3,4,5] q(0.05, 120) = Input
    s: i64[2] = Constant [6,8]
    k: i8[256] q(0.1, -7) = Constant
    a: u8[1,6,8,5] q(0.05, 120) = Resize(x, s) {coordinates=asymmetric, nearest=floor}
    y: i8[1,6,8,5] q(0.1, -7) = Lookup(a, k)
    return a, y
  )");
  EXPECT_TRUE(passed(raise_lookups, before) == before);
}

TEST(RaiseLookups, StayBehindWhatMakesLessOrComputes) {
  const auto before = graph_of(R"(
    x: u8[1,6,8,5] q(0.05, 120) = Input
    s: i64[2] = Constant [3,4]
    l: i64[2] = Constant [12,16]
    k: i8[256] q(0.1, -7) = Constant
    a: u8[1,3,4,5] q(0.05, 120) = Resize(x, s) {coordinates=asymmetric, nearest=floor}
    y: i8[1,3,4,5] q(0.1, -7) = Lookup(a, k)
    b: u8[1,12,16,5] q(0.05, 120) = Resize(x, l) {method=linear}
    z: i8[1,12,16,5] q(0.1, -7) = Lookup(b, k)
    return y, z
  )");
  EXPECT_TRUE(passed(raise_lookups, before) == before);
}

}  // namespace
}  // namespace slipway::passes
