#include "ops/quant/rescale.h"

namespace slipway {

Rescale::Rescale(const TensorType& x, const TensorType& w, const TensorType& y,
                 const Fields& fields)
    : per_channel_(w.quant->scale.size() > 1),
      zero_point_(y.quant->zero_point[0]),
      range_(clamp_range(fields.activation, y)),
      rounding_(fields.rounding),
      is_real_(rounding_ == Rounding::real || rounding_ == Rounding::real_even) {
  const float x_scale = x.quant->scale[0];
  const float y_scale = y.quant->scale[0];
  for (const float w_scale : w.quant->scale) {
    if (rounding_ == Rounding::real_even) {  // float throughout
      scales_.push_back(static_cast<double>(x_scale * w_scale / y_scale));
      multipliers_.emplace_back();
      continue;
    }
    const double product = fields.float_product
                               ? static_cast<double>(x_scale * w_scale)
                               : static_cast<double>(x_scale) * static_cast<double>(w_scale);
    scales_.push_back(product / static_cast<double>(y_scale));
    multipliers_.push_back(fixed::quantize(scales_.back()));
  }
}

}  // namespace slipway
