#pragma once
// How tensors that broadcast are walked.

#include <span>

#include "base/result.h"
#include "engine/loops.h"
#include "tensor/shape.h"

namespace slipway::cpu {

/// The loops over `y` for inputs that broadcast to it, with as few dimensions as do.
///
/// Errors  unsupported: more dimensions are left than steps have
Result<engine::Loops> loops_of(const Shape& y, std::span<const Shape> inputs);

/// The units of loops that cost about `element_bytes` per element.
[[nodiscard]] std::uint32_t cut(engine::Loops& loops, std::int64_t element_bytes);

/// How many rows of this many bytes each make a unit.
[[nodiscard]] std::int64_t unit_rows(std::int64_t row_bytes);

}  // namespace slipway::cpu
