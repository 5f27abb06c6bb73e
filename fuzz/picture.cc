// Pictures: what is decoded has as many pixels as it says.

#include "base/check.h"
#include "vision/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto picture = decode(std::as_bytes(std::span{data, size}));
  if (!picture) return 0;
  SLIPWAY_CHECK(picture->width > 0 && picture->height > 0);
  SLIPWAY_CHECK(picture->rgb.size() == picture->offset(0, picture->height));
  return 0;
}
