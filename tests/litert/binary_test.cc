// Arithmetic on two tensors of one-operator models against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

struct BinaryRow {
  const char* name;
  tflite::BuiltinOperator op;
  std::vector<DType> types;
  tflite::BuiltinOptions options_type = tflite::BuiltinOptions_NONE;
  fb::Offset<void> (*options)(fb::FlatBufferBuilder&, tflite::ActivationFunctionType,
                              bool) = nullptr;
  enum class Divisor : std::uint8_t { any, not_zero, small, not_negative } divisor = Divisor::any;
};

template <auto create>
fb::Offset<void> with_activation(fb::FlatBufferBuilder& b, tflite::ActivationFunctionType a, bool) {
  return create(b, a).Union();
}

template <auto create>
fb::Offset<void> with_pot(fb::FlatBufferBuilder& b, tflite::ActivationFunctionType a, bool pot) {
  return create(b, a, pot).Union();
}

template <auto create>
fb::Offset<void> without(fb::FlatBufferBuilder& b, tflite::ActivationFunctionType, bool) {
  return create(b).Union();
}

using enum BinaryRow::Divisor;

const std::vector<BinaryRow>& rows() {
  static const std::vector<DType> kAll = {DType::f32, DType::i32, DType::i8, DType::u8, DType::i16};
  static const std::vector<BinaryRow> kRows = {
      {"Add",
       tflite::BuiltinOperator_ADD,
       {DType::f32, DType::i32, DType::i64, DType::i8, DType::u8, DType::i16},
       tflite::BuiltinOptions_AddOptions,
       with_pot<tflite::CreateAddOptions>},
      {"Sub",
       tflite::BuiltinOperator_SUB,
       {DType::f32, DType::i32, DType::i64, DType::i8, DType::u8, DType::i16},
       tflite::BuiltinOptions_SubOptions,
       with_pot<tflite::CreateSubOptions>},
      {"Mul",
       tflite::BuiltinOperator_MUL,
       {DType::f32, DType::i32, DType::i64, DType::i8, DType::u8, DType::i16},
       tflite::BuiltinOptions_MulOptions,
       with_activation<tflite::CreateMulOptions>},
      {"Div", tflite::BuiltinOperator_DIV, kAll, tflite::BuiltinOptions_DivOptions,
       with_activation<tflite::CreateDivOptions>, not_zero},
      {"Maximum",
       tflite::BuiltinOperator_MAXIMUM,
       {DType::f32, DType::i32, DType::i64, DType::i8, DType::u8, DType::i16}},
      {"Minimum",
       tflite::BuiltinOperator_MINIMUM,
       {DType::f32, DType::i32, DType::i64, DType::i8, DType::u8, DType::i16}},
      {"Pow",
       tflite::BuiltinOperator_POW,
       {DType::f32, DType::i32},
       tflite::BuiltinOptions_PowOptions,
       without<tflite::CreatePowOptions>,
       small},
      {"SquaredDifference",
       tflite::BuiltinOperator_SQUARED_DIFFERENCE,
       {DType::f32, DType::i32, DType::i8}},
      {"FloorDiv",
       tflite::BuiltinOperator_FLOOR_DIV,
       {DType::f32, DType::i32},
       tflite::BuiltinOptions_NONE,
       nullptr,
       not_zero},
      {"FloorMod",
       tflite::BuiltinOperator_FLOOR_MOD,
       {DType::f32, DType::i32, DType::i64},
       tflite::BuiltinOptions_NONE,
       nullptr,
       not_zero},
      {"Atan2", tflite::BuiltinOperator_ATAN2, {DType::f32}},
      {"BitwiseXor",
       tflite::BuiltinOperator_BITWISE_XOR,
       {DType::i8, DType::u8, DType::i16, DType::i32}},
      {"RightShift",
       tflite::BuiltinOperator_RIGHT_SHIFT,
       {DType::i8, DType::u8, DType::i16, DType::i32},
       tflite::BuiltinOptions_NONE,
       nullptr,
       small},
  };
  return kRows;
}

/// A type whose scale is neither tiny nor huge: sums of LiteRT end the process otherwise.
TensorType usual_type(Random& random, DType dtype, Shape shape, bool power_of_two) {
  auto type = random_type(random, dtype, std::move(shape));
  if (!type.quant) return type;
  type.quant->scale[0] = power_of_two ? 0x1p-8F : random.real(0.01F, 0.05F);
  return type;
}

