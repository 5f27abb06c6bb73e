// MATLAB files: whatever is read has as many elements as its bytes can hold.

#include "base/mat.h"

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto values = parse_mat(std::as_bytes(std::span{data, size}));
  if (!values) return 0;
  for (const auto& value : *values) {
    for (std::size_t i = 0; i < value.elements.size(); ++i) {
      for (const auto& field : value.elements[i])
        SLIPWAY_CHECK(value.field(i, field.name) != nullptr);
    }
  }
  return 0;
}
