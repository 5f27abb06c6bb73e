#include "tensor/quant.h"

#include <cmath>

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

Result<void> check(const Quantization& quantization, const Shape& shape) {
  const auto& [scale, zero_point, axis] = quantization;
  if (scale.empty() || scale.size() != zero_point.size()) {
    return fail(Code::invalid_input, "{} scales and {} zero points", scale.size(),
                zero_point.size());
  }
  for (const float s : scale) {
    if (!std::isfinite(s) || s <= 0)
      return fail(Code::invalid_input, "a quantization scale of {}", s);
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
