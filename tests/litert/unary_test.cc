// Functions of one tensor, in one-operator models, against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

enum class Domain : std::uint8_t { all, positive, not_negative };

struct UnaryRow {
  const char* name;
  tflite::BuiltinOperator op;
  std::vector<DType> types;
  Domain domain = Domain::all;
};

const std::vector<UnaryRow>& rows() {
  using enum DType;
  static const std::vector<UnaryRow> kRows = {
      {"Abs", tflite::BuiltinOperator_ABS, {f32, i32, i8, i16}},
      {"Ceil", tflite::BuiltinOperator_CEIL, {f32}},
      {"Cos", tflite::BuiltinOperator_COS, {f32}},
      {"Elu", tflite::BuiltinOperator_ELU, {f32, i8}},
      {"Exp", tflite::BuiltinOperator_EXP, {f32, i8, i16}},
      {"Floor", tflite::BuiltinOperator_FLOOR, {f32}},
      {"HardSwish", tflite::BuiltinOperator_HARD_SWISH, {f32, i8, u8}},
      {"Log", tflite::BuiltinOperator_LOG, {f32, i8, i16}, Domain::positive},
      {"Neg", tflite::BuiltinOperator_NEG, {f32, i32, i64, i8, i16}},
      {"Not", tflite::BuiltinOperator_LOGICAL_NOT, {boolean}},
      {"Relu", tflite::BuiltinOperator_RELU, {f32, i8, u8, i16}},
      {"Relu0To1", tflite::BuiltinOperator_RELU_0_TO_1, {f32, i8, u8}},
      {"Relu6", tflite::BuiltinOperator_RELU6, {f32, i8, u8, i16}},
      {"ReluN1To1", tflite::BuiltinOperator_RELU_N1_TO_1, {f32, i8, u8}},
      {"Round", tflite::BuiltinOperator_ROUND, {f32}},
      {"Rsqrt", tflite::BuiltinOperator_RSQRT, {f32, i8, i16}, Domain::positive},
      {"Sigmoid", tflite::BuiltinOperator_LOGISTIC, {f32, i8, u8, i16}},
      {"Sign", tflite::BuiltinOperator_SIGN, {f32, i32}},
      {"Sin", tflite::BuiltinOperator_SIN, {f32}},
      {"Sqrt", tflite::BuiltinOperator_SQRT, {f32, i8, i16}, Domain::not_negative},
      {"Square", tflite::BuiltinOperator_SQUARE, {f32}},
      {"Tanh", tflite::BuiltinOperator_TANH, {f32, i8, u8, i16}},
  };
  return kRows;
}

Shape some_shape(Random& random) {
  std::vector<std::int64_t> dims(static_cast<std::size_t>(random.integer(1, 4)));
  for (auto& dim : dims) dim = random.integer(1, 6);
  return *Shape::make(dims);
}

bool has_scale(const UnaryRow& row, DType dtype) {
  return size_of(dtype) <= 2 && dtype != DType::boolean && row.op != tflite::BuiltinOperator_NEG;
}

/// Random elements for which the function is defined.
Tensor elements(Random& random, const TensorType& type, Domain domain) {
  const auto given = random_tensor(random, type);
  if (domain == Domain::all) return given;
  TensorBuilder out(type);
  visit(type.dtype, [&]<class T>(T) {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      const auto from = given.values<T>();
      const T zero = type.quant ? static_cast<T>(type.quant->zero_point[0]) : T{0};
      for (std::size_t i = 0; i < from.size(); ++i) {
        if (is_float(type.dtype)) {
          out.values<T>()[i] = static_cast<T>(from[i] < 0 ? -from[i] : from[i]);
        } else {
          out.values<T>()[i] = std::max(from[i], zero);
        }
      }
    }
  });
  return std::move(out).build();
}

/// The scales that LiteRT asks for, and those with which nothing leaves 32 bits.
void fit_scales(Random& random, const UnaryRow& row, TensorType& x, TensorType& y, int index) {
  x.quant->scale[0] = random.real(0.005F, 0.06F);
  y.quant->scale[0] = random.real(0.005F, 0.06F);
  if (x.dtype == DType::i16) x.quant->scale[0] = random.real(0.5F, 10.0F) / 32768;
  if (row.op == tflite::BuiltinOperator_HARD_SWISH) y.quant->scale[0] = x.quant->scale[0] * 0.9F;
  if (row.op == tflite::BuiltinOperator_LOGISTIC)
    y.quant = per_tensor(0x1p-8F, x.dtype == DType::u8 ? 0 : -128);
  if (row.op == tflite::BuiltinOperator_TANH)
    y.quant = per_tensor(0x1p-7F, x.dtype == DType::u8 ? 128 : 0);
  if (x.dtype != DType::i16) return;
  y.quant->zero_point[0] = 0;
  y.quant->scale[0] = random.real(0.5F, 10.0F) / 32768;
  if (row.op == tflite::BuiltinOperator_LOGISTIC || row.op == tflite::BuiltinOperator_TANH) {
    y.quant->scale[0] = 0x1p-15F;
    if (index % 3 == 0) x.quant->scale[0] = 0x1p-12F;
    if (index % 6 == 0) x.quant->scale[0] = 0x1p-11F;
  }
}

