#include "ops/case.h"
#include "ops/detect/proposal.h"

namespace slipway::ops {

// What must come out is what OpenVINO 2026.4 computes on a CPU.
Cases proposal_cases() {
  const auto scores = f32(
      {2, 2, 2, 4}, {0.875F,  0.90625F, 0.09375F, 0.53125F, 0.9375F,  0.78125F, 0.375F,   0.84375F,
                     0.3125F, 0.625F,   0.96875F, 0,        0.71875F, 0.46875F, 0.34375F, 0.40625F,
                     0.25F,   0.28125F, 0.5625F,  0.1875F,  0.03125F, 0.0625F,  0.8125F,  0.5F,
                     0.4375F, 0.125F,   0.21875F, 0.6875F,  0.15625F, 0.65625F, 0.59375F, 0.75F});
  const auto deltas =
      f32({2, 2, 2, 8},
          {-0.5F,   0.5F,    0.5F,    -0.25F, -0.375F, -0.25F, -0.5F,  0.5F,    0.125F,  0.125F,
           -0.25F,  0,       -0.375F, 0.25F,  0,       -0.5F,  -0.25F, 0.25F,   0,       -0.125F,
           -0.25F,  -0.5F,   0.125F,  0.125F, 0,       0.5F,   0.5F,   -0.375F, 0.125F,  0.125F,
           -0.25F,  -0.25F,  0,       0.25F,  -0.25F,  0.25F,  0.125F, -0.375F, -0.125F, 0.375F,
           0.375F,  0.125F,  -0.5F,   0.25F,  -0.25F,  0.375F, 0.5F,   -0.125F, 0.5F,    0.25F,
           -0.25F,  0.375F,  -0.125F, -0.5F,  0.125F,  0.375F, 0.125F, -0.125F, 0.5F,    0,
           -0.125F, -0.375F, -0.375F, 0.25F});
  const auto picture = f32({3}, {32, 48, 1});
  const Proposal two_ratios = {.min_size = 8,
                               .pre_nms_topn = 8,
                               .post_nms_topn = 3,
                               .nms_threshold = 0.5F,
                               .ratio = {0.5F, 2},
                               .scale = {1},
                               .with_scores = true};
  auto edges = two_ratios;
  edges.min_size = 2;
  edges.nms_threshold = 0.125F;
  edges.box_size_scale = 2;
  edges.box_coordinate_scale = 4;
  edges.clip_before_nms = false;
  edges.clip_after_nms = true;
  edges.normalize = true;
  edges.pixels = false;
  auto few = two_ratios;
  few.pre_nms_topn = 2;
  few.with_scores = false;
  auto none = two_ratios;
  none.ratio.clear();
  return {
      {.name = "the best of each picture, in pixels",
       .op = two_ratios,
       .inputs = {scores, deltas, picture},
       .outputs = {f32({6, 5},
                       {0,          0,          21.705019F, 13.75F,     31,         0,
                        14.375F,    6.8281627F, 25.375F,    20.171837F, 0,          21.091595F,
                        18.183191F, 29.658405F, 31,         1,          25.649899F, 1.7958474F,
                        39.6001F,   17.204153F, 1,          18.84491F,  1.62572F,   26.40509F,
                        29.874279F, 1,          0.3926835F, 0,          12.857317F, 29.004906F}),
                   f32({6}, {0.96875F, 0.84375F, 0.40625F, 0.8125F, 0.75F, 0.6875F})},
       .constants = {2}},
      {.name = "edges, rows before columns, parts of the picture",
       .op = edges,
       .inputs = {scores, deltas, f32({4}, {32, 48, 1.5F, 0.5F})},
       .outputs = {f32({6, 5}, {0,
                                0.102252424F,
                                0.010935813F,
                                0.80935925F,
                                0.12164671F,
                                0,
                                0,
                                0.17923099F,
                                0.16020389F,
                                0.5463612F,
                                0,
                                0.0029786155F,
                                0,
                                0.14065245F,
                                0.25444362F,
                                1,
                                0.0722485F,
                                0.2071562F,
                                0.34759617F,
                                0.47424188F,
                                1,
                                0.3423984F,
                                0.02205348F,
                                0.6355045F,
                                0.5562248F,
                                1,
                                0.020771816F,
                                0,
                                0.3327816F,
                                0.13306268F}),
                   f32({6}, {0.96875F, 0.84375F, 0.53125F, 0.8125F, 0.75F, 0.5625F})},
       .constants = {2}},
      {.name = "a row that is not used begins with -1",
       .op = few,
       .inputs = {scores, deltas, picture}},
      {.name = "scores that do not fit the anchors",
       .op = two_ratios,
       .inputs = {f32({1, 1, 1, 2}, {0, 1}), f32({1, 1, 1, 4}, {0, 0, 0, 0}), picture},
       .refuses = "do not fit each other"},
      {.name = "no ratios",
       .op = none,
       .inputs = {scores, deltas, picture},
       .refuses = "no anchors"},
  };
}

}  // namespace slipway::ops
