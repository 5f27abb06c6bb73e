// Products of matrices of one-operator models against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

/// An output whose scale suits sums of `count` products.
TensorType output_type(Random& random, const TensorType& x, const TensorType& w, Shape shape,
                       std::int64_t count) {
  auto y = random_type(random, x.dtype, std::move(shape));
  if (y.quant) {
    y.quant->scale[0] = x.quant->scale[0] * w.quant->scale[0] * static_cast<float>(count) *
                        random.real(8.0F, 60.0F);
  }
  return y;
}

class LitertMatrices : public testing::TestWithParam<DType> {};

TEST_P(LitertMatrices, Agree) {
  Random random(65);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const std::int64_t rows = random.integer(1, 6);
    const std::int64_t inner = random.integer(1, 9);
    const std::int64_t columns = random.integer(1, 6);
    const bool adj_a = i % 2 == 0;
    const bool adj_b = i % 3 == 0;
    const std::int64_t batch = random.integer(1, 3);
    const auto shape = [](std::int64_t n, std::int64_t r, std::int64_t c, bool swap) {
      return swap ? Shape({n, c, r}) : Shape({n, r, c});
    };
    const auto a = random_type(random, GetParam(), shape(batch, rows, inner, adj_a));
    const auto b =
        random_type(random, GetParam(), shape(i % 4 == 0 ? 1 : batch, inner, columns, adj_b));
    const auto y = output_type(random, a, b, {batch, rows, columns}, inner);
    const OneOp op{.op = tflite::BuiltinOperator_BATCH_MATMUL,
                   .options_type = tflite::BuiltinOptions_BatchMatMulOptions,
                   .options =
                       [=](fb::FlatBufferBuilder& builder) {
                         return tflite::CreateBatchMatMulOptions(builder, adj_a, adj_b).Union();
                       },
                   .inputs = {Operand(a), Operand(b)},
                   .outputs = {y}};
    questions.push_back(question(fmt::format("batch matmul {}", i), op,
                                 {random_tensor(random, a), random_tensor(random, b)}));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(Types, LitertMatrices, testing::Values(DType::f32, DType::i8, DType::i16),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace slipway::litert
