#include "tensor/quant.h"

#include <cmath>
#include <utility>

#include <fmt/ranges.h>

namespace slipway {

std::string Quantization::text() const {
  if (!per_axis()) return fmt::format("q({}, {})", scale[0], zero_point[0]);
  return fmt::format("q(axis={}, [{}], [{}])", axis, fmt::join(scale, ","),
                     fmt::join(zero_point, ","));
}

Quantization per_tensor(float scale, std::int32_t zero_point) {
  return {.scale = {scale}, .zero_point = {zero_point}};
}

namespace {

/// The whole numbers of the narrow types; wider ones hold any zero point.
std::pair<std::int32_t, std::int32_t> range_of(DType dtype) {
  switch (dtype) {
    case DType::i8:
      return {-128, 127};
    case DType::u8:
      return {0, 255};
    case DType::i16:
      return {-32768, 32767};
    case DType::u16:
      return {0, 65535};
    default:
      return {INT32_MIN, INT32_MAX};
  }
}

}  // namespace

Result<void> check(const Quantization& quantization, DType dtype, const Shape& shape) {
  const auto& [scale, zero_point, axis] = quantization;
  if (scale.empty() || scale.size() != zero_point.size()) {
    return fail(Code::invalid_input, "{} scales and {} zero points", scale.size(),
                zero_point.size());
  }
  for (const float s : scale) {
    if (!std::isfinite(s) || s <= 0)
      return fail(Code::invalid_input, "a quantization scale of {}", s);
  }
  const auto [low, high] = range_of(dtype);
  for (const auto zero : zero_point) {
    if (zero < low || zero > high)
      return fail(Code::invalid_input, "a zero point of {} for {}", zero, name_of(dtype));
  }
  if (!quantization.per_axis()) {
    if (scale.size() != 1) return fail(Code::invalid_input, "{} scales but no axis", scale.size());
    return {};
  }
  const auto at = static_cast<std::size_t>(axis);
  if (axis < 0 || at >= shape.rank()) {
    return fail(Code::invalid_input, "quantized along axis {} of {}", axis, shape.text());
  }
  if (shape[at] != Shape::kUnknown && shape[at] != static_cast<std::int64_t>(scale.size())) {
    return fail(Code::invalid_input, "{} scales along axis {} of {}", scale.size(), axis,
                shape.text());
  }
  return {};
}

}  // namespace slipway
