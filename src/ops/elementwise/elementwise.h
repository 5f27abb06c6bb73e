#pragma once
// Which ops work on each element by itself.

#include "ir/op.h"

namespace slipway::ops {

/// Whether each element of y depends on the elements of the inputs at its own place alone, where
/// inputs broadcast as NumPy's do: any order of the dimensions will do.
[[nodiscard]] bool is_elementwise(const AnyOp& op);

}  // namespace slipway::ops
