// Dense layers, matrix products, transposed and mixed-type convolutions of one-operator models
// against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

tflite::ActivationFunctionType random_activation(Random& random) {
  return static_cast<tflite::ActivationFunctionType>(random.integer(0, 3));
}

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

Question dense_question(Random& random, DType x_dtype, DType w_dtype, int index) {
  const std::int64_t in = random.integer(1, 40);
  const std::int64_t out = random.integer(1, 12);
  const bool keep = index % 3 == 0;
  const bool asymmetric = index % 2 == 0;
  const Shape x_shape({random.integer(1, 3), random.integer(1, 4), in});
  const Shape y_shape =
      keep ? Shape({x_shape[0], x_shape[1], out}) : Shape({x_shape[0] * x_shape[1], out});
  const auto x = random_type(random, x_dtype, x_shape);
  auto w = random_type(random, w_dtype, {out, in});
  if (w_dtype == DType::i8) {
    make_symmetric(random, w, 0);
    if (index % 4 == 0) w.quant = per_tensor(random.real(0.001F, 0.02F), 0);
  }
  const auto y = output_type(random, x, w, y_shape, in);
  const auto bias = bias_type(x, w, out);
  const bool has_bias = index % 5 != 0;
  const auto activation = random_activation(random);
  const OneOp op{
      .op = tflite::BuiltinOperator_FULLY_CONNECTED,
      .options_type = tflite::BuiltinOptions_FullyConnectedOptions,
      .options =
          [=](fb::FlatBufferBuilder& b) {
            return tflite::CreateFullyConnectedOptions(
                       b, activation, tflite::FullyConnectedOptionsWeightsFormat_DEFAULT, keep,
                       asymmetric)
                .Union();
          },
      .inputs = {Operand(x), Operand(random_tensor(random, w)),
                 has_bias ? std::optional<Operand>(random_tensor(random, bias)) : std::nullopt},
      .outputs = {y}};
  return question(fmt::format("dense {} {} {}", name_of(x_dtype), name_of(w_dtype), index), op,
                  {random_tensor(random, x)});
}

TEST(LitertFullyConnected, Agrees) {
  struct Pair {
    DType x, w;
  };

  Random random(61);
  std::vector<Question> questions;
  for (const auto [x, w] : {Pair{DType::f32, DType::f32}, Pair{DType::u8, DType::u8},
                            Pair{DType::i8, DType::i8}, Pair{DType::i16, DType::i8}}) {
    for (int i = 0; i < 40; ++i) questions.push_back(dense_question(random, x, w, i));
  }
  expect_equal(questions);
}

TEST(LitertFullyConnected, QuantizesFloatsWhileRunning) {
  Random random(62);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i)
    questions.push_back(dense_question(random, DType::f32, DType::i8, i));
  expect_equal(questions);
}

