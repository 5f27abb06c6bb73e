// Softmax and other normalizations of one-operator models against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

Shape some_rows(Random& random) {
  return {random.integer(1, 3), random.integer(1, 4), random.integer(1, 40)};
}

/// An output of `dtype` that spans [0, 1) as LiteRT asks for it.
TensorType unit_type(DType dtype, const Shape& shape) {
  TensorType type{dtype, shape};
  if (dtype == DType::u8) type.quant = per_tensor(0x1p-8F, 0);
  if (dtype == DType::i8) type.quant = per_tensor(0x1p-8F, -128);
  if (dtype == DType::i16) type.quant = per_tensor(0x1p-15F, 0);
  return type;
}

TEST(LitertSoftmax, Agrees) {
  struct Pair {
    DType from, to;
  };

  Random random(41);
  std::vector<Question> questions;
  for (const auto [from, to] :
       {Pair{DType::f32, DType::f32}, Pair{DType::u8, DType::u8}, Pair{DType::u8, DType::i16},
        Pair{DType::i8, DType::i8}, Pair{DType::i8, DType::i16}, Pair{DType::i16, DType::i16}}) {
    for (int i = 0; i < 24; ++i) {
      const float beta = i % 3 == 0 ? 1.0F : random.real(0.2F, 2.0F);
      const auto shape = some_rows(random);
      auto x = random_type(random, from, shape);
      if (from == DType::i16) x.quant->scale[0] = random.real(1.0F, 20.0F) / 32768;
      const OneOp op{.op = tflite::BuiltinOperator_SOFTMAX,
                     .options_type = tflite::BuiltinOptions_SoftmaxOptions,
                     .options =
                         [=](fb::FlatBufferBuilder& b) {
                           return tflite::CreateSoftmaxOptions(b, beta).Union();
                         },
                     .inputs = {Operand(x)},
                     .outputs = {unit_type(to, shape)}};
      questions.push_back(question(fmt::format("softmax {} {} {}", name_of(from), name_of(to), i),
                                   op, {random_tensor(random, x)}));
    }
  }
  expect_equal(questions);
}

class LitertNormalize : public testing::TestWithParam<DType> {};

TEST_P(LitertNormalize, LogSoftmax) {
  Random random(42);
  std::vector<Question> questions;
  for (int i = 0; i < 24; ++i) {
    const auto shape = some_rows(random);
    const auto x = random_type(random, GetParam(), shape);
    TensorType y{GetParam(), shape};
    if (x.quant) y.quant = per_tensor(0x1p-4F, GetParam() == DType::u8 ? 255 : 127);
    const OneOp op{
        .op = tflite::BuiltinOperator_LOG_SOFTMAX, .inputs = {Operand(x)}, .outputs = {y}};
    questions.push_back(question(fmt::format("log softmax {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST_P(LitertNormalize, L2) {
  Random random(43);
  std::vector<Question> questions;
  for (int i = 0; i < 24; ++i) {
    const Shape shape({1, 2, random.integer(1, 3), random.integer(1, 40)});
    const auto x = random_type(random, GetParam(), shape);
    TensorType y{GetParam(), shape};
    if (x.quant) y.quant = per_tensor(0x1p-7F, GetParam() == DType::u8 ? 128 : 0);
    const OneOp op{
        .op = tflite::BuiltinOperator_L2_NORMALIZATION,
        .options_type = tflite::BuiltinOptions_L2NormOptions,
        .options = [](fb::FlatBufferBuilder& b) { return tflite::CreateL2NormOptions(b).Union(); },
        .inputs = {Operand(x)},
        .outputs = {y}};
    questions.push_back(question(fmt::format("l2 norm {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(Types, LitertNormalize, testing::Values(DType::f32, DType::u8, DType::i8),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(LitertLocalResponse, Agrees) {
  Random random(44);
  std::vector<Question> questions;
  for (int i = 0; i < 12; ++i) {
    const TensorType x{DType::f32, {1, 2, random.integer(1, 4), random.integer(1, 16)}};
    const int radius = 16;  // over all channels: LiteRT's reference kernel leaves out the last one
    const float alpha = random.real(0.0F, 2.0F);
    const float beta = random.real(0.2F, 1.0F);
    const OneOp op{.op = tflite::BuiltinOperator_LOCAL_RESPONSE_NORMALIZATION,
                   .options_type = tflite::BuiltinOptions_LocalResponseNormalizationOptions,
                   .options =
                       [=](fb::FlatBufferBuilder& b) {
                         return tflite::CreateLocalResponseNormalizationOptions(b, radius, 1.5F,
                                                                                alpha, beta)
                             .Union();
                       },
                   .inputs = {Operand(x)},
                   .outputs = {x}};
    questions.push_back(
        question(fmt::format("local response {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
