#pragma once
// Regions of a picture brought to one size.

#include <array>
#include <string_view>
#include <tuple>

#include "ir/op.h"

namespace slipway {

/// What becomes of the samples of a bin.
enum class RoiMethod : std::uint8_t {
  average,
  maximum,  // of their four neighbours, each times its weight, as ONNX defines it
  peak,     // of the samples, at least 0, as OpenVINO computes it
};
template <>
inline constexpr auto kEnumNames<RoiMethod> =
    std::to_array<std::string_view>({"average", "maximum", "peak"});

namespace ops {

/// Regions of x, each divided into height x width bins; a bin is the average of samples between the
/// elements, `samples` in each direction, or with 0 about one per element, or what else the method
/// says. Regions are in units of 1 / scale; with `half_pixel`, they begin at the edge of the first
/// element, not at its middle, and may be smaller than 1.
///
/// Shapes  x [n, h, w, c], regions [r, 4] (left, top, right, bottom), pictures i32 or i64 [r]
///         ->  y [r, height, width, c]
/// Types   f32 or f64, both alike
/// Errors  invalid_input: a picture that x does not have; unsupported: over 1024 samples in a row
///         of a bin
/// Source  ONNX RoiAlign-16; OpenVINO ROIAlign-3; He et al. 2017, "Mask R-CNN"
struct RoiAlign {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t samples = 0;
  float scale = 1;
  bool half_pixel = true;
  RoiMethod method = RoiMethod::average;

  static constexpr auto kName = "RoiAlign";
  static constexpr auto kFields =
      std::tuple{Field{"height", &RoiAlign::height},         Field{"width", &RoiAlign::width},
                 Field{"samples", &RoiAlign::samples},       Field{"scale", &RoiAlign::scale},
                 Field{"half_pixel", &RoiAlign::half_pixel}, Field{"method", &RoiAlign::method}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const RoiAlign&) const = default;
};

/// Regions of x, each divided into height x width bins of whole elements, which may overlap; a bin
/// is its maximum, or 0 where it has no elements. Regions are in units of 1 / scale, rounded. With
/// `ends`, a region of picture -1 ends the list: it and all behind it are 0.
///
/// Shapes  x [n, h, w, c], regions [r, 5] (picture, left, top, right, bottom)
///         ->  y [r, height, width, c]
/// Types   f32 or f64, both alike
/// Errors  invalid_input: a picture that x does not have
/// Source  ONNX MaxRoiPool-1; OpenVINO ROIPooling-1, max; Girshick 2015, "Fast R-CNN"
struct MaxRoiPool {
  std::int64_t height = 1;
  std::int64_t width = 1;
  float scale = 1;
  bool ends = false;

  static constexpr auto kName = "MaxRoiPool";
  static constexpr auto kFields =
      std::tuple{Field{"height", &MaxRoiPool::height}, Field{"width", &MaxRoiPool::width},
                 Field{"scale", &MaxRoiPool::scale}, Field{"ends", &MaxRoiPool::ends}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const MaxRoiPool&) const = default;
};

}  // namespace ops
}  // namespace slipway
