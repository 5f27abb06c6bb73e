#pragma once
// What becomes of two updates of one element.

#include <array>
#include <string_view>

#include "ir/op.h"

namespace slipway {

enum class Reduction : std::uint8_t { none, add, mul, max, min };  // none: the last one stays
template <>
inline constexpr auto kEnumNames<Reduction> =
    std::to_array<std::string_view>({"none", "add", "mul", "max", "min"});

namespace ops {

/// to = to (reduced with) from, element by element; integers wrap around, and what is no number
/// stays so. Needs from.size() == to.size(), and no bools unless `reduction` is none.
void combine(Reduction reduction, DType dtype, BytesView from, std::span<std::byte> to);

/// Errors  unsupported: a sum, product or extreme of bools
Result<void> check_reduction(Reduction reduction, DType dtype);

}  // namespace ops
}  // namespace slipway
