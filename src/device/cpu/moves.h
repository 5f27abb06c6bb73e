#pragma once
// Copies that other rules need, too.

#include "device/cpu/lowering.h"
#include "device/cpu/trace.h"

namespace slipway::cpu {

/// A copy of elements of `size` bytes in loops that begin at the two places.
void add_loops(Lowering& lowering, const engine::Place& in, const engine::Place& out,
               std::vector<Axis> loops, std::int32_t size);

/// Some channels of a value.
struct Part {
  Pixels pixels;
  std::int64_t channels = 0;
  std::int64_t first = 0;  // channel of the value that it is a part of
  bool doubled = false;    // a claimed Resize makes it of these pixels: doubled.h
};

/// Whether a value joins others along its channels that one reader can take one by one: who does
/// claims it.
[[nodiscard]] bool joins_channels(const Lowering& lowering, ValueId x);

/// The parts of such a value, where it was claimed; of any other, the value itself. `vectors`:
/// kernels read whole vectors of them, so that inputs of the graph are copied.
Result<std::vector<Part>> parts_of(Lowering& lowering, ValueId x, bool vectors);

/// Parts in one room without gaps: for kernels that take no parts. One part stays where it is.
Pixels put_together(Lowering& lowering, ValueId x, const std::vector<Part>& parts);

/// A copy of a dense tensor with dimension perm[i] at place i.
///
/// Errors  unsupported: more dimensions move apart than steps have
Result<void> add_transposition(Lowering& lowering, const engine::Place& in,
                               const engine::Place& out, const Shape& shape,
                               std::span<const std::size_t> perm, std::int32_t size);

}  // namespace slipway::cpu
