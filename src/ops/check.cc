#include "ops/check.h"

#include <algorithm>

#include "ops/quant/fixed_point.h"

namespace slipway {

Result<void> check_dtype(std::string_view what, const TensorType& type,
                         std::initializer_list<DType> allowed) {
  if (std::find(allowed.begin(), allowed.end(), type.dtype) != allowed.end()) return {};
  std::string names;
  for (const DType dtype : allowed)
    names += fmt::format("{}{}", names.empty() ? "" : " or ", name_of(dtype));
  return fail(Code::unsupported, "{} must be {}, not {}", what, names, name_of(type.dtype));
}

Result<void> check_rank(std::string_view what, const TensorType& type, std::size_t rank) {
  if (type.shape.rank() == rank) return {};
  return fail(Code::invalid_input, "{} must have {} dimensions, not {}", what, rank,
              type.shape.text());
}

Result<void> check_activation(std::string_view what, const TensorType& type) {
  SLIPWAY_TRY(check_dtype(what, type, {DType::i8, DType::u8, DType::i16}));
  if (!type.quant)
    return fail(Code::unsupported, "{} is {} without a scale", what, name_of(type.dtype));
  if (type.quant->per_axis() && type.quant->scale.size() != 1) {
    return fail(Code::unsupported, "{} has a scale per channel; activations have one", what);
  }
  // Sums of differences to the zero point stay in 32 bits only where it is one of the integers.
  const auto range = fixed::range_of(type.dtype);
  const std::int32_t zero = type.quant->zero_point[0];
  if (zero < range.low || zero > range.high) {
    return fail(Code::invalid_input, "{} is {} with a zero point of {}", what, name_of(type.dtype),
                zero);
  }
  return {};
}

Result<std::optional<std::vector<std::int64_t>>> known_integers(const KnownInputs& inputs,
                                                                std::size_t i) {
  if (inputs.value(i) == nullptr) return std::optional<std::vector<std::int64_t>>();
  return std::optional(SLIPWAY_TRY(to_integers(*inputs.value(i)).during("input {}", i)));
}

}  // namespace slipway
