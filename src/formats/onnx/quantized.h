#pragma once
// Integers that stand for real numbers. In ONNX their scales are inputs of the operators; here they
// are part of the type where they are constants. Between operators a value is always plain integers
// (a Reinterpret): what takes it as numbers must not see a scale. Two Reinterprets in a row vanish.

#include <optional>

#include "formats/onnx/node.h"
#include "tensor/quant.h"

namespace slipway::formats {

/// The scale at input `scale` and the zero point at input `zero` (0 where left out) of a tensor of
/// type `x`, where both are known while reading, as one pair or one per slice of `axis`. Nothing
/// where they are not known, or are of a form that no type has (blocks, f16).
Result<std::optional<Quantization>> known_quantization(OnnxNode& node, std::size_t scale,
                                                       std::size_t zero, const TensorType& x,
                                                       std::int64_t axis);

/// The integers of `value` with this scale: a constant with another type, what a Reinterpret was
/// made of, or a new Reinterpret.
Result<ValueId> as_quantized(OnnxNode& node, ValueId value, const Quantization& quant);

/// The integers of `value` without a scale.
Result<ValueId> as_plain(OnnxNode& node, ValueId value);

/// Adds a node whose output 0 has this scale.
Result<ValueId> quantized_helper(OnnxNode& node, const AnyOp& op, std::vector<ValueId> inputs,
                                 const Quantization& quant, std::string_view purpose);

/// Adds a node with this scale for output 0, and makes its plain integers the output of `node`.
/// `last`: the op works with channels last.
Result<void> emit_quantized(OnnxNode& node, const AnyOp& op, std::vector<ValueId> inputs,
                            const Quantization& quant, bool last);

/// A one-element tensor of this type.
Result<ValueId> scalar(OnnxNode& node, float value, DType dtype);

/// The constant with its dimensions in another order. What is dequantized stays in integers: they
/// are moved before. A value that is no constant is moved while running.
Result<ValueId> moved_filter(OnnxNode& node, ValueId filter, const std::vector<std::int64_t>& perm);

/// y = quantized(x * scale) with scales and zero points that are known only while running: `sums`
/// are i32 (channels last), `scales` is what the sums are multiplied with, `zero` that of y.
Result<ValueId> requantized(OnnxNode& node, ValueId sums, ValueId scales, ValueId zero);

/// x_scale * w_scale / y_scale, as values.
Result<ValueId> combined_scales(OnnxNode& node, ValueId x, ValueId w, ValueId y);

}  // namespace slipway::formats
