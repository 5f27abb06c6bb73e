#pragma once
// Tensors as files: NumPy's .npy and raw little-endian bytes.

#include <string>

#include "base/bytes.h"
#include "tensor/tensor.h"

namespace slipway {

/// A tensor from the bytes of a .npy file (format 1.0 to 3.0, either memory order). bf16 has no
/// NumPy type and cannot come from one.
///
/// Errors  corrupt: not a .npy file, or cut short; unsupported: a big-endian or other element type
/// Source  NumPy, numpy.lib.format
Result<Tensor> from_npy(BytesView bytes);

/// The bytes of a .npy file, format 1.0. bf16 is written as f32; quantization is not written.
[[nodiscard]] Bytes to_npy(const Tensor& tensor);

}  // namespace slipway
