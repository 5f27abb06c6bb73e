#pragma once

#include <tuple>
#include <vector>

#include "ir/op.h"

namespace slipway::ops {

/// Where objects may be: every cell has an anchor per ratio and scale, which its deltas (dx, dy,
/// log of the width's factor, log of the height's) move and stretch. Of the pre_nms_topn with the
/// best scores, those that overlap no better one by more than nms_threshold stay, at most
/// post_nms_topn per picture, best first, those of equal score in the order of cells and anchors.
///
/// An anchor of ratio r and scale s is s * base / sqrt(r) wide and r times that high, and lies at
/// feat_stride times its cell's place. With `pixels`, corners are pixels that belong to the box (a
/// side is last - first + 1), width and height are rounded before they are scaled, and anchors lie
/// around the middle of the first base_size pixels. Without, corners are edges, anchors lie around
/// the origin and are clipped to the picture first, and everywhere rows take the place of columns:
/// boxes and deltas have y before x.
///
/// Boxes lower than min_size * height_scale or narrower than min_size * width_scale score 0.
///
/// Shapes  scores [n, h, w, 2 * anchors], of which the second half counts,
///         deltas [n, h, w, 4 * anchors], picture [3] (height, width, scale) or [4] (height, width,
///         height_scale, width_scale)
///         ->  y [n * post_nms_topn, 5] (picture, left, top, right, bottom), and, with
///         `with_scores`, [n * post_nms_topn]. The first row of a picture that is not used begins
///         with -1, what follows is 0. With `normalize`, places are parts of the picture.
/// Types   f32
/// Errors  invalid_input: shapes that do not fit each other, no anchors, sizes below 1
/// Source  OpenVINO Proposal-4; Ren et al. 2015, "Faster R-CNN"
struct Proposal {
  std::int64_t base_size = 16;
  std::int64_t feat_stride = 16;
  std::int64_t min_size = 16;
  std::int64_t pre_nms_topn = 6000;
  std::int64_t post_nms_topn = 300;
  float nms_threshold = 0.7F;
  std::vector<float> ratio;
  std::vector<float> scale;
  float box_coordinate_scale = 1;
  float box_size_scale = 1;
  bool clip_before_nms = true;
  bool clip_after_nms = false;
  bool normalize = false;
  bool pixels = true;
  bool with_scores = false;

  static constexpr auto kName = "Proposal";
  static constexpr auto kFields =
      std::tuple{Field{"base_size", &Proposal::base_size},
                 Field{"feat_stride", &Proposal::feat_stride},
                 Field{"min_size", &Proposal::min_size},
                 Field{"pre_nms_topn", &Proposal::pre_nms_topn},
                 Field{"post_nms_topn", &Proposal::post_nms_topn},
                 Field{"nms_threshold", &Proposal::nms_threshold},
                 Field{"ratio", &Proposal::ratio},
                 Field{"scale", &Proposal::scale},
                 Field{"box_coordinate_scale", &Proposal::box_coordinate_scale},
                 Field{"box_size_scale", &Proposal::box_size_scale},
                 Field{"clip_before_nms", &Proposal::clip_before_nms},
                 Field{"clip_after_nms", &Proposal::clip_after_nms},
                 Field{"normalize", &Proposal::normalize},
                 Field{"pixels", &Proposal::pixels},
                 Field{"with_scores", &Proposal::with_scores}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Proposal&) const = default;
};

}  // namespace slipway::ops
