#pragma once
// Regions of a picture brought to one size, as detectors of two stages read them. (roi.h has those
// that average samples or take the maximum.)

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// Regions of x, in parts of its height and width, brought to height x width: the corners of a
/// region are the outer places of y, what lies between is linear. With one place in a direction, it
/// is the middle of the region. Places outside of x are 0. A region of picture -1 ends the list: it
/// and all behind it are 0.
///
/// Shapes  x [n, h, w, c], regions [r, 5] (picture, left, top, right, bottom)
///         ->  y [r, height, width, c]
/// Types   f32
/// Errors  invalid_input: a picture that x does not have
/// Source  OpenVINO ROIPooling-1, bilinear; TensorFlow tf.image.crop_and_resize
struct RoiResize {
  std::int64_t height = 1;
  std::int64_t width = 1;

  static constexpr auto kName = "RoiResize";
  static constexpr auto kFields =
      std::tuple{Field{"height", &RoiResize::height}, Field{"width", &RoiResize::width}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const RoiResize&) const = default;
};

/// Regions of x in height x width bins, each of which reads channels of its own. A region of
/// picture -1 ends the list: it and all behind it are 0.
///
/// Without `linear`, bin (i, j) of channel o is the mean of the elements under it in channel
/// (o * height + i) * width + j, or 0 where it has none; regions are in units of 1 / scale, rounded
/// to whole ones that belong to them. With `linear`, a region is cut into parts_y x parts_x parts,
/// each of which is brought to height x width as in RoiResize from channel part * channels + o; y
/// is their mean. Regions times scale are then parts of the size of x.
///
/// Shapes  x [n, h, w, channels * height * width, or with `linear` channels * parts_y * parts_x],
///         regions [r, 5] (picture, left, top, right, bottom)  ->  y [r, height, width, channels]
/// Types   f32
/// Errors  invalid_input: another count of channels, a picture that x does not have
/// Source  OpenVINO PSROIPooling-1; Dai et al. 2016, "R-FCN"
struct PsRoiPool {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t channels = 1;
  float scale = 1;
  bool linear = false;
  std::int64_t parts_y = 1;
  std::int64_t parts_x = 1;

  static constexpr auto kName = "PsRoiPool";
  static constexpr auto kFields =
      std::tuple{Field{"height", &PsRoiPool::height},     Field{"width", &PsRoiPool::width},
                 Field{"channels", &PsRoiPool::channels}, Field{"scale", &PsRoiPool::scale},
                 Field{"linear", &PsRoiPool::linear},     Field{"parts_y", &PsRoiPool::parts_y},
                 Field{"parts_x", &PsRoiPool::parts_x}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const PsRoiPool&) const = default;
};

}  // namespace slipway::ops