/// Two shapes that broadcast: dimensions become 1, leading ones are left out.
std::pair<Shape, Shape> random_shapes(Random& random) {
  const auto rank = random.integer(1, 5);
  std::vector<std::int64_t> a;
  std::vector<std::int64_t> b;
  for (int i = 0; i < rank; ++i) {
    const auto size = random.integer(1, 4);
    const auto what = random.integer(0, 5);
    a.push_back(what == 0 ? 1 : size);
    b.push_back(what == 1 ? 1 : size);
  }
  if (random.integer(0, 3) == 0) b.erase(b.begin(), b.begin() + random.integer(0, rank - 1));
  return {*Shape::make(a), *Shape::make(b)};
}

Tensor second_input(Random& random, const TensorType& type, BinaryRow::Divisor divisor) {
  const auto given = random_tensor(random, type);
  if (divisor == any || (is_float(type.dtype) && divisor != small)) return given;
  TensorBuilder out(type);
  const std::int32_t zero = type.quant ? type.quant->zero_point[0] : 0;
  visit(type.dtype, [&]<class T>(T) {
    const auto from = given.values<T>();
    const auto to = out.values<T>();
    for (std::size_t i = 0; i < to.size(); ++i) {
      if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
        if (divisor == small) {
          to[i] = static_cast<T>(random.integer(std::is_floating_point_v<T> ? -2 : 0, 3));
        } else {
          const T other = static_cast<T>(zero == 5 ? 6 : 5);
          to[i] = from[i] == static_cast<T>(zero) ? other : from[i];
        }
      }
    }
  });
  return std::move(out).build();
}

Question binary_question(Random& random, const BinaryRow& row, DType dtype, int index) {
  auto [a_shape, b_shape] = random_shapes(random);
  const bool power_of_two = index % 4 == 0;
  // LiteRT ends the process where such sums broadcast.
  if (power_of_two && dtype == DType::i16) b_shape = a_shape;
  if (row.op == tflite::BuiltinOperator_ATAN2) b_shape = a_shape;
  const auto a = usual_type(random, dtype, a_shape, power_of_two);
  auto b = usual_type(random, dtype, b_shape, power_of_two);
  auto y = usual_type(random, dtype, *broadcast(a_shape, b_shape), power_of_two);
  const bool raw = row.op == tflite::BuiltinOperator_BITWISE_XOR ||
                   row.op == tflite::BuiltinOperator_RIGHT_SHIFT;
  if (raw) {
    b.quant = y.quant = std::nullopt;
  } else if (row.op == tflite::BuiltinOperator_MAXIMUM ||
             row.op == tflite::BuiltinOperator_MINIMUM) {
    b.quant = y.quant = a.quant;
  } else if (row.op == tflite::BuiltinOperator_DIV && y.quant) {
    // Quotients near zero come out as the type's ends with a coarser output: LiteRT shifts a
    // 32-bit number by more than 31.
    const float finest = dtype == DType::i16 ? 0x1p-14F : 0x1p-6F;
    y.quant->scale[0] = a.quant->scale[0] / b.quant->scale[0] * finest * random.real(0.3F, 0.9F);
  } else if (power_of_two && dtype == DType::i16 && index % 8 == 0) {
    b.quant->scale[0] = 0x1p-10F;
  }
  auto first = a;
  if (raw) first.quant = std::nullopt;
  const auto activation = static_cast<tflite::ActivationFunctionType>(random.integer(0, 3));
  const OneOp op{
      .op = row.op,
      .options_type = row.options_type,
      .options = row.options == nullptr
                     ? std::function<fb::Offset<void>(fb::FlatBufferBuilder&)>()
                     : [=](fb::FlatBufferBuilder&
                               builder) { return row.options(builder, activation, power_of_two); },
      .inputs = {Operand(first), Operand(b)},
      .outputs = {y},
      .version = 1};
  auto x = row.divisor == small && is_float(dtype) ? random_tensor(random, {DType::u8, a_shape, {}})
                                                   : random_tensor(random, first);
  if (x.dtype() != dtype) {  // a power needs a positive base
    TensorBuilder positive(first);
    for (std::size_t i = 0; i < x.values<std::uint8_t>().size(); ++i)
      positive.values<float>()[i] = static_cast<float>(x.values<std::uint8_t>()[i] + 1) / 64;
    x = std::move(positive).build();
  } else if (row.op == tflite::BuiltinOperator_POW) {
    x = second_input(random, first, small);
  }
  return question(fmt::format("{} {} {}", row.name, name_of(dtype), index), op,
                  {x, second_input(random, b, row.divisor)});
}

class LitertBinary : public testing::TestWithParam<BinaryRow> {};

TEST_P(LitertBinary, Agrees) {
  Random random(7);
  std::vector<Question> questions;
  for (const auto dtype : GetParam().types) {
    for (int i = 0; i < 24; ++i) questions.push_back(binary_question(random, GetParam(), dtype, i));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(, LitertBinary, testing::ValuesIn(rows()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace slipway::litert
