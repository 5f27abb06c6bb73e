#pragma once
// Questions that many ops ask of their inputs.

#include <initializer_list>

#include "ir/op.h"

namespace slipway {

/// Errors  unsupported: the type is none of `allowed`
Result<void> check_dtype(std::string_view what, const TensorType& type,
                         std::initializer_list<DType> allowed);

/// Errors  invalid_input: another number of dimensions
Result<void> check_rank(std::string_view what, const TensorType& type, std::size_t rank);

/// i8, u8 or i16 with one scale for the tensor: what integer arithmetic takes as an activation.
///
/// Errors  unsupported: no quantization, or one per axis; invalid_input: a zero point outside the
///         type
Result<void> check_activation(std::string_view what, const TensorType& type);

/// Whether the op computes in integers: an 8- or 16-bit input with quantization.
[[nodiscard]] inline bool is_quantized(const TensorType& type) {
  return type.quant &&
         (type.dtype == DType::i8 || type.dtype == DType::u8 || type.dtype == DType::i16);
}

/// The elements of a shape-like input as integers, or nullopt where it is not known before running.
///
/// Errors  invalid_input: not integers
Result<std::optional<std::vector<std::int64_t>>> known_integers(const KnownInputs& inputs,
                                                                std::size_t i);

}  // namespace slipway