Question unary_question(Random& random, const UnaryRow& row, DType dtype, int index) {
  const auto shape = some_shape(random);
  auto x = has_scale(row, dtype) ? random_type(random, dtype, shape) : TensorType{dtype, shape};
  auto y = has_scale(row, dtype) ? random_type(random, dtype, shape) : x;
  if (x.quant) fit_scales(random, row, x, y, index);
  if (row.op == tflite::BuiltinOperator_ABS && index % 4 == 0) y.quant = x.quant;
  const OneOp op{.op = row.op, .inputs = {Operand(x)}, .outputs = {y}};
  return question(fmt::format("{} {} {}", row.name, name_of(dtype), index), op,
                  {elements(random, x, row.domain)});
}

class LitertUnary : public testing::TestWithParam<UnaryRow> {};

TEST_P(LitertUnary, Agrees) {
  Random random(11);
  std::vector<Question> questions;
  for (const auto dtype : GetParam().types) {
    for (int i = 0; i < 16; ++i) questions.push_back(unary_question(random, GetParam(), dtype, i));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(, LitertUnary, testing::ValuesIn(rows()),
                         [](const auto& test) { return std::string(test.param.name); });

class LitertRectifier : public testing::TestWithParam<DType> {};

TEST_P(LitertRectifier, Gelu) {
  Random random(12);
  std::vector<Question> questions;
  for (int i = 0; i < 16; ++i) {
    const bool approximate = i % 2 == 0;
    const auto shape = some_shape(random);
    const OneOp op{.op = tflite::BuiltinOperator_GELU,
                   .options_type = tflite::BuiltinOptions_GeluOptions,
                   .options =
                       [=](fb::FlatBufferBuilder& b) {
                         return tflite::CreateGeluOptions(b, approximate).Union();
                       },
                   .inputs = {Operand(random_type(random, GetParam(), shape))},
                   .outputs = {random_type(random, GetParam(), shape)}};
    questions.push_back(
        question(fmt::format("gelu {}", i), op, {random_tensor(random, op.inputs[0]->type)}));
  }
  expect_equal(questions);
}

TEST_P(LitertRectifier, LeakyRelu) {
  Random random(13);
  std::vector<Question> questions;
  for (int i = 0; i < 24; ++i) {
    const float slope = random.real(-0.5F, 1.5F);
    const auto shape = some_shape(random);
    const OneOp op{.op = tflite::BuiltinOperator_LEAKY_RELU,
                   .options_type = tflite::BuiltinOptions_LeakyReluOptions,
                   .options =
                       [=](fb::FlatBufferBuilder& b) {
                         return tflite::CreateLeakyReluOptions(b, slope).Union();
                       },
                   .inputs = {Operand(random_type(random, GetParam(), shape))},
                   .outputs = {random_type(random, GetParam(), shape)}};
    questions.push_back(question(fmt::format("leaky relu {} by {}", i, slope), op,
                                 {random_tensor(random, op.inputs[0]->type)}));
  }
  expect_equal(questions);
}

TEST_P(LitertRectifier, PRelu) {
  Random random(14);
  std::vector<Question> questions;
  for (int i = 0; i < 24; ++i) {
    const Shape shape({1, random.integer(1, 5), random.integer(1, 5), random.integer(1, 5)});
    const Shape slopes({i % 2 == 0 ? 1 : shape[1], i % 2 == 0 ? 1 : shape[2], shape[3]});
    const auto x = random_type(random, GetParam(), shape);
    const auto slope =
        random_type(random, GetParam() == DType::i16 ? DType::i8 : GetParam(), slopes);
    const OneOp op{.op = tflite::BuiltinOperator_PRELU,
                   .inputs = {Operand(x), Operand(random_tensor(random, slope))},
                   .outputs = {random_type(random, GetParam(), shape)}};
    questions.push_back(question(fmt::format("prelu {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(Types, LitertRectifier,
                         testing::Values(DType::f32, DType::u8, DType::i8, DType::i16),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace slipway::litert
