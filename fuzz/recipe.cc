// Recipes: what is read is written and read again to the same recipe.

#include "ir/recipe.h"

#include "base/bytes.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto recipe = parse_recipe(as_text(std::as_bytes(std::span{data, size})));
  if (!recipe) return 0;
  const auto again = parse_recipe(to_text(*recipe));
  SLIPWAY_CHECK(again);
  SLIPWAY_CHECK(*again == *recipe);
  return 0;
}
