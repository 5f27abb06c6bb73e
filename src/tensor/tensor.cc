#include "tensor/tensor.h"

#include <cstring>

namespace slipway {

std::string TensorType::text() const {
  const std::string plain = fmt::format("{}{}", name_of(dtype), shape.text());
  return quant ? fmt::format("{} {}", plain, quant->text()) : plain;
}

Tensor TensorBuilder::build() && {
  // Bytes from outside may hold anything; a C++ bool that is neither 0 nor 1 has no meaning.
  if (type_.dtype == DType::boolean) {
    for (std::byte& byte : bytes()) byte = std::byte{byte != std::byte{0}};
  }
  return {std::move(type_), std::move(bytes_), size_};
}

Tensor::Tensor() : Tensor(TensorBuilder({.shape = {0}}).build()) {}

Result<Tensor> Tensor::make(TensorType type, BytesView bytes) {
  if (!type.is_known())
    return fail(Code::invalid_input, "a tensor of unknown shape {}", type.shape.text());
  if (type.quant) SLIPWAY_TRY(check(*type.quant, type.dtype, type.shape));
  if (static_cast<std::uint64_t>(type.bytes()) != bytes.size()) {
    return fail(Code::invalid_input, "{} needs {} bytes, not {}", type.text(), type.bytes(),
                bytes.size());
  }
  TensorBuilder builder(std::move(type));
  if (!bytes.empty()) std::memcpy(builder.bytes().data(), bytes.data(), bytes.size());
  return std::move(builder).build();
}

Result<Tensor> Tensor::as(TensorType type) const {
  if (!type.is_known() || static_cast<std::uint64_t>(type.bytes()) != size_) {
    return fail(Code::invalid_input, "{} cannot be seen as {}", type_.text(), type.text());
  }
  if (type.quant) SLIPWAY_TRY(check(*type.quant, type.dtype, type.shape));
  // Bytes that were no bools must become 0 and 1 first.
  if (type.dtype == DType::boolean && dtype() != DType::boolean) {
    return make(std::move(type), bytes());
  }
  return Tensor(std::move(type), bytes_, size_);
}

bool Tensor::operator==(const Tensor& other) const {
  return type_ == other.type_ && size_ == other.size_ &&
         (size_ == 0 || std::memcmp(bytes_.get(), other.bytes_.get(), size_) == 0);
}

TensorBuilder::TensorBuilder(TensorType type) : type_(std::move(type)) {
  size_ = static_cast<std::size_t>(type_.bytes());
  bytes_ = std::make_shared<std::byte[]>(size_);
}

std::vector<double> to_doubles(const Tensor& tensor) {
  return visit(tensor.dtype(), [&]<class T>(T) {
    std::vector<double> out;
    out.reserve(tensor.values<T>().size());
    for (const T x : tensor.values<T>()) {
      if constexpr (std::is_arithmetic_v<T>) {
        out.push_back(static_cast<double>(x));
      } else {
        out.push_back(static_cast<float>(x));
      }
    }
    return out;
  });
}

Result<std::vector<std::int64_t>> to_integers(const Tensor& tensor) {
  return visit(tensor.dtype(), [&]<class T>(T) -> Result<std::vector<std::int64_t>> {
    if constexpr (std::is_integral_v<T>) {
      std::vector<std::int64_t> out;
      out.reserve(tensor.values<T>().size());
      for (const T x : tensor.values<T>()) {
        if (std::is_same_v<T, std::uint64_t> && static_cast<std::uint64_t>(x) > INT64_MAX) {
          return fail(Code::invalid_input, "{} does not fit into 64 signed bits", x);
        }
        out.push_back(static_cast<std::int64_t>(x));
      }
      return out;
    } else {
      return fail(Code::invalid_input, "integers are needed, not {}", name_of(tensor.dtype()));
    }
  });
}

Tensor dequantized(const Tensor& tensor) {
  if (tensor.dtype() == DType::f32) return tensor;
  TensorBuilder out({.dtype = DType::f32, .shape = tensor.shape()});
  const auto y = out.values<float>();
  const auto& quant = tensor.type().quant;
  std::int64_t inner = 1;  // elements per step of the quantized axis
  if (quant && quant->per_axis()) {
    for (std::size_t i = static_cast<std::size_t>(quant->axis) + 1; i < tensor.shape().rank();
         ++i) {
      inner *= tensor.shape()[i];
    }
  }
  visit(tensor.dtype(), [&]<class T>(T) {
    const auto x = tensor.values<T>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      if constexpr (std::is_integral_v<T>) {
        if (quant) {
          const std::size_t slice = i / static_cast<std::size_t>(inner) % quant->scale.size();
          const auto steps = static_cast<std::int64_t>(x[i]) - quant->zero_at(slice);
          y[i] = quant->scale_at(slice) * static_cast<float>(steps);
          continue;
        }
      }
      y[i] = static_cast<float>(x[i]);
    }
  });
  return std::move(out).build();
}

}  // namespace slipway
