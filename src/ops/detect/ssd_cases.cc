#include "ops/case.h"
#include "ops/detect/detection_output.h"
#include "ops/detect/prior_box.h"

namespace slipway::ops {
namespace {

std::vector<float> join(std::vector<float> a, const std::vector<float>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

// What must come out is what OpenVINO 2026.4 computes on a CPU.
Cases ssd_cases() {
  // Two priors at nearly the same place, one elsewhere; three classes, the first is background.
  const std::vector<float> corners = {0.1F,  0.1F, 0.4F, 0.5F, 0.12F, 0.1F,
                                      0.42F, 0.5F, 0.6F, 0.6F, 0.9F,  0.9F};
  const std::vector<float> variances = {0.1F, 0.1F, 0.2F, 0.2F, 0.1F, 0.1F,
                                        0.2F, 0.2F, 0.1F, 0.1F, 0.2F, 0.2F};
  const auto priors = f32({1, 2, 12}, join(corners, variances));
  const auto boxes = f32({1, 12}, {0.5F, -0.25F, 0.25F, 0, 0, 0, 0, 0, -0.5F, 0.5F, 0, 0.5F});
  const auto scores = f32({1, 9}, {0.1F, 0.7F, 0.2F, 0.05F, 0.9F, 0.05F, 0.2F, 0.2F, 0.6F});
  const auto boxes_by_class =
      f32({1, 36}, {0.5F,  -0.25F, 0.25F, 0,    1,  -0.5F, 0.5F, 0, -1.5F, 0.75F, -0.75F, 0,
                    0,     0,      0,     0,    0,  0,     0,    0, 0,     0,     0,      0,
                    -0.5F, 0.5F,   0,     0.5F, -1, 1,     0,    1, 1.5F,  -1.5F, 0,      -1.5F});
  const auto in_pixels =
      f32({1, 1, 15}, {7, 20, 10, 80, 50, 7, 24, 10, 84, 50, 7, 120, 60, 180, 90});
  return {
      {.name = "class by class, centre and size",
       .op = DetectionOutput{.top_k = 10,
                             .keep_top_k = 4,
                             .code_type = BoxCode::center_size,
                             .confidence_threshold = 0.15F},
       .inputs = {boxes, scores, priors},
       .outputs = {f32({1, 1, 4, 7},
                       {0, 1, 0.9F, 0.12F,        0.1F,         0.42F,       0.5F,
                        0, 1, 0.2F, 0.585F,       0.599224389F, 0.885F,      0.930775583F,
                        0, 2, 0.6F, 0.585F,       0.599224389F, 0.885F,      0.930775583F,
                        0, 2, 0.2F, 0.107309312F, 0.09F,        0.42269066F, 0.49F})},
       .constants = {2}},
      {.name = "best class of each prior, corners per class, clipped",
       .op = DetectionOutput{.top_k = 10,
                             .keep_top_k = 4,
                             .nms_threshold = 0.3F,
                             .confidence_threshold = 0.15F,
                             .share_location = false,
                             .clip_before_nms = true,
                             .decrease_label_id = true},
       .inputs = {boxes_by_class, scores, priors},
       .outputs = {f32({1, 1, 4, 7},
                       {0,  0, 0.9F, 0.12F, 0.1F, 0.42F, 0.5F, 0, 1, 0.6F, 0.75F, 0.45F, 0.9F, 0.6F,
                        -1, 0, 0,    0,     0,    0,     0,    0, 0, 0,    0,     0,     0,    0})},
       .constants = {2}},
      {.name = "priors in pixels, no variances",
       .op = DetectionOutput{.top_k = 10,
                             .keep_top_k = 2,
                             .code_type = BoxCode::center_size,
                             .confidence_threshold = 0.15F,
                             .input_height = 100,
                             .input_width = 200,
                             .variance_encoded_in_target = true,
                             .clip_after_nms = true,
                             .normalized = false},
       .inputs = {boxes, scores, in_pixels},
       .outputs = {f32({1, 1, 2, 7}, {0, 1, 0.9F, 0.12F, 0.1F, 0.42F, 0.5F, 0, 1, 0.7F,
                                      0.207396179F, 1.49011612e-08F, 0.592603803F, 0.4F})},
       .constants = {2}},
      {.name = "no limits: a row for each score",
       .op = DetectionOutput{.background_label_id = -1},
       .inputs = {boxes, scores, priors}},
      {.name = "boxes per class, in two pictures",
       .op = DetectionOutput{.top_k = 2,
                             .keep_top_k = 3,
                             .code_type = BoxCode::center_size,
                             .nms_threshold = 0.3F,
                             .confidence_threshold = 0.1F,
                             .share_location = false},
       .inputs = {random_f32({2, 36}, 5), random_f32({2, 9}, 6), priors},
       .constants = {2}},
      {.name = "of equal scores the earlier prior",
       .op = DetectionOutput{.background_label_id = -1, .keep_top_k = 4},
       .inputs = {random_f32({1, 12}, 7), f32({1, 9}, {.5F, .7F, .7F, .7F, .7F, 0, .7F, .7F, .7F}),
                  priors},
       .constants = {2}},
      {.name = "two pictures, arms that call priors background",
       .op =
           DetectionOutput{
               .keep_top_k = 3, .code_type = BoxCode::center_size, .objectness_score = 0.1F},
       .inputs = {random_f32({2, 12}), random_f32({2, 9}, 2), priors, random_f32({2, 6}, 3),
                  random_f32({2, 12}, 4)}},
      {.name = "scores that do not fit",
       .op = DetectionOutput{.keep_top_k = 2},
       .inputs = {boxes, f32({1, 8}, {0, 0, 0, 0, 0, 0, 0, 0}), priors},
       .refuses = "do not fit each other"},
      {.name = "a box of each size in each cell",
       .op = PriorBoxClustered{.width = {4, 10},
                               .height = {6, 8},
                               .variance = {0.1F, 0.1F, 0.2F, 0.2F},
                               .step_w = 16,
                               .step_h = 12,
                               .offset = 0.5F,
                               .clip = true},
       .inputs = {i64({2}, {1, 2}), i64({2}, {32, 32})},
       .outputs = {f32({2, 16}, join({0.1875F, 0.09375F, 0.3125F, 0.28125F, 0.09375F, 0.0625F,
                                      0.40625F, 0.3125F, 0.6875F, 0.09375F, 0.8125F, 0.28125F,
                                      0.59375F, 0.0625F, 0.90625F, 0.3125F},
                                     {0.1F, 0.1F, 0.2F, 0.2F, 0.1F, 0.1F, 0.2F, 0.2F, 0.1F, 0.1F,
                                      0.2F, 0.2F, 0.1F, 0.1F, 0.2F, 0.2F}))},
       .constants = {0, 1}},
      {.name = "a square, two ratios, the larger square",
       .op = PriorBox{.min_size = {8},
                      .max_size = {16},
                      .aspect_ratio = {2},
                      .flip = true,
                      .min_max_aspect_ratios_order = false},
       .inputs = {i64({2}, {1, 2}), i64({2}, {32, 64})},
       .outputs = {f32(
           {2, 32},
           join({0.1875F,      0.375F,       0.3125F,      0.625F,       0.161611646F, 0.411611646F,
                 0.338388354F, 0.588388324F, 0.205805823F, 0.323223293F, 0.294194162F, 0.676776707F,
                 0.161611646F, 0.323223293F, 0.338388354F, 0.676776707F, 0.6875F,      0.375F,
                 0.8125F,      0.625F,       0.661611676F, 0.411611646F, 0.838388324F, 0.588388324F,
                 0.705805838F, 0.323223293F, 0.794194162F, 0.676776707F, 0.661611676F, 0.323223293F,
                 0.838388324F, 0.676776707F},
                std::vector<float>(32, 0.1F)))},
       .constants = {0, 1}},
      {.name = "a grid of squares and of boxes twice as wide",
       .op =
           PriorBox{
               .aspect_ratio = {2}, .density = {2}, .fixed_size = {9}, .step = 16, .offset = 0.5F},
       .inputs = {i64({2}, {1, 1}), i64({2}, {32, 64})},
       .outputs = {f32({2, 32}, join({0.0234375F,
                                      0.046875F,
                                      0.1640625F,
                                      0.328125F,
                                      0.0859375F,
                                      0.046875F,
                                      0.2265625F,
                                      0.328125F,
                                      0.0234375F,
                                      0.171875F,
                                      0.1640625F,
                                      0.453125F,
                                      0.0859375F,
                                      0.171875F,
                                      0.2265625F,
                                      0.453125F,
                                      0,
                                      0.0880631059F,
                                      0.193186879F,
                                      0.286936879F,
                                      0.0568131134F,
                                      0.0880631059F,
                                      0.255686879F,
                                      0.286936879F,
                                      0,
                                      0.213063106F,
                                      0.193186879F,
                                      0.411936879F,
                                      0.0568131134F,
                                      0.213063106F,
                                      0.255686879F,
                                      0.411936879F},
                                     std::vector<float>(32, 0.1F)))},
       .constants = {0, 1}},
      {.name = "priors without sizes",
       .op = PriorBox{},
       .inputs = {i64({2}, {1, 1}), i64({2}, {32, 64})},
       .constants = {0, 1},
       .refuses = "no sizes"},
  };
}

}  // namespace slipway::ops
