#pragma once
// The boxes that a single-shot detector expects before it looks: its priors, or anchors.

#include <tuple>
#include <vector>

#include "ir/op.h"

namespace slipway::ops {

/// Boxes of given sizes around the centre of each cell of a feature map.
///
///   (left, top, right, bottom) = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
///   with x = (column + offset) * step_w, y = (row + offset) * step_h, and divided by the picture's
///   width and height
///
/// A step of 0 is `step`; if both are still 0, the picture's size over the map's.
///
/// Shapes  map [2] (height, width), picture [2]  ->  f32 [2, rows * columns * sizes * 4]: the
/// boxes,
///         clipped to 0..1 if `clip`, then the variance of each number (one or four are given;
///         none: 0.1)
/// Types   map and picture i32 or i64
/// Errors  invalid_input: sizes below 1, as many widths as heights are not given
/// Source  OpenVINO PriorBoxClustered-1
struct PriorBoxClustered {
  std::vector<float> width;
  std::vector<float> height;
  std::vector<float> variance;
  float step = 0;
  float step_w = 0;
  float step_h = 0;
  float offset = 0;
  bool clip = false;

  static constexpr auto kName = "PriorBoxClustered";
  static constexpr auto kFields = std::tuple{
      Field{"width", &PriorBoxClustered::width},       Field{"height", &PriorBoxClustered::height},
      Field{"variance", &PriorBoxClustered::variance}, Field{"step", &PriorBoxClustered::step},
      Field{"step_w", &PriorBoxClustered::step_w},     Field{"step_h", &PriorBoxClustered::step_h},
      Field{"offset", &PriorBoxClustered::offset},     Field{"clip", &PriorBoxClustered::clip}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const PriorBoxClustered&) const = default;
};

/// Boxes around the centre of each cell of a feature map whose sizes follow from rules.
///
/// For each fixed_size f and each fixed_ratio r (or, without fixed ratios, 1 and then each other
/// aspect ratio) a grid of density x density boxes of f sqrt(r) by f / sqrt(r) that divides the
/// square of side f; left and top are at least 0, right and bottom at most 1. Then for each
/// min_size m a square of m, one of sqrt(m * max_size) where there is a max_size of the same index,
/// and for each aspect ratio r but 1 a box of m sqrt(r) by m / sqrt(r); the last two change places
/// unless `min_max_aspect_ratios_order`. With `flip` each ratio's inverse counts, too. Without
/// `scale_all_sizes` min sizes and steps are parts of the picture's height (a step of -1: one
/// cell), and ratios apply to the first min size only. The centre is (offset + index) * step; with
/// a step of 0 the middle of the cell.
///
/// Shapes  as PriorBoxClustered
/// Errors  invalid_input: sizes below 1, ratios that are not above 0, no boxes at all, or a count
///         of densities that is not that of the fixed sizes
/// Source  OpenVINO PriorBox-8
struct PriorBox {
  std::vector<float> min_size;
  std::vector<float> max_size;
  std::vector<float> aspect_ratio;
  std::vector<float> density;
  std::vector<float> fixed_ratio;
  std::vector<float> fixed_size;
  std::vector<float> variance;
  float step = 0;
  float offset = 0;
  bool clip = false;
  bool flip = false;
  bool scale_all_sizes = true;
  bool min_max_aspect_ratios_order = true;

  static constexpr auto kName = "PriorBox";
  static constexpr auto kFields =
      std::tuple{Field{"min_size", &PriorBox::min_size},
                 Field{"max_size", &PriorBox::max_size},
                 Field{"aspect_ratio", &PriorBox::aspect_ratio},
                 Field{"density", &PriorBox::density},
                 Field{"fixed_ratio", &PriorBox::fixed_ratio},
                 Field{"fixed_size", &PriorBox::fixed_size},
                 Field{"variance", &PriorBox::variance},
                 Field{"step", &PriorBox::step},
                 Field{"offset", &PriorBox::offset},
                 Field{"clip", &PriorBox::clip},
                 Field{"flip", &PriorBox::flip},
                 Field{"scale_all_sizes", &PriorBox::scale_all_sizes},
                 Field{"min_max_aspect_ratios_order", &PriorBox::min_max_aspect_ratios_order}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const PriorBox&) const = default;
};

}  // namespace slipway::ops
