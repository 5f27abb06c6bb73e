#pragma once
// TensorProto and TypeProto: numbers, wherever the file keeps them.

#include <map>
#include <string>

#include "formats/format.h"
#include "formats/import.h"
#include "formats/onnx/proto.h"
#include "tensor/tensor.h"

namespace slipway::formats {

/// Errors  unsupported: strings, complex numbers, 8-bit floats, by name; corrupt: no such type
Result<DType> onnx_dtype(int data_type);

/// Whether the numbers have 4 bits in the file; here they have 8.
[[nodiscard]] bool is_four_bits(int data_type);

/// The number of ONNX for an element type.
[[nodiscard]] int onnx_data_type(DType dtype);

/// The type of an input or output; dimensions that have no number are unknown.
///
/// Errors  unsupported: sequences, maps and optionals; no rank stated; invalid_input: a negative
///         dimension
Result<TensorType> onnx_type(const ::onnx::TypeProto& type);

/// Where tensors may keep their bytes in files beside the model: in the model's folder, links
/// resolved, or in those that the user allows.
class ExternalData {
 public:
  ExternalData(const ModelFile& file, ImportBudget& budget) : file_(file), budget_(budget) {}

  /// Errors  not_found: no such file; invalid_input: it lies outside, or ends before the bytes do
  Result<BytesView> bytes(const ::onnx::TensorProto& tensor);

 private:
  Result<std::string> locate(const std::string& location) const;

  const ModelFile& file_;
  ImportBudget& budget_;
  std::map<std::string, Bytes> files_;
};

/// The tensor. `external` may be nullptr where bytes in other files are refused.
///
/// Errors  corrupt: other than as many numbers as its shape says; those of onnx_dtype and
///         ExternalData::bytes
Result<Tensor> onnx_tensor(const ::onnx::TensorProto& proto, ExternalData* external);

}  // namespace slipway::formats
