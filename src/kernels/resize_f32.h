#pragma once
// Pictures of floats in other sizes, channels last: each element weighs its four neighbours.

#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// Between which two elements a place lies, and how far it is from the first: for floats a share,
/// for i8 in 1/1024.
struct Tap {
  std::int32_t low = 0;
  std::int32_t high = 0;
  float distance = 0;
  std::int32_t steps = 0;
};

/// Rows `first` up to `last` of the output; rows are counted through all pictures.
struct ResizeF32 {
  const float* in = nullptr;
  float* out = nullptr;
  const Tap* rows = nullptr;     // out_height
  const Tap* columns = nullptr;  // out_width
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t out_height = 0;
  std::int32_t out_width = 0;
  std::int32_t channels = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
};

struct ResizeF32Variant {
  Isa isa;
  void (*run)(const ResizeF32&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const ResizeF32Variant> resize_f32_variants();

}  // namespace slipway::kernels
