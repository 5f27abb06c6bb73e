#pragma once
// Functions of bytes, whatever they compute, as tables.

#include "device/cpu/lowering.h"

namespace slipway::cpu {

/// A function of one tensor of bytes, element by element, where its other inputs are constants: a
/// table of what the op gives for each byte.
///
/// Errors  unsupported: not such a node, or the op refuses some byte
Result<void> lower_lookup(Lowering& lowering, ValueId y);

/// A function of two tensors of bytes, element by element.
///
/// Errors  unsupported: not such a node, or the op refuses some pair of bytes
Result<void> lower_lookup2(Lowering& lowering, ValueId y);

/// The bytes of `x` in the scale of `to`, as Concat brings them there, in a part of the arena for
/// this node alone.
///
/// Errors  unsupported: no bytes with one scale
Result<engine::Place> rescaled(Lowering& lowering, ValueId x, const TensorType& to);

/// The real values of bytes, as floats, in a part of the arena for this node alone.
///
/// Errors  unsupported: no bytes with one scale
Result<engine::Place> dequantized(Lowering& lowering, ValueId x);

}  // namespace slipway::cpu
