#include "litert/random_case.h"

namespace slipway::litert {

TensorType random_type(Random& random, DType dtype, Shape shape) {
  TensorType type{dtype, std::move(shape), {}};
  if (dtype != DType::i8 && dtype != DType::u8 && dtype != DType::i16) return type;
  // Mostly between 2^-8 and 2^-4; one in eight between 2^-14 and 2.
  const bool extreme = random.integer(0, 7) == 0;
  const int exponent = static_cast<int>(extreme ? random.integer(-14, 1) : random.integer(-8, -4));
  float scale = random.real(0.5F, 1.0F);
  for (int i = 0; i < exponent; ++i) scale *= 2;
  for (int i = 0; i > exponent; --i) scale /= 2;
  std::int32_t zero = 0;
  if (dtype == DType::u8) zero = static_cast<std::int32_t>(random.integer(0, 255));
  if (dtype == DType::i8) zero = static_cast<std::int32_t>(random.integer(-128, 127));
  type.quant = per_tensor(scale, zero);
  return type;
}

void make_symmetric(Random& random, TensorType& type, int axis) {
  type.quant->zero_point = {0};
  if (random.integer(0, 1) == 0) return;
  const auto count = static_cast<std::size_t>(type.shape[static_cast<std::size_t>(axis)]);
  if (count < 2) return;
  const float scale = type.quant->scale[0];
  type.quant->scale.clear();
  for (std::size_t i = 0; i < count; ++i)
    type.quant->scale.push_back(scale * random.real(0.05F, 1.0F));
  type.quant->zero_point.assign(count, 0);
  type.quant->axis = axis;
}

TensorType bias_type(const TensorType& x, const TensorType& w, std::int64_t outputs) {
  if (!x.quant) return {x.dtype, {outputs}, {}};
  Quantization quant = *w.quant;
  for (auto& scale : quant.scale) scale *= x.quant->scale[0];
  quant.zero_point.assign(quant.scale.size(), 0);
  if (quant.per_axis()) quant.axis = 0;
  return {x.dtype == DType::i16 ? DType::i64 : DType::i32, {outputs}, quant};
}

Tensor random_tensor(Random& random, const TensorType& type) {
  TensorBuilder builder(type);
  visit(type.dtype, [&]<class T>(T) {
    for (auto& x : builder.values<T>()) {
      if constexpr (std::is_same_v<T, bool>) {
        x = random.integer(0, 1) == 1;
      } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
        const std::int64_t low = std::numeric_limits<T>::min();
        const bool weights =
            std::is_same_v<T, std::int8_t> && type.quant && type.quant->zero_point[0] == 0;
        x = static_cast<T>(random.integer(weights ? low + 1 : low, std::numeric_limits<T>::max()));
      } else if constexpr (std::is_integral_v<T>) {
        x = static_cast<T>(random.integer(std::is_unsigned_v<T> ? 0 : -4000, 4000));
      } else {
        x = T(random.real(-2, 2));
      }
    }
  });
  return std::move(builder).build();
}

}  // namespace slipway::litert
