// Changes of element type in one-operator models against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

Shape some_shape(Random& random) { return {random.integer(1, 4), random.integer(1, 60)}; }

TEST(LitertQuantize, Agrees) {
  Random random(51);
  std::vector<Question> questions;
  for (const auto from : {DType::f32, DType::i8, DType::u8, DType::i16}) {
    for (const auto to : {DType::i8, DType::u8, DType::i16}) {
      // LiteRT rescales between bytes, and between i16 and i8.
      if ((from == DType::i16) != (to == DType::i16) && (from == DType::u8 || to == DType::u8))
        continue;
      for (int i = 0; i < 16; ++i) {
        const auto shape = some_shape(random);
        const auto x = random_type(random, from, shape);
        auto y = random_type(random, to, shape);
        if (from != DType::f32 && i % 4 == 0) y.quant->scale = x.quant->scale;
        const OneOp op{
            .op = tflite::BuiltinOperator_QUANTIZE, .inputs = {Operand(x)}, .outputs = {y}};
        questions.push_back(
            question(fmt::format("quantize {} {} {}", name_of(from), name_of(to), i), op,
                     {random_tensor(random, x)}));
      }
    }
  }
  expect_equal(questions);
}

TEST(LitertDequantize, Agrees) {
  Random random(52);
  std::vector<Question> questions;
  for (const auto from : {DType::i8, DType::u8, DType::i16, DType::f16}) {
    for (int i = 0; i < 16; ++i) {
      const auto shape = some_shape(random);
      auto x = random_type(random, from, shape);
      if (from == DType::i8 && i % 2 == 0) make_symmetric(random, x, 1);
      const OneOp op{.op = tflite::BuiltinOperator_DEQUANTIZE,
                     .inputs = {Operand(x)},
                     .outputs = {{DType::f32, shape}}};
      questions.push_back(question(fmt::format("dequantize {} {}", name_of(from), i), op,
                                   {random_tensor(random, x)}));
    }
  }
  expect_equal(questions, 1e-7);
}

TEST(LitertCast, Agrees) {
  Random random(53);
  std::vector<Question> questions;
  const auto types = {DType::f32, DType::f16, DType::f64, DType::i8,  DType::u8,
                      DType::i16, DType::i32, DType::u32, DType::i64, DType::boolean};
  for (const auto from : types) {
    for (const auto to : types) {
      const auto shape = some_shape(random);
      const TensorType x{from, shape};
      const OneOp op{
          .op = tflite::BuiltinOperator_CAST, .inputs = {Operand(x)}, .outputs = {{to, shape}}};
      questions.push_back(question(fmt::format("cast {} {}", name_of(from), name_of(to)), op,
                                   {random_tensor(random, x)}));
    }
  }
  expect_equal(questions, 1e-7);
}

TEST(LitertFakeQuant, Agrees) {
  Random random(54);
  std::vector<Question> questions;
  for (int i = 0; i < 16; ++i) {
    const TensorType x{DType::f32, some_shape(random)};
    const float low = random.real(-2.0F, 0.0F);
    const float high = random.real(0.1F, 2.0F);
    const auto bits = static_cast<int>(random.integer(4, 8));
    const OneOp op{.op = tflite::BuiltinOperator_FAKE_QUANT,
                   .options_type = tflite::BuiltinOptions_FakeQuantOptions,
                   .options =
                       [=](fb::FlatBufferBuilder& b) {
                         return tflite::CreateFakeQuantOptions(b, low, high, bits).Union();
                       },
                   .inputs = {Operand(x)},
                   .outputs = {x}};
    questions.push_back(question(fmt::format("fake quant {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
