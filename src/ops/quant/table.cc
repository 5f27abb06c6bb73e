#include "ops/quant/table.h"

#include <algorithm>
#include <cmath>

namespace slipway::ops {
namespace {

template <class T>
void run_byte_table(EvalIo& io, const RealFunction& f) {
  const auto& x_quant = *io.type(0).quant;
  const auto& y_quant = *io.output_type(0).quant;
  const float inverse = 1 / y_quant.scale[0];
  constexpr int kLow = std::numeric_limits<T>::min();
  constexpr int kHigh = std::numeric_limits<T>::max();
  std::array<T, 256> table = {};
  for (int x = kLow; x <= kHigh; ++x) {
    const float real = x_quant.scale[0] * static_cast<float>(x - x_quant.zero_point[0]);
    const float steps = std::round(f(real) * inverse);
    const std::int32_t y = to_i32(steps + static_cast<float>(y_quant.zero_point[0]));
    table[static_cast<std::size_t>(x - kLow)] = static_cast<T>(std::clamp(y, kLow, kHigh));
  }
  const auto y = io.out<T>(0);
  std::size_t i = 0;
  for (const T x : io.in<T>(0)) y[i++] = table[static_cast<std::size_t>(x - kLow)];
}

}  // namespace

std::int32_t to_i32(float x) {
  if (!(x > -0x1p31F)) return std::numeric_limits<std::int32_t>::min();
  if (x >= 0x1p31F) return std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(x);
}

template <class Real>
WideTable WideTable::make(Real x_scale, std::int32_t x_zero, Real y_scale, std::int32_t y_zero,
                          const std::function<Real(Real)>& f) {
  constexpr int kLow = std::numeric_limits<std::int16_t>::min();
  constexpr int kHigh = std::numeric_limits<std::int16_t>::max();
  constexpr int kSteps = 512;
  const auto x_low = x_scale * static_cast<Real>(kLow - x_zero);
  const auto x_high = x_scale * static_cast<Real>(kHigh - x_zero);
  const auto y_low = y_scale * static_cast<Real>(kLow - y_zero);
  const auto y_high = y_scale * static_cast<Real>(kHigh - y_zero);
  const Real step = (x_high - x_low) / kSteps;
  const Real half_step = step / 2;
  const Real inverse = static_cast<Real>(kHigh - kLow + 1) / (y_high - y_low);
  const auto clamp = [](Real x) {
    if (std::isnan(x)) return static_cast<std::int16_t>(kLow);
    return static_cast<std::int16_t>(std::clamp<Real>(x, kLow, kHigh));
  };
  WideTable table;
  for (int i = 0; i < kSteps; ++i) {
    const Real here = f(x_low + static_cast<Real>(i) * step);
    const Real middle = f(x_low + static_cast<Real>(i) * step + half_step);
    const Real next = f(x_low + static_cast<Real>(i + 1) * step);
    // Half of the error that interpolation makes in the middle is taken off both ends.
    const Real sample = std::round(here * inverse);
    const Real interpolated = std::round((next * inverse + std::round(here * inverse)) / 2);
    const Real error = interpolated - std::round(middle * inverse);
    table.entries_[static_cast<std::size_t>(i)] = clamp(sample - std::round(error / 2));
  }
  table.entries_[kSteps] = clamp(std::round(f(x_high) * inverse));
  return table;
}

template WideTable WideTable::make<float>(float, std::int32_t, float, std::int32_t,
                                          const std::function<float(float)>&);
template WideTable WideTable::make<double>(double, std::int32_t, double, std::int32_t,
                                           const std::function<double(double)>&);

void run_table(EvalIo& io, const RealFunction& f) {
  if (io.type(0).dtype == DType::i8) return run_byte_table<std::int8_t>(io, f);
  if (io.type(0).dtype == DType::u8) return run_byte_table<std::uint8_t>(io, f);
  const auto& x_quant = *io.type(0).quant;
  const auto& y_quant = *io.output_type(0).quant;
  const auto table = WideTable::make<float>(x_quant.scale[0], x_quant.zero_point[0],
                                            y_quant.scale[0], y_quant.zero_point[0], f);
  const auto x = io.in<std::int16_t>(0);
  std::transform(x.begin(), x.end(), io.out<std::int16_t>(0).begin(), table);
}

}  // namespace slipway::ops
