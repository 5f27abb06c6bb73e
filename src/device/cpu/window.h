#pragma once
// Convolutions and pools in numbers that steps have.

#include "device/cpu/lowering.h"
#include "engine/picture_steps.h"
#include "engine/product_steps.h"
#include "ops/window.h"

namespace slipway::cpu {

/// Errors  unsupported: over two dimensions, or sizes that no step counts
Result<engine::Sliding> sliding_of(const Window& window, const Shape& x);

/// What a product reads, and whether its pixels were laid out anew for it.
struct ProductInput {
  engine::Place a;
  engine::ProductRows rows;
  std::int32_t segments = 1;
  std::int32_t segment_elements = 0;
};

/// The rows of a dense convolution of x: where its window leaves the picture, a step is added that
/// copies x with borders of `outside`.
///
/// Errors  unsupported: a window of too many runs
Result<ProductInput> product_input(Lowering& lowering, ValueId x, const engine::Sliding& window,
                                   std::uint32_t outside);

/// One line of `m` pixels with `k` elements each: a dense layer.
ProductInput dense_input(const engine::Place& a, std::int64_t m, std::int64_t k);

/// How a product of `columns` channels, `column_bytes` of weights each, is cut into units: the
/// weights of a unit, and the pixels that meet them, stay in a second-level cache.
void cut(engine::ProductRows& rows, std::int64_t row_bytes, std::int32_t columns,
         std::int64_t column_bytes, std::int32_t panel);

}  // namespace slipway::cpu
