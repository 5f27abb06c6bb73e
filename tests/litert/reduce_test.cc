// Reductions of one-operator models against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

struct ReduceRow {
  const char* name;
  tflite::BuiltinOperator op;
  std::vector<DType> types;
  bool rescales = false;
};

const std::vector<ReduceRow>& rows() {
  using enum DType;
  // LiteRT's reference sum takes all bytes for unsigned ones, so that only those can be compared.
  static const std::vector<ReduceRow> kRows = {
      {"All", tflite::BuiltinOperator_REDUCE_ALL, {boolean}},
      {"Any", tflite::BuiltinOperator_REDUCE_ANY, {boolean}},
      {"Max", tflite::BuiltinOperator_REDUCE_MAX, {f32, i32, i64, u8, i8, i16}},
      {"Mean", tflite::BuiltinOperator_MEAN, {f32, i32, i64, u8, i8, i16}, true},
      {"Min", tflite::BuiltinOperator_REDUCE_MIN, {f32, i32, i64, u8, i8, i16}},
      {"Prod", tflite::BuiltinOperator_REDUCE_PROD, {f32, i32, i64, i8, i16}, true},
      {"Sum", tflite::BuiltinOperator_SUM, {f32, i32, i64, u8}, true},
  };
  return kRows;
}

Question reduce_question(Random& random, const ReduceRow& row, DType dtype, int index) {
  const auto rank = index % 3 == 0 ? 4 : random.integer(1, 4);
  std::vector<std::int64_t> dims;
  std::vector<std::int32_t> axes;
  std::vector<std::int64_t> out;
  const bool keep = random.integer(0, 1) == 1;
  for (std::int64_t i = 0; i < rank; ++i) {
    dims.push_back(random.integer(1, 7));
    // Heights and widths of pictures in every third case, as pooling writes them.
    const bool last_chance = i + 1 == rank && axes.empty();
    const bool take = index % 3 == 0 ? i == 1 || i == 2 : last_chance || random.integer(0, 1) == 1;
    if (take) axes.push_back(static_cast<std::int32_t>(random.integer(0, 1) == 0 ? i : i - rank));
    if (!take || keep) out.push_back(take ? 1 : dims.back());
  }
  const auto x = random_type(random, dtype, *Shape::make(dims));
  auto y = random_type(random, dtype, *Shape::make(out));
  if (!row.rescales || index % 4 == 0) y.quant = x.quant;
  if (row.op == tflite::BuiltinOperator_REDUCE_PROD && y.quant)
    y.quant->scale[0] = x.quant->scale[0] * random.real(0.5F, 2.0F);
  const auto count = static_cast<std::int64_t>(axes.size());
  const OneOp op{
      .op = row.op,
      .options_type = tflite::BuiltinOptions_ReducerOptions,
      .options =
          [=](fb::FlatBufferBuilder& b) { return tflite::CreateReducerOptions(b, keep).Union(); },
      .inputs = {Operand(x), Operand(Tensor::of<std::int32_t>({count}, axes))},
      .outputs = {y}};
  return question(fmt::format("{} {} {}", row.name, name_of(dtype), index), op,
                  {random_tensor(random, x)});
}

class LitertReduce : public testing::TestWithParam<ReduceRow> {};

TEST_P(LitertReduce, Agrees) {
  Random random(31);
  std::vector<Question> questions;
  for (const auto dtype : GetParam().types) {
    for (int i = 0; i < 18; ++i) questions.push_back(reduce_question(random, GetParam(), dtype, i));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(, LitertReduce, testing::ValuesIn(rows()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(LitertArg, Agrees) {
  Random random(32);
  std::vector<Question> questions;
  for (const auto dtype : {DType::f32, DType::i32, DType::u8, DType::i8, DType::boolean}) {
    for (int i = 0; i < 12; ++i) {
      const auto to = i % 2 == 0 ? DType::i32 : DType::i64;
      const bool largest = i % 3 != 0;
      const auto axis = static_cast<std::int32_t>(random.integer(-3, 2));
      std::vector<std::int64_t> dims = {random.integer(1, 5), random.integer(1, 5),
                                        random.integer(1, 5)};
      const auto x = random_type(random, dtype, *Shape::make(dims));
      dims.erase(dims.begin() + (axis < 0 ? axis + 3 : axis));
      const auto file_type = to == DType::i32 ? tflite::TensorType_INT32 : tflite::TensorType_INT64;
      const OneOp op{
          .op = largest ? tflite::BuiltinOperator_ARG_MAX : tflite::BuiltinOperator_ARG_MIN,
          .options_type =
              largest ? tflite::BuiltinOptions_ArgMaxOptions : tflite::BuiltinOptions_ArgMinOptions,
          .options =
              [=](fb::FlatBufferBuilder& b) {
                return largest ? tflite::CreateArgMaxOptions(b, file_type).Union()
                               : tflite::CreateArgMinOptions(b, file_type).Union();
              },
          .inputs = {Operand(x), Operand(Tensor::of<std::int32_t>({1}, {axis}))},
          .outputs = {{to, *Shape::make(dims)}}};
      questions.push_back(
          question(fmt::format("arg {} {}", name_of(dtype), i), op, {random_tensor(random, x)}));
    }
  }
  expect_equal(questions);
}

TEST(LitertCumsum, Agrees) {
  Random random(33);
  std::vector<Question> questions;
  for (const auto dtype : {DType::f32, DType::i32, DType::i64}) {
    for (int i = 0; i < 12; ++i) {
      const TensorType x{dtype, {random.integer(1, 5), random.integer(1, 5), random.integer(1, 5)}};
      const auto axis = static_cast<std::int32_t>(random.integer(-3, 2));
      const bool exclusive = i % 2 == 0;
      const bool reverse = i % 3 == 0;
      const OneOp op{.op = tflite::BuiltinOperator_CUMSUM,
                     .options_type = tflite::BuiltinOptions_CumsumOptions,
                     .options =
                         [=](fb::FlatBufferBuilder& b) {
                           return tflite::CreateCumsumOptions(b, exclusive, reverse).Union();
                         },
                     .inputs = {Operand(x), Operand(Tensor::of<std::int32_t>({}, {axis}))},
                     .outputs = {x}};
      questions.push_back(
          question(fmt::format("cumsum {} {}", name_of(dtype), i), op, {random_tensor(random, x)}));
    }
  }
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
