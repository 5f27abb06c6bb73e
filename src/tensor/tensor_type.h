#pragma once
// What is known of a tensor before it is computed.

#include <optional>
#include <string>

#include "tensor/dtype.h"
#include "tensor/quant.h"
#include "tensor/shape.h"

namespace slipway {

struct TensorType {
  DType dtype = DType::f32;
  Shape shape;
  std::optional<Quantization> quant = std::nullopt;

  /// "u8[1,224,224,3] q(0.0078125, 128)": as in the IR's text.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool is_known() const { return shape.is_known(); }

  /// Size when stored densely. Needs is_known().
  [[nodiscard]] std::int64_t bytes() const { return shape.elements() * size_of(dtype); }

  /// The same element type and quantization with another shape.
  [[nodiscard]] TensorType with_shape(Shape other) const {
    return {dtype, std::move(other), quant};
  }

  bool operator==(const TensorType&) const = default;
};

}  // namespace slipway
