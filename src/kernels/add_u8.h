#pragma once
// Sums of two tensors of bytes.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"
#include "kernels/requantize.h"

namespace slipway::kernels {

/// out[i] = add(a[i], b[i], addition), or with a table table[a[i] * 256 + b[i]]
///
/// Up to 63 bytes behind a and b are read.
struct AddU8 {
  const std::uint8_t* a = nullptr;
  const std::uint8_t* b = nullptr;
  std::uint8_t* out = nullptr;  // may be a or b
  std::ptrdiff_t count = 0;
  Addition addition;
  const std::uint8_t* table = nullptr;  // kTableBytes, where the addition is one
};

struct AddU8Variant {
  Isa isa;
  void (*run)(const AddU8&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const AddU8Variant> add_u8_variants();

}  // namespace slipway::kernels
