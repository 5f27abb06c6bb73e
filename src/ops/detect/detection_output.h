#pragma once
// From the heads of a Caffe-style single-shot detector to the rows of what it saw.

#include <array>
#include <string_view>
#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// How a box is written against its prior.
enum class BoxCode : std::uint8_t {
  corner,       // corner + variance * code
  center_size,  // centre and size as DetectionPostProcess, x before y
};

}  // namespace slipway::ops

namespace slipway {
template <>
inline constexpr auto kEnumNames<ops::BoxCode> =
    std::to_array<std::string_view>({"corner", "center_size"});
}  // namespace slipway

namespace slipway::ops {

/// Decodes boxes against their priors, and within each class keeps the best that do not overlap.
///
/// A code (a, b, c, d) with variances v and a prior of width w, height h and centre (x, y) means
///   corner       (left + v0 a, top + v1 b, right + v2 c, bottom + v3 d)
///   center_size  the centre (v0 a w + x, v1 b h + y) and the size (exp(v2 c) w, exp(v3 d) h)
/// with v = 1 if `variance_encoded_in_target`. Of each class but `background_label_id` (-1: none),
/// the `top_k` best boxes with a score above `confidence_threshold` compete; one goes if it
/// overlaps a better one by more than `nms_threshold`. Of all classes the best `keep_top_k` are
/// listed, class by class, best first; among equals the first wins. With `decrease_label_id` a box
/// competes in its best class only, class 0 never counts, and listed classes are one less. -1
/// stands for no limit. Without `normalized` a prior has five numbers, of which the first is
/// skipped and the others are divided by `input_width` and `input_height`.
///
/// With five inputs, a prior whose second arm score is below `objectness_score` is background, and
/// boxes are decoded against the priors that arm_boxes decode to.
///
/// Shapes  boxes [n, priors * 4, or priors * classes * 4 without `share_location`],
///         scores [n, priors * classes], priors [1 or n, 2, priors * 4] with the variances second,
///         or [1 or n, 1, priors * 4] with `variance_encoded_in_target`;
///         optional arm_scores [n, priors * 2], arm_boxes shaped as boxes
///         ->  [1, 1, n * keep_top_k, 7], rows of picture, class, score, left, top, right, bottom;
///             the first row that is not used begins with -1, what follows is 0. Without
///             keep_top_k, n * classes * (top_k or, without that, priors) rows
/// Types   f32
/// Errors  invalid_input: shapes that do not fit, sizes below 1
/// Source  OpenVINO DetectionOutput-8; Liu et al. 2016, "SSD"
struct DetectionOutput {
  std::int64_t background_label_id = 0;
  std::int64_t top_k = -1;
  std::int64_t keep_top_k = -1;
  BoxCode code_type = BoxCode::corner;
  float nms_threshold = 0.45F;
  float confidence_threshold = 0;
  float objectness_score = 0;
  std::int64_t input_height = 1;
  std::int64_t input_width = 1;
  bool variance_encoded_in_target = false;
  bool share_location = true;
  bool clip_after_nms = false;
  bool clip_before_nms = false;
  bool decrease_label_id = false;
  bool normalized = true;

  static constexpr auto kName = "DetectionOutput";
  static constexpr auto kFields =
      std::tuple{Field{"background_label_id", &DetectionOutput::background_label_id},
                 Field{"top_k", &DetectionOutput::top_k},
                 Field{"keep_top_k", &DetectionOutput::keep_top_k},
                 Field{"code_type", &DetectionOutput::code_type},
                 Field{"nms_threshold", &DetectionOutput::nms_threshold},
                 Field{"confidence_threshold", &DetectionOutput::confidence_threshold},
                 Field{"objectness_score", &DetectionOutput::objectness_score},
                 Field{"input_height", &DetectionOutput::input_height},
                 Field{"input_width", &DetectionOutput::input_width},
                 Field{"variance_encoded_in_target", &DetectionOutput::variance_encoded_in_target},
                 Field{"share_location", &DetectionOutput::share_location},
                 Field{"clip_after_nms", &DetectionOutput::clip_after_nms},
                 Field{"clip_before_nms", &DetectionOutput::clip_before_nms},
                 Field{"decrease_label_id", &DetectionOutput::decrease_label_id},
                 Field{"normalized", &DetectionOutput::normalized}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const DetectionOutput&) const = default;
};

}  // namespace slipway::ops
