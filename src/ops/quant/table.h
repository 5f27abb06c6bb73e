#pragma once
// Functions of quantized tensors by table: exact for bytes, interpolated for 16 bits.

#include <array>
#include <functional>

#include "ir/op.h"

namespace slipway::ops {

using RealFunction = std::function<float(float)>;

/// A value in 16-bit steps of the output's scale, by linear interpolation between 513 places.
class WideTable {
 public:
  /// Real is float or double: what the table is computed in. The steps of input and output are
  /// x_scale and y_scale, their zero points x_zero and y_zero.
  template <class Real>
  static WideTable make(Real x_scale, std::int32_t x_zero, Real y_scale, std::int32_t y_zero,
                        const std::function<Real(Real)>& f);

  [[nodiscard]] std::int16_t operator()(std::int16_t x) const {
    const auto index = static_cast<std::size_t>(256 + (x >> 7));
    const std::int32_t offset = x & 0x7F;
    // The slope wraps to 16 bits, as the peers' does.
    const auto slope = static_cast<std::int16_t>(entries_[index + 1] - entries_[index]);
    return static_cast<std::int16_t>(entries_[index] + ((slope * offset + 64) >> 7));
  }

 private:
  std::array<std::int16_t, 513> entries_ = {};
};

/// y = f(x) for input 0 and output 0 of `io`, both i8, u8 or i16 with one scale.
void run_table(EvalIo& io, const RealFunction& f);

/// The whole number nearest to zero's side of `x`, saturated to 32 bits; not-a-number is the least.
[[nodiscard]] std::int32_t to_i32(float x);

}  // namespace slipway::ops
