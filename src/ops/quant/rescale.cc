#include "ops/quant/rescale.h"

namespace slipway {

Rescale::Rescale(const TensorType& x, const TensorType& w, const TensorType& y,
                 std::size_t channels, Activation activation, Rounding rounding)
    : per_channel_(w.quant->scale.size() > 1),
      zero_point_(y.quant->zero_point[0]),
      range_(clamp_range(activation, y)),
      rounding_(rounding),
      is_real_(rounding == Rounding::real || rounding == Rounding::real_even) {
  const float x_scale = x.quant->scale[0];
  const float y_scale = y.quant->scale[0];
  SLIPWAY_CHECK(!per_channel_ || w.quant->scale.size() == channels);
  for (const float w_scale : w.quant->scale) {
    // With unsigned weights the product of the scales is rounded to float, otherwise it is not: the
    // two generations of the arithmetic differ there (quantized_arithmetic.md, "Multipliers").
    const bool in_float = w.dtype == DType::u8 && !is_real_;
    const double factor = in_float ? static_cast<double>(x_scale * w_scale)
                                   : static_cast<double>(x_scale) * static_cast<double>(w_scale);
    scales_.push_back(factor / static_cast<double>(y_scale));
    multipliers_.push_back(fixed::quantize(scales_.back()));
  }
}

}  // namespace slipway
