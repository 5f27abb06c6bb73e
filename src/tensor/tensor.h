#pragma once
// A tensor: a type and immutable dense row-major bytes that copies share.

#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "tensor/tensor_type.h"

namespace slipway {

/// Writes the elements of a tensor that is being made; becomes a Tensor once and for all.
class TensorBuilder;

class Tensor {
 public:
  /// An empty f32 vector, so that tensors can be put into containers.
  Tensor();

  /// Errors  invalid_input: the bytes are not as many as the type needs, or it has an unknown
  ///         dimension, or a quantization that does not fit its shape
  static Result<Tensor> make(TensorType type, BytesView bytes);

  /// A tensor written down in our own code; a wrong count is our bug.
  template <class T>
  static Tensor of(Shape shape, const std::vector<T>& values);

  [[nodiscard]] const TensorType& type() const { return type_; }

  [[nodiscard]] const Shape& shape() const { return type_.shape; }

  [[nodiscard]] DType dtype() const { return type_.dtype; }

  [[nodiscard]] std::int64_t elements() const { return type_.shape.elements(); }

  [[nodiscard]] BytesView bytes() const { return {bytes_.get(), size_}; }

  /// The elements. Needs T to be the element type.
  template <class T>
  [[nodiscard]] std::span<const T> values() const {
    SLIPWAY_CHECK(kDTypeOf<T> == type_.dtype);
    return {reinterpret_cast<const T*>(bytes_.get()), size_ / sizeof(T)};
  }

  /// The same bytes under another type of equal size (another shape, another quantization).
  ///
  /// Errors  invalid_input: the sizes differ, or the quantization does not fit the shape
  [[nodiscard]] Result<Tensor> as(TensorType type) const;

  /// Equal types and equal bytes; floats are compared by their bits.
  bool operator==(const Tensor& other) const;

 private:
  friend class TensorBuilder;

  Tensor(TensorType type, std::shared_ptr<const std::byte[]> bytes, std::size_t size)
      : type_(std::move(type)), bytes_(std::move(bytes)), size_(size) {}

  TensorType type_;
  std::shared_ptr<const std::byte[]> bytes_;
  std::size_t size_ = 0;
};

class TensorBuilder {
 public:
  /// Zeros. Needs type.is_known().
  explicit TensorBuilder(TensorType type);

  [[nodiscard]] const TensorType& type() const { return type_; }

  template <class T>
  [[nodiscard]] std::span<T> values() {
    SLIPWAY_CHECK(kDTypeOf<T> == type_.dtype);
    return {reinterpret_cast<T*>(bytes_.get()), size_ / sizeof(T)};
  }

  [[nodiscard]] std::span<std::byte> bytes() { return {bytes_.get(), size_}; }

  /// Needs nothing else to write into it afterwards. Every byte of a bool tensor becomes 0 or 1.
  [[nodiscard]] Tensor build() &&;

 private:
  TensorType type_;
  std::shared_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

template <class T>
Tensor Tensor::of(Shape shape, const std::vector<T>& values) {
  TensorBuilder builder({.dtype = kDTypeOf<T>, .shape = std::move(shape)});
  const auto out = builder.values<T>();
  SLIPWAY_CHECK(out.size() == values.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = values[i];
  return std::move(builder).build();
}

/// Elements of any type as real numbers, as they are stored: quantization is not applied.
[[nodiscard]] std::vector<double> to_doubles(const Tensor& tensor);

/// Elements of an integer or bool tensor, for shapes, axes and indices.
///
/// Errors  invalid_input: not an integer type, or a u64 over 2^63-1
Result<std::vector<std::int64_t>> to_integers(const Tensor& tensor);

/// The real values: integers with quantization are scaled, everything else is converted to f32.
[[nodiscard]] Tensor dequantized(const Tensor& tensor);

}  // namespace slipway
