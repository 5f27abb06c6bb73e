// Comparisons, logic and choices of one-operator models against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

struct CompareRow {
  const char* name;
  tflite::BuiltinOperator op;
  std::vector<DType> types;
};

const std::vector<CompareRow>& rows() {
  using enum DType;
  static const std::vector<DType> kNumbers = {f32, i32, i64, i8, u8};
  static const std::vector<DType> kAll = {f32, i32, i64, i8, u8, boolean};
  static const std::vector<CompareRow> kRows = {
      {"And", tflite::BuiltinOperator_LOGICAL_AND, {boolean}},
      {"Equal", tflite::BuiltinOperator_EQUAL, kAll},
      {"Greater", tflite::BuiltinOperator_GREATER, kNumbers},
      {"GreaterOrEqual", tflite::BuiltinOperator_GREATER_EQUAL, kNumbers},
      {"Less", tflite::BuiltinOperator_LESS, kNumbers},
      {"LessOrEqual", tflite::BuiltinOperator_LESS_EQUAL, kNumbers},
      {"NotEqual", tflite::BuiltinOperator_NOT_EQUAL, kAll},
      {"Or", tflite::BuiltinOperator_LOGICAL_OR, {boolean}},
  };
  return kRows;
}

TensorType operand_type(Random& random, DType dtype, Shape shape) {
  auto type = random_type(random, dtype, std::move(shape));
  if (type.quant) type.quant->scale[0] = random.real(0.01F, 0.5F);
  return type;
}

class LitertCompare : public testing::TestWithParam<CompareRow> {};

TEST_P(LitertCompare, Agrees) {
  Random random(21);
  std::vector<Question> questions;
  for (const auto dtype : GetParam().types) {
    for (int i = 0; i < 16; ++i) {
      const Shape whole({2, random.integer(1, 5), random.integer(1, 9)});
      const Shape part({i % 3 == 0 ? 1 : 2, i % 4 == 0 ? 1 : whole[1], whole[2]});
      const auto a = operand_type(random, dtype, whole);
      auto b = operand_type(random, dtype, part);
      if (i % 2 == 0) b.quant = a.quant;
      const OneOp op{.op = GetParam().op,
                     .inputs = {Operand(a), Operand(b)},
                     .outputs = {{DType::boolean, whole}}};
      const auto x = random_tensor(random, a);
      const auto y = i % 5 == 0 && a == b ? x : random_tensor(random, b);
      questions.push_back(
          question(fmt::format("{} {} {}", GetParam().name, name_of(dtype), i), op, {x, y}));
    }
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(, LitertCompare, testing::ValuesIn(rows()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(LitertSelect, Agrees) {
  Random random(22);
  std::vector<Question> questions;
  for (const auto dtype :
       {DType::f32, DType::i32, DType::i64, DType::u8, DType::i8, DType::i16, DType::boolean}) {
    for (int i = 0; i < 12; ++i) {
      const bool second = i % 3 != 0;
      const Shape whole({random.integer(2, 4), random.integer(1, 5), random.integer(1, 5)});
      const Shape rows = i % 2 == 0 ? Shape({whole[0]}) : whole;
      const Shape condition = second ? Shape({whole[0], 1, i % 2 == 0 ? 1 : whole[2]}) : rows;
      const auto type = operand_type(random, dtype, whole);
      const auto other = second ? type.with_shape({1, whole[1], 1}) : type;
      const OneOp op{
          .op = second ? tflite::BuiltinOperator_SELECT_V2 : tflite::BuiltinOperator_SELECT,
          .inputs = {Operand(TensorType{DType::boolean, condition}), Operand(type), Operand(other)},
          .outputs = {type}};
      questions.push_back(question(fmt::format("select {} {}", name_of(dtype), i), op,
                                   {random_tensor(random, {DType::boolean, condition}),
                                    random_tensor(random, type), random_tensor(random, other)}));
    }
  }
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
