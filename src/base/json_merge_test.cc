#include "base/json_merge.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

/// The merged document on one line, or the error.
std::string merged(std::string_view first, std::string_view second) {
  const auto out = merge(*parse_json(first), *parse_json(second));
  return out ? out->text(0) : std::string(name_of(out.error().code)) + ": " + out.error().message;
}

TEST(JsonMerge, JoinsWhatOneHasAlone) {
  EXPECT_EQ(merged(R"({"a":1,"o":{"x":1}})", R"({"b":2,"o":{"y":2}})"),
            R"({"a":1,"o":{"x":1,"y":2},"b":2})");
}

TEST(JsonMerge, TheFirstIsRight) {
  EXPECT_EQ(merged(R"({"a":1,"l":[1,2]})", R"({"a":2.5,"l":[3]})"), R"({"a":1,"l":[1,2]})");
}

TEST(JsonMerge, NullIsNoValue) {
  EXPECT_EQ(merged(R"({"a":null,"b":1})", R"({"a":"x","b":null})"), R"({"a":"x","b":1})");
}

TEST(JsonMerge, DifferentTypesAreAnError) {
  EXPECT_EQ(merged(R"({"latency_ms":{"p50":1}})", R"({"latency_ms":{"p50":"fast"}})"),
            "conflict: latency_ms.p50 is a number in the first and a text in the second");
  EXPECT_EQ(merged("[]", "{}"),
            "conflict: the document is a list in the first and an object in the second");
}

}  // namespace
}  // namespace slipway
