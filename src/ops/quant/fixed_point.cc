#include "ops/quant/fixed_point.h"

#include <cmath>

namespace slipway::fixed {

Multiplier quantize(double real) {
  if (real == 0 || std::isnan(real)) return {};
  if (std::isinf(real)) {  // a file may divide a large scale by a tiny one
    constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
    return {real > 0 ? kMost : -kMost, 30};
  }
  int shift = 0;
  const double fraction = std::frexp(real, &shift);  // exact: no rounding, same everywhere
  auto value = static_cast<std::int64_t>(std::round(fraction * 0x1p31));
  if (value == std::int64_t{1} << 31U) {
    value /= 2;
    ++shift;
  }
  if (shift < -31) return {};  // too small to move any accumulator
  if (shift > 30) return {std::numeric_limits<std::int32_t>::max(), 30};
  return {static_cast<std::int32_t>(value), shift};
}

Range range_of(DType dtype) {
  switch (dtype) {
    case DType::i8:
      return {-128, 127};
    case DType::u8:
      return {0, 255};
    case DType::i16:
      return {-32768, 32767};
    default:
      broken_promise("an integer type of 8 or 16 bits", __FILE__, __LINE__);
  }
}

}  // namespace slipway::fixed