TEST(LitertConvHybrid, QuantizesFloatsWhileRunning) {
  Random random(63);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const bool depthwise = i % 2 == 1;
    const std::int64_t in = random.integer(1, 8);
    const std::int64_t out = depthwise ? in : random.integer(1, 8);
    const Shape x_shape({random.integer(1, 2), random.integer(3, 8), random.integer(3, 8), in});
    const TensorType x{DType::f32, x_shape};
    auto w =
        random_type(random, DType::i8, depthwise ? Shape({1, 3, 3, out}) : Shape({out, 3, 3, in}));
    make_symmetric(random, w, depthwise ? 3 : 0);
    const TensorType y{DType::f32, {x_shape[0], x_shape[1], x_shape[2], out}};
    const auto activation = random_activation(random);
    // LiteRT's hybrid depthwise kernel takes scales per channel only.
    if (depthwise && w.quant->scale.size() == 1) {
      w.quant->scale.assign(static_cast<std::size_t>(out), w.quant->scale[0]);
      w.quant->zero_point.assign(static_cast<std::size_t>(out), 0);
      w.quant->axis = 3;
    }
    const OneOp op{.op = depthwise ? tflite::BuiltinOperator_DEPTHWISE_CONV_2D
                                   : tflite::BuiltinOperator_CONV_2D,
                   .options_type = depthwise ? tflite::BuiltinOptions_DepthwiseConv2DOptions
                                             : tflite::BuiltinOptions_Conv2DOptions,
                   .options =
                       [=](fb::FlatBufferBuilder& b) {
                         return depthwise ? tflite::CreateDepthwiseConv2DOptions(
                                                b, tflite::Padding_SAME, 1, 1, 1, activation)
                                                .Union()
                                          : tflite::CreateConv2DOptions(b, tflite::Padding_SAME, 1,
                                                                        1, activation)
                                                .Union();
                       },
                   .inputs = {Operand(x), Operand(random_tensor(random, w)),
                              Operand(random_tensor(random, {DType::f32, {out}}))},
                   .outputs = {y}};
    questions.push_back(question(fmt::format("hybrid {} {}", depthwise ? "depthwise" : "conv", i),
                                 op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

class LitertProducts : public testing::TestWithParam<DType> {};

TEST_P(LitertProducts, TransposeConv) {
  Random random(64);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const DType w_dtype = GetParam() == DType::i16 ? DType::i8 : GetParam();
    const std::int64_t in = random.integer(1, 6);
    const std::int64_t out = random.integer(1, 6);
    const std::int64_t kernel = random.integer(1, 4);
    const auto stride = static_cast<std::int32_t>(random.integer(1, 3));
    const bool same = i % 2 == 0;
    const Shape x_shape({random.integer(1, 2), random.integer(1, 5), random.integer(1, 5), in});
    const auto grown = [&](std::int64_t size) {
      return static_cast<std::int32_t>(
          same ? size * stride : (size - 1) * stride + std::max<std::int64_t>(kernel, stride));
    };
    const std::vector<std::int32_t> y_dims = {static_cast<std::int32_t>(x_shape[0]),
                                              grown(x_shape[1]), grown(x_shape[2]),
                                              static_cast<std::int32_t>(out)};
    const Shape y_shape({y_dims[0], y_dims[1], y_dims[2], y_dims[3]});
    const auto x = random_type(random, GetParam(), x_shape);
    auto w = random_type(random, w_dtype, {out, kernel, kernel, in});
    if (w_dtype == DType::i8) make_symmetric(random, w, 0);
    const auto y = output_type(random, x, w, y_shape, in * kernel);
    const auto activation = random_activation(random);
    OneOp op{.op = tflite::BuiltinOperator_TRANSPOSE_CONV,
             .options_type = tflite::BuiltinOptions_TransposeConvOptions,
             .options =
                 [=](fb::FlatBufferBuilder& b) {
                   return tflite::CreateTransposeConvOptions(
                              b, same ? tflite::Padding_SAME : tflite::Padding_VALID, stride,
                              stride, activation)
                       .Union();
                 },
             .inputs = {Operand(Tensor::of<std::int32_t>({4}, y_dims)),
                        Operand(random_tensor(random, w)), Operand(x)},
             .outputs = {y}};
    if (i % 3 != 0) op.inputs.emplace_back(Operand(random_tensor(random, bias_type(x, w, out))));
    questions.push_back(
        question(fmt::format("transpose conv {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST_P(LitertProducts, BatchMatMul) {
  if (GetParam() == DType::u8) GTEST_SKIP() << "LiteRT has none for u8";
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

TEST_P(LitertProducts, Pools) {
  Random random(66);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const bool l2 = GetParam() == DType::f32 && i % 3 == 2;
    const bool average = !l2 && i % 2 == 0;
    const bool same = random.integer(0, 1) == 0;
    const auto size = static_cast<int>(random.integer(1, 3));
    const auto stride = static_cast<int>(random.integer(1, 3));
    const Shape x_shape(
        {random.integer(1, 2), random.integer(3, 8), random.integer(3, 8), random.integer(1, 9)});
    const auto shrunk = [&](std::int64_t n) {
      return same ? (n + stride - 1) / stride : (n - size) / stride + 1;
    };
    const auto x = random_type(random, GetParam(), x_shape);
    const auto y = x.with_shape({x_shape[0], shrunk(x_shape[1]), shrunk(x_shape[2]), x_shape[3]});
    const auto activation = random_activation(random);
    const OneOp op{.op = l2        ? tflite::BuiltinOperator_L2_POOL_2D
                         : average ? tflite::BuiltinOperator_AVERAGE_POOL_2D
                                   : tflite::BuiltinOperator_MAX_POOL_2D,
                   .options_type = tflite::BuiltinOptions_Pool2DOptions,
                   .options =
                       [=](fb::FlatBufferBuilder& b) {
                         return tflite::CreatePool2DOptions(
                                    b, same ? tflite::Padding_SAME : tflite::Padding_VALID, stride,
                                    stride, size, size, activation)
                             .Union();
                       },
                   .inputs = {Operand(x)},
                   .outputs = {y}};
    questions.push_back(question(fmt::format("pool {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(Types, LitertProducts,
                         testing::Values(DType::f32, DType::u8, DType::i8, DType::i16),
                         [](const auto& info) { return std::string(name_of(info.param)); });

}  // namespace
}  // namespace slipway::litert
