#pragma once
// Copies that other rules need, too.

#include "device/cpu/lowering.h"
#include "device/cpu/trace.h"

namespace slipway::cpu {

/// A copy of elements of `size` bytes in loops that begin at the two places.
void add_loops(Lowering& lowering, const engine::Place& in, const engine::Place& out,
               std::vector<Axis> loops, std::int32_t size);

/// A copy of a dense tensor with dimension perm[i] at place i.
///
/// Errors  unsupported: more dimensions move apart than steps have
Result<void> add_transposition(Lowering& lowering, const engine::Place& in,
                               const engine::Place& out, const Shape& shape,
                               std::span<const std::size_t> perm, std::int32_t size);

}  // namespace slipway::cpu
