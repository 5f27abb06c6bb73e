#pragma once
// A function of bytes as a table.

#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// out[i] = table[in[i]]. `table` has 256 bytes; `out` may be `in`.
struct LookupU8 {
  const std::uint8_t* table = nullptr;
  const std::uint8_t* in = nullptr;
  std::uint8_t* out = nullptr;
  std::int64_t count = 0;
};

struct LookupU8Variant {
  Isa isa;
  void (*run)(const LookupU8&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const LookupU8Variant> lookup_u8_variants();

}  // namespace slipway::kernels
