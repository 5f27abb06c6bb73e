#include "base/json.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace slipway {
namespace {

Json parsed(std::string_view text) { return parse_json(text).value(); }

std::string error_of(std::string_view text) {
  const auto result = parse_json(text);
  EXPECT_EQ(result ? Code::internal : result.error().code, Code::corrupt) << text;
  return result ? "" : result.error().message;
}

TEST(Json, KeepsTheOrderOfMembers) {
  const Json json = parsed(R"({"z": 1, "a": [true, null, "x"], "m": {"k": 2.5}})");
  EXPECT_EQ(json.text(0), R"({"z":1,"a":[true,null,"x"],"m":{"k":2.5}})");
  EXPECT_EQ(*json.find("z")->integer(), 1);
  EXPECT_EQ(json.find("nothing"), nullptr);
  EXPECT_EQ(Json(1).find("z"), nullptr);
}

TEST(Json, WritesShapesOnOneLineAndTheRestIndented) {
  Json json;
  json.set("shape", Json::Array{1, 224, 224, 3}).set("names", Json::Array{"a", "b"});
  json.set("empty", Json(Json::Object{}));
  EXPECT_EQ(json.text(),
            "{\n"
            "  \"shape\": [1, 224, 224, 3],\n"
            "  \"names\": [\n"
            "    \"a\",\n"
            "    \"b\"\n"
            "  ],\n"
            "  \"empty\": {}\n"
            "}");
}

TEST(Json, RefusesAMemberNamedTwice) {
  EXPECT_EQ(error_of(R"({"a": 1, "a": 2})"), "the member \"a\" stands twice in one object");
  EXPECT_TRUE(parse_json(R"([{"a": 1}, {"a": 2}])"));
}

TEST(Json, RefusesToNestDeeperThanAHundred) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(100)));
  EXPECT_EQ(error_of(nested(101)), "nested over 100 deep");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')), "nested over 100 deep");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "[1,]", "{\"a\":}", "nul", "1 2", "'a'", "\"\xff\"", "1e999"}) {
    EXPECT_NE(error_of(text), "") << text;
  }
}

TEST(Json, WritesNullForNumbersThatJsonDoesNotHave) {
  EXPECT_EQ(Json(std::nan("")).text(), "null");
  EXPECT_EQ(Json(HUGE_VAL).text(), "null");
  EXPECT_EQ(Json(Json::Array{1, -HUGE_VAL}).text(0), "[1,null]");
}

TEST(Json, RealNumbersStayReal) {
  EXPECT_EQ(Json(1.0).text(), "1.0");
  EXPECT_EQ(Json(-0.0).text(), "-0.0");
  EXPECT_EQ(Json(9199.48).text(), "9199.48");
  EXPECT_EQ(Json(1e300).text(), "1e+300");
  EXPECT_EQ(Json(3).text(), "3");
}

TEST(Json, CountsOverSixtyThreeBitsBecomeReal) {
  EXPECT_EQ(Json(UINT64_MAX).number().value(), 0x1p64);
  EXPECT_EQ(parsed("18446744073709551615").number().value(), 0x1p64);
  EXPECT_EQ(*parsed("-9223372036854775808").integer(), INT64_MIN);
}

TEST(Json, TextThatIsNotUtf8IsWrittenWithReplacements) {
  EXPECT_EQ(Json("a\xff").text(), "\"a\xef\xbf\xbd\"");
}

rc::Gen<Json> any_json(int depth) {
  auto leaf = rc::gen::oneOf(
      rc::gen::just(Json()), rc::gen::map<bool>([](bool x) { return Json(x); }),
      rc::gen::map<std::int64_t>([](std::int64_t x) { return Json(x); }),
      rc::gen::map<double>([](double x) { return std::isfinite(x) ? Json(x) : Json(); }),
      rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127)),
                   [](std::string x) { return Json(std::move(x)); }));
  if (depth == 0) return leaf;
  auto array = rc::gen::map(rc::gen::container<Json::Array>(any_json(depth - 1)),
                            [](Json::Array items) { return Json(std::move(items)); });
  auto object = rc::gen::map(rc::gen::container<Json::Array>(any_json(depth - 1)),
                             [](const Json::Array& items) {
                               Json out{Json::Object{}};
                               for (std::size_t i = 0; i < items.size(); ++i) {
                                 out.set("member " + std::to_string(i), items[i]);
                               }
                               return out;
                             });
  return rc::gen::oneOf(std::move(leaf), std::move(array), std::move(object));
}

RC_GTEST_PROP(Json, ReadsBackWhatItWrote, ()) {
  const Json json = *rc::gen::resize(10, any_json(3));
  RC_ASSERT(parsed(json.text()) == json);
  RC_ASSERT(parsed(json.text(0)) == json);
}

RC_GTEST_PROP(Json, RealNumbersReadBackBitForBit, (std::uint64_t bits)) {
  const auto x = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(x));
  const Json back = parsed(Json(x).text());
  RC_ASSERT(std::bit_cast<std::uint64_t>(back.number().value()) == bits);
}

}  // namespace
}  // namespace slipway
