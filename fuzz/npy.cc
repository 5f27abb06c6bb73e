// .npy files: whatever is read is written and read again to the same tensor.

#include "base/check.h"
#include "tensor/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto tensor = from_npy(std::as_bytes(std::span{data, size}));
  if (!tensor) return 0;
  const auto again = from_npy(to_npy(*tensor));
  SLIPWAY_CHECK(again);
  SLIPWAY_CHECK(*again == *tensor);
  return 0;
}
