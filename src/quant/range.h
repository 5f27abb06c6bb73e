#pragma once
// Between which numbers the steps of a byte are spread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "quant/histogram.h"
#include "tensor/quant.h"

namespace slipway::quant {

/// How a range is made of what was seen.
enum class Method : std::uint8_t {
  minmax,      // all of it
  percentile,  // without the outermost numbers
  entropy,     // the least information lost: divergence of Kullback and Leibler
  mse,         // the least mean squared error of rounding and saturating
};

[[nodiscard]] std::string_view name_of(Method method);
[[nodiscard]] std::optional<Method> method_from(std::string_view name);

struct RangeOptions {
  Method method = Method::minmax;
  double percentile = 99.999;  // of the numbers that lie inside, half of the others at each end
  bool symmetric = false;      // as far below 0 as above it, unless nothing lies below
  bool reduced = false;        // 7 bits: products of bytes then fit sums of 16 bits
};

/// From low <= 0 to high >= 0.
struct Range {
  float low = 0;
  float high = 0;

  bool operator==(const Range&) const = default;
};

/// The highest step of an unsigned byte, counted from 0.
[[nodiscard]] constexpr std::int32_t most_steps(bool reduced) { return reduced ? 127 : 255; }

/// Source  entropy: Migacz 2017, "8-bit inference with TensorRT"
[[nodiscard]] Range range_of(const Histogram& seen, const RangeOptions& options);

/// The scale and zero point of unsigned bytes for a range: 0 is one of the steps, and both ends lie
/// between the outermost ones. (Pixels from -1 to 1 in 256 steps would all lie in the middle of
/// two, where each runtime rounds in its own way.)
[[nodiscard]] Quantization steps_of(Range range, const RangeOptions& options);

/// Which part of the numbers lies beyond the outermost steps, by bins.
[[nodiscard]] double saturated(const Histogram& seen, const Quantization& steps, bool reduced);

}  // namespace slipway::quant
