// Resizing, and neighbours that become batches or channels, against LiteRT's reference kernels.

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;

Tensor list(const std::vector<std::int32_t>& values) {
  return Tensor::of<std::int32_t>({static_cast<std::int64_t>(values.size())}, values);
}

TensorType picture(Random& random, DType dtype, std::int64_t most) {
  auto type = random_type(random, dtype,
                          {random.integer(1, 2), random.integer(1, most), random.integer(1, most),
                           random.integer(1, 5)});
  if (dtype == DType::i16) type.quant->zero_point = {0};
  return type;
}

class LitertPicture : public testing::TestWithParam<DType> {};

Question resize_question(Random& random, DType dtype, bool linear, int index) {
  const auto x = picture(random, dtype, 9);
  const std::vector<std::int32_t> size = {static_cast<std::int32_t>(random.integer(1, 17)),
                                          static_cast<std::int32_t>(random.integer(1, 17))};
  const bool corners = index % 3 == 1;
  const bool centers = index % 3 == 2;
  OneOp op{.inputs = {Operand(x), Operand(list(size))},
           .outputs = {x.with_shape({x.shape[0], size[0], size[1], x.shape[3]})},
           .version = 3};
  if (linear) {
    op.op = tflite::BuiltinOperator_RESIZE_BILINEAR;
    op.options_type = tflite::BuiltinOptions_ResizeBilinearOptions;
    op.options = [=](Builder& b) {
      return tflite::CreateResizeBilinearOptions(b, corners, centers).Union();
    };
  } else {
    op.op = tflite::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR;
    op.options_type = tflite::BuiltinOptions_ResizeNearestNeighborOptions;
    op.options = [=](Builder& b) {
      return tflite::CreateResizeNearestNeighborOptions(b, corners, centers).Union();
    };
  }
  return question(fmt::format("resize {} {} to [{}]", index, x.text(), fmt::join(size, ",")), op,
                  {random_tensor(random, x)});
}

TEST_P(LitertPicture, ResizeBilinear) {
  Random random(1);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) questions.push_back(resize_question(random, GetParam(), true, i));
  expect_equal(questions);
}

TEST_P(LitertPicture, ResizeNearestNeighbor) {
  Random random(2);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) questions.push_back(resize_question(random, GetParam(), false, i));
  expect_equal(questions);
}

/// Pads or crops of [2, 2] and blocks of [2], as constants.
Tensor square(const std::vector<std::int32_t>& values) {
  return *list(values).as({DType::i32, {2, 2}, {}});
}

TEST_P(LitertPicture, SpaceToBatch) {
  Random random(3);
  std::vector<Question> questions;
  for (int i = 0; i < 30; ++i) {
    const auto x = picture(random, GetParam(), 5);
    std::vector<std::int32_t> block;
    std::vector<std::int32_t> pads;
    for (std::size_t axis = 1; axis < 3; ++axis) {
      block.push_back(static_cast<std::int32_t>(random.integer(1, 3)));
      pads.push_back(static_cast<std::int32_t>(random.integer(0, 2)));
      const auto sum = static_cast<std::int32_t>(x.shape[axis]) + pads.back();
      pads.push_back((block.back() - sum % block.back()) % block.back());
    }
    const OneOp op{.op = tflite::BuiltinOperator_SPACE_TO_BATCH_ND,
                   .options_type = tflite::BuiltinOptions_SpaceToBatchNDOptions,
                   .inputs = {Operand(x), Operand(list(block)), Operand(square(pads))},
                   .outputs = {x},
                   .version = 2};
    questions.push_back(
        question(fmt::format("to batch {} {}", i, x.text()), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST_P(LitertPicture, BatchToSpace) {
  Random random(4);
  std::vector<Question> questions;
  for (int i = 0; i < 30; ++i) {
    auto x = picture(random, GetParam(), 5);
    const std::vector<std::int32_t> block = {static_cast<std::int32_t>(random.integer(1, 3)),
                                             static_cast<std::int32_t>(random.integer(1, 3))};
    x.shape = {x.shape[0] * block[0] * block[1], x.shape[1], x.shape[2], x.shape[3]};
    std::vector<std::int32_t> crops;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto size = x.shape[axis + 1] * block[axis];
      crops.push_back(static_cast<std::int32_t>(random.integer(0, (size - 1) / 2)));
      crops.push_back(static_cast<std::int32_t>(random.integer(0, (size - 1) / 2)));
    }
    const OneOp op{.op = tflite::BuiltinOperator_BATCH_TO_SPACE_ND,
                   .options_type = tflite::BuiltinOptions_BatchToSpaceNDOptions,
                   .inputs = {Operand(x), Operand(list(block)), Operand(square(crops))},
                   .outputs = {x},
                   .version = 2};
    questions.push_back(
        question(fmt::format("to space {} {}", i, x.text()), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(Types, LitertPicture,
                         testing::Values(DType::f32, DType::u8, DType::i8, DType::i16));

TEST(LitertDepth, SpaceToDepthAndBack) {
  Random random(5);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const DType dtypes[] = {DType::f32, DType::u8, DType::i8, DType::i32};
    auto x = picture(random, dtypes[i % 4], 3);
    const auto block = random.integer(1, 3);
    const bool to_depth = random.integer(0, 1) == 0;
    const auto& s = x.shape;
    x.shape = to_depth ? Shape({s[0], s[1] * block, s[2] * block, s[3]})
                       : Shape({s[0], s[1], s[2], s[3] * block * block});
    OneOp op{.op = to_depth ? tflite::BuiltinOperator_SPACE_TO_DEPTH
                            : tflite::BuiltinOperator_DEPTH_TO_SPACE,
             .options_type = to_depth ? tflite::BuiltinOptions_SpaceToDepthOptions
                                      : tflite::BuiltinOptions_DepthToSpaceOptions,
             .options =
                 [=](Builder& b) {
                   const auto size = static_cast<int>(block);
                   return to_depth ? tflite::CreateSpaceToDepthOptions(b, size).Union()
                                   : tflite::CreateDepthToSpaceOptions(b, size).Union();
                 },
             .inputs = {Operand(x)},
             .outputs = {x}};
    questions.push_back(question(fmt::format("depth {} {} block {}", i, x.text(), block), op,
                                 {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
