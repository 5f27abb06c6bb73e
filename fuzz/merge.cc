// Two JSON documents with a byte of 0 between them: what both say together adds nothing when it is
// joined with either again, and what is written reads back the same.

#include "base/bytes.h"
#include "base/check.h"
#include "base/json_merge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto text = as_text(std::as_bytes(std::span{data, size}));
  const auto middle = text.find('\0');
  if (middle == text.npos) return 0;
  const auto first = parse_json(text.substr(0, middle));
  const auto second = parse_json(text.substr(middle + 1));
  if (!first || !second) return 0;
  const auto both = merge(*first, *second);
  if (!both) return 0;
  const auto with_first = merge(*both, *first);
  const auto with_second = merge(*both, *second);
  SLIPWAY_CHECK(with_first && *with_first == *both);
  SLIPWAY_CHECK(with_second && *with_second == *both);
  const auto again = parse_json(both->text());
  SLIPWAY_CHECK(again && again->text() == both->text());
  return 0;
}
