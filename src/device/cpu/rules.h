#pragma once
// Which nodes become which steps: a function for each op, and what it takes along.

#include "device/cpu/lowering.h"

namespace slipway::cpu {

/// For rules that read or write pixels that lie apart in every case.
bool always_reads(const Lowering& lowering, ValueId y, ValueId x);
bool always_writes(const Lowering& lowering, ValueId y);

/// For rules that are the same in every case.
Bf16 bf16_as_first(const Lowering& lowering, ValueId y, ValueId x);
Bf16 bf16_as_all(const Lowering& lowering, ValueId y, ValueId x);

/// A convolution that needs borders takes the parts of what it reads one by one.
Result<void> lower_conv(Lowering& lowering, ValueId y);
std::vector<ValueId> conv_claims(const Lowering& lowering, ValueId y);
bool conv_reads_apart(const Lowering& lowering, ValueId y, ValueId x);
bool conv_writes_framed(const Lowering& lowering, ValueId y);
Bf16 conv_bf16(const Lowering& lowering, ValueId y, ValueId x);

Result<void> lower_conv_transpose(Lowering& lowering, ValueId y);
Bf16 transposed_bf16(const Lowering& lowering, ValueId y, ValueId x);

Result<void> lower_dense(Lowering& lowering, ValueId y);
std::vector<ValueId> dense_claims(const Lowering& lowering, ValueId y);
Bf16 dense_bf16(const Lowering& lowering, ValueId y, ValueId x);

/// A sum; it joins the convolution before it.
Result<void> lower_add(Lowering& lowering, ValueId y);
std::vector<ValueId> add_claims(const Lowering& lowering, ValueId y);
bool add_reads_apart(const Lowering& lowering, ValueId y, ValueId x);
bool add_writes_apart(const Lowering& lowering, ValueId y);
bool add_writes_framed(const Lowering& lowering, ValueId y);
Bf16 add_bf16(const Lowering& lowering, ValueId y, ValueId x);

/// A picture of floats as bytes, channels last; planes of a 1x1 convolution.
Result<void> lower_transpose(Lowering& lowering, ValueId y);
std::vector<ValueId> transpose_claims(const Lowering& lowering, ValueId y);
bool transpose_reads_apart(const Lowering& lowering, ValueId y, ValueId x);
bool transpose_writes_apart(const Lowering& lowering, ValueId y);
Bf16 transpose_bf16(const Lowering& lowering, ValueId y, ValueId x);

/// A mean between Dequantize and Quantize.
Result<void> lower_quantize(Lowering& lowering, ValueId y);
std::vector<ValueId> quantize_claims(const Lowering& lowering, ValueId y);

/// The same bytes under another shape or scale.
Result<void> lower_reshape(Lowering& lowering, ValueId y);
bool reshape_reads_apart(const Lowering& lowering, ValueId y, ValueId x);

/// Elements of the first input at other places; the other inputs say where.
Result<void> lower_move(Lowering& lowering, ValueId y);

/// Elements of several inputs in one output.
Result<void> lower_joined(Lowering& lowering, ValueId y);
bool joined_reads_apart(const Lowering& lowering, ValueId y, ValueId x);

/// Any op that computes each element of its output from those at the same place of its inputs.
Result<void> lower_elementwise(Lowering& lowering, ValueId y);

/// What a recipe makes of a picture's bytes, a difference and a quotient, in one step.
Result<void> lower_normalization(Lowering& lowering, ValueId y);
std::vector<ValueId> normalization_claims(const Lowering& lowering, ValueId y);

Result<void> lower_batch_normalization(Lowering& lowering, ValueId y);

Result<void> lower_pool(Lowering& lowering, ValueId y);
Bf16 mean_bf16(const Lowering& lowering, ValueId y, ValueId x);

Result<void> lower_reduction(Lowering& lowering, ValueId y);

Result<void> lower_arg(Lowering& lowering, ValueId y);

Result<void> lower_softmax(Lowering& lowering, ValueId y);

/// Quantize of floats, with any rounding.
Result<void> lower_floats_to_bytes(Lowering& lowering, ValueId y);

Result<void> lower_post_process(Lowering& lowering, ValueId y);

Result<void> lower_detection_output(Lowering& lowering, ValueId y);

Result<void> lower_resize(Lowering& lowering, ValueId y);
bool resize_reads_apart(const Lowering& lowering, ValueId y, ValueId x);
bool resize_writes_apart(const Lowering& lowering, ValueId y);
Bf16 resize_bf16(const Lowering& lowering, ValueId y, ValueId x);

}  // namespace slipway::cpu
