// The ends of detectors against LiteRT's reference kernels.

#include <flatbuffers/flexbuffers.h>
#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;

std::vector<std::uint8_t> post_process_options(Random& random, int classes, bool regular) {
  flexbuffers::Builder b;
  b.Map([&] {
    b.Int("max_detections", random.integer(1, 6));
    b.Int("max_classes_per_detection", regular ? 1 : random.integer(1, 2));
    b.Int("detections_per_class", random.integer(1, 4));
    b.Bool("use_regular_nms", regular);
    b.Float("nms_score_threshold", random.real(0, 0.3F));
    b.Float("nms_iou_threshold", random.real(0.2F, 0.8F));
    b.Int("num_classes", classes);
    b.Float("y_scale", 10);
    b.Float("x_scale", 10);
    b.Float("h_scale", 5);
    b.Float("w_scale", 5);
  });
  b.Finish();
  return b.GetBuffer();
}

Tensor reals(Random& random, const Shape& shape, float low, float high) {
  TensorBuilder builder({DType::f32, shape, {}});
  for (auto& x : builder.values<float>()) x = random.real(low, high);
  return std::move(builder).build();
}

/// What is left unused LiteRT leaves unwritten, so every place must be taken: each box is far from
/// the others in one class of cases, and all scores are above the threshold.
TEST(LitertDetect, PostProcess) {
  Random random(1);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const std::int64_t boxes = 40;
    const bool regular = i % 2 == 1;
    const bool quantized = i / 2 % 2 == 1 && !regular;
    const auto classes = static_cast<int>(random.integer(2, 5));
    const auto columns = classes + random.integer(0, 1);
    auto anchors = reals(random, {boxes, 4}, 0.05F, 1);
    TensorType coded{DType::f32, {1, boxes, 4}, {}};
    TensorType scores{DType::f32, {1, boxes, columns}, {}};
    Tensor given_boxes = reals(random, coded.shape, -3, 3);
    Tensor given_scores = reals(random, scores.shape, 0.3F, 1);
    if (quantized) {
      coded = {DType::u8, coded.shape, per_tensor(0.06F, 150)};
      scores = {DType::u8, scores.shape, per_tensor(1.0F / 256, 0)};
      TensorBuilder fresh(scores);  // no two boxes with one best score
      const auto s = fresh.values<std::uint8_t>();
      for (std::size_t k = 0; k < s.size(); ++k)
        s[k] = static_cast<std::uint8_t>(80 + (k * 37) % 173);
      const TensorType anchor_type{DType::u8, {boxes, 4}, per_tensor(0.004F, 0)};
      TensorBuilder narrow(anchor_type);
      for (auto& a : narrow.values<std::uint8_t>())
        a = static_cast<std::uint8_t>(random.integer(20, 255));
      anchors = std::move(narrow).build();
      given_boxes = random_tensor(random, coded);
      given_scores = std::move(fresh).build();
    }
    const TensorType list{DType::f32, {1, 1}, {}};
    const OneOp op{.op = tflite::BuiltinOperator_CUSTOM,
                   .inputs = {Operand(coded), Operand(scores), Operand(anchors.type(), anchors)},
                   .outputs = {TensorType{DType::f32, {1, 1, 4}, {}}, list, list,
                               TensorType{DType::f32, {1}, {}}},
                   .custom_code = "TFLite_Detection_PostProcess",
                   .custom_options = post_process_options(random, classes, regular)};
    questions.push_back(question(fmt::format("detections {} {}", i, regular ? "regular" : "fast"),
                                 op, {given_boxes, given_scores}));
  }
  expect_equal(questions);
}

TEST(LitertDetect, NonMaxSuppression) {
  Random random(2);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const auto n = random.integer(1, 30);
    const auto most = random.integer(1, 12);
    const bool soft = i % 2 == 1;
    const TensorType one{DType::f32, {}, {}};
    OneOp op{.op = soft ? tflite::BuiltinOperator_NON_MAX_SUPPRESSION_V5
                        : tflite::BuiltinOperator_NON_MAX_SUPPRESSION_V4,
             .options_type = soft ? tflite::BuiltinOptions_NonMaxSuppressionV5Options
                                  : tflite::BuiltinOptions_NonMaxSuppressionV4Options,
             .options = [=](Builder& b) {
               return soft ? tflite::CreateNonMaxSuppressionV5Options(b).Union()
                           : tflite::CreateNonMaxSuppressionV4Options(b).Union();
             }};
    const auto boxes = reals(random, {n, 4}, 0, 1);
    const auto scores = reals(random, {n}, 0, 1);
    op.inputs = {Operand(boxes.type()), Operand(scores.type()),
                 Operand(Tensor::of<std::int32_t>({}, {static_cast<std::int32_t>(most)})),
                 Operand(reals(random, {}, 0.3F, 0.7F)), Operand(reals(random, {}, 0, 0.4F))};
    if (soft) op.inputs.emplace_back(reals(random, {}, 0, 1));
    const Shape kept({most});
    op.outputs = {TensorType{DType::i32, kept, {}}};
    if (soft) op.outputs.push_back({DType::f32, kept, {}});
    op.outputs.push_back({DType::i32, {}, {}});
    questions.push_back(question(fmt::format("suppression {}", i), op, {boxes, scores}));
  }
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
