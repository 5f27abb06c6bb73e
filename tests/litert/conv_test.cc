// Convolutions, pools and dense layers of one-operator models against LiteRT's reference kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

struct ConvShape {
  std::int64_t height, width, in, kernel_h, kernel_w, out, stride, dilation;
};

ConvShape random_shape(Random& random, bool depthwise) {
  ConvShape s{};
  s.height = random.integer(1, 9);
  s.width = random.integer(1, 9);
  s.in = random.integer(1, 9);
  s.kernel_h = random.integer(1, 4);
  s.kernel_w = random.integer(1, 4);
  s.out = depthwise ? s.in * random.integer(1, 2) : random.integer(1, 9);
  s.stride = random.integer(1, 3);
  s.dilation = s.stride == 1 ? random.integer(1, 2) : 1;
  return s;
}

tflite::ActivationFunctionType random_activation(Random& random) {
  return static_cast<tflite::ActivationFunctionType>(random.integer(0, 3));
}

std::int64_t out_size(std::int64_t in, std::int64_t kernel, const ConvShape& s, bool same) {
  if (same) return (in + s.stride - 1) / s.stride;
  return (in - (kernel - 1) * s.dilation - 1) / s.stride + 1;
}

/// Whether VALID padding leaves anything of the input.
bool fits(const ConvShape& s) {
  return (s.kernel_h - 1) * s.dilation < s.height && (s.kernel_w - 1) * s.dilation < s.width;
}

/// A convolution with random everything: types as one generation of converters writes them.
Question conv_question(Random& random, DType dtype, bool depthwise, int index) {
  const auto s = random_shape(random, depthwise);
  const bool same = !fits(s) || random.integer(0, 1) == 0;
  const auto padding = same ? tflite::Padding_SAME : tflite::Padding_VALID;
  const auto activation = random_activation(random);
  const auto w_type = dtype == DType::i16 ? DType::i8 : dtype;
  const Shape x_shape({random.integer(1, 2), s.height, s.width, s.in});
  const Shape w_shape = depthwise ? Shape({1, s.kernel_h, s.kernel_w, s.out})
                                  : Shape({s.out, s.kernel_h, s.kernel_w, s.in});
  const Shape y_shape({x_shape[0], out_size(s.height, s.kernel_h, s, same),
                       out_size(s.width, s.kernel_w, s, same), s.out});
  const auto x = random_type(random, dtype, x_shape);
  auto w = random_type(random, w_type, w_shape);
  if (w_type == DType::i8) make_symmetric(random, w, depthwise ? 3 : 0);
  auto y = random_type(random, dtype, y_shape);
  const auto bias = bias_type(x, w, s.out);
  const OneOp op{
      .op = depthwise ? tflite::BuiltinOperator_DEPTHWISE_CONV_2D : tflite::BuiltinOperator_CONV_2D,
      .options_type = depthwise ? tflite::BuiltinOptions_DepthwiseConv2DOptions
                                : tflite::BuiltinOptions_Conv2DOptions,
      .options =
          [=](flatbuffers::FlatBufferBuilder& b) {
            const auto stride = static_cast<int>(s.stride);
            const auto dilation = static_cast<int>(s.dilation);
            if (depthwise) {
              const auto multiplier = static_cast<int>(s.out / s.in);
              return tflite::CreateDepthwiseConv2DOptions(b, padding, stride, stride, multiplier,
                                                          activation, dilation, dilation)
                  .Union();
            }
            return tflite::CreateConv2DOptions(b, padding, stride, stride, activation, dilation,
                                               dilation)
                .Union();
          },
      .inputs = {Operand(x), Operand(random_tensor(random, w)),
                 Operand(random_tensor(random, bias))},
      .outputs = {y},
      .version = 3};
  return question(fmt::format("{} {} {}", depthwise ? "depthwise" : "conv", name_of(dtype), index),
                  op, {random_tensor(random, x)});
}

/// f32 activations over i8 weights.
Question hybrid_question(Random& random, bool depthwise, bool per_channel, int index) {
  const auto s = random_shape(random, depthwise);
  const Shape x_shape({random.integer(1, 2), s.height, s.width, s.in});
  const Shape w_shape = depthwise ? Shape({1, s.kernel_h, s.kernel_w, s.out})
                                  : Shape({s.out, s.kernel_h, s.kernel_w, s.in});
  const Shape y_shape({x_shape[0], out_size(s.height, s.kernel_h, s, true),
                       out_size(s.width, s.kernel_w, s, true), s.out});
  const TensorType x{DType::f32, x_shape, {}};
  const int axis = depthwise ? 3 : 0;
  auto w = random_type(random, DType::i8, w_shape);
  w.quant->zero_point = {0};
  if (per_channel) {
    const auto count = static_cast<std::size_t>(s.out);
    w.quant->scale.assign(count, w.quant->scale[0]);
    for (auto& scale : w.quant->scale) scale *= random.real(0.1F, 1.0F);
    w.quant->zero_point.assign(count, 0);
    w.quant->axis = axis;
  }
  const TensorType bias{DType::f32, {s.out}, {}};
  const auto stride = static_cast<int>(s.stride);
  const OneOp op{
      .op = depthwise ? tflite::BuiltinOperator_DEPTHWISE_CONV_2D : tflite::BuiltinOperator_CONV_2D,
      .options_type = depthwise ? tflite::BuiltinOptions_DepthwiseConv2DOptions
                                : tflite::BuiltinOptions_Conv2DOptions,
      .options =
          [=](flatbuffers::FlatBufferBuilder& b) {
            const auto none = tflite::ActivationFunctionType_NONE;
            const auto dilation = static_cast<int>(s.dilation);
            if (!depthwise) {
              return tflite::CreateConv2DOptions(b, tflite::Padding_SAME, stride, stride, none,
                                                 dilation, dilation)
                  .Union();
            }
            const auto multiplier = static_cast<int>(s.out / s.in);
            return tflite::CreateDepthwiseConv2DOptions(b, tflite::Padding_SAME, stride, stride,
                                                        multiplier, none, dilation, dilation)
                .Union();
          },
      .inputs = {Operand(x), Operand(random_tensor(random, w)),
                 Operand(random_tensor(random, bias))},
      .outputs = {TensorType{DType::f32, y_shape, {}}},
      .version = 6};
  return question(fmt::format("hybrid {} {}", depthwise ? "depthwise" : "conv", index), op,
                  {random_tensor(random, x)});
}

Question transpose_question(Random& random, DType dtype, int index) {
  const auto s = random_shape(random, false);
  const bool same = random.integer(0, 1) == 0;
  const auto padding = same ? tflite::Padding_SAME : tflite::Padding_VALID;
  const Shape x_shape({random.integer(1, 2), s.height, s.width, s.in});
  const Shape w_shape({s.out, s.kernel_h, s.kernel_w, s.in});
  const std::int64_t h = same ? s.height * s.stride : (s.height - 1) * s.stride + s.kernel_h;
  const std::int64_t w_size = same ? s.width * s.stride : (s.width - 1) * s.stride + s.kernel_w;
  const Shape y_shape({x_shape[0], h, w_size, s.out});
  const auto x = random_type(random, dtype, x_shape);
  auto w = random_type(random, dtype == DType::i16 ? DType::i8 : dtype, w_shape);
  if (w.dtype == DType::i8) make_symmetric(random, w, 0);
  const auto y = random_type(random, dtype, y_shape);
  const std::vector<std::int32_t> dims(y_shape.begin(), y_shape.end());
  std::vector<std::optional<Operand>> inputs = {Operand(Tensor::of<std::int32_t>({4}, dims)),
                                                Operand(random_tensor(random, w)), Operand(x)};
  if (random.integer(0, 1) == 0) {
    inputs.emplace_back(Operand(random_tensor(random, bias_type(x, w, s.out))));
  }
  const auto stride = static_cast<int>(s.stride);
  const OneOp op{
      .op = tflite::BuiltinOperator_TRANSPOSE_CONV,
      .options_type = tflite::BuiltinOptions_TransposeConvOptions,
      .options =
          [=](flatbuffers::FlatBufferBuilder& b) {
            return tflite::CreateTransposeConvOptions(b, padding, stride, stride).Union();
          },
      .inputs = std::move(inputs),
      .outputs = {y},
      .version = 3};
  return question(fmt::format("transposed {} {}", name_of(dtype), index), op,
                  {random_tensor(random, x)});
}

Question dense_question(Random& random, DType dtype, bool hybrid, int index) {
  const std::int64_t rows = random.integer(1, 4);
  const std::int64_t in = random.integer(1, 40);
  const std::int64_t out = random.integer(1, 12);
  const bool keep = random.integer(0, 1) == 0;
  const auto activation = random_activation(random);
  const bool asymmetric = random.integer(0, 1) == 0;
  const Shape x_shape = keep ? Shape({2, rows, in}) : Shape({rows, in});
  const Shape y_shape = keep ? Shape({2, rows, out}) : Shape({rows, out});
  const auto x = random_type(random, dtype, x_shape);
  auto w = random_type(random, dtype == DType::i16 || hybrid ? DType::i8 : dtype, {out, in});
  if (w.dtype == DType::i8) {
    if (hybrid) {
      w.quant->zero_point = {0};
    } else {
      make_symmetric(random, w, 0);
    }
  }
  std::vector<std::optional<Operand>> inputs = {Operand(x), Operand(random_tensor(random, w))};
  if (random.integer(0, 3) > 0) {
    inputs.emplace_back(Operand(random_tensor(random, bias_type(x, w, out))));
  } else {
    inputs.emplace_back();
  }
  const OneOp op{.op = tflite::BuiltinOperator_FULLY_CONNECTED,
                 .options_type = tflite::BuiltinOptions_FullyConnectedOptions,
                 .options =
                     [=](flatbuffers::FlatBufferBuilder& b) {
                       return tflite::CreateFullyConnectedOptions(
                                  b, activation, tflite::FullyConnectedOptionsWeightsFormat_DEFAULT,
                                  keep, asymmetric)
                           .Union();
                     },
                 .inputs = std::move(inputs),
                 .outputs = {random_type(random, dtype, y_shape)},
                 .version = 9};
  return question(fmt::format("dense {} {}{}", name_of(dtype), hybrid ? "hybrid " : "", index), op,
                  {random_tensor(random, x)});
}

Question pool_question(Random& random, tflite::BuiltinOperator kind, DType dtype, int index) {
  auto s = random_shape(random, true);
  s.dilation = 1;
  const bool same = !fits(s) || random.integer(0, 1) == 0;
  const auto padding = same ? tflite::Padding_SAME : tflite::Padding_VALID;
  const auto activation = random_activation(random);
  const Shape x_shape({random.integer(1, 2), s.height, s.width, s.in});
  const Shape y_shape({x_shape[0], out_size(s.height, s.kernel_h, s, same),
                       out_size(s.width, s.kernel_w, s, same), s.in});
  const auto x = random_type(random, dtype, x_shape);
  const auto stride = static_cast<int>(s.stride);
  const OneOp op{.op = kind,
                 .options_type = tflite::BuiltinOptions_Pool2DOptions,
                 .options =
                     [=](flatbuffers::FlatBufferBuilder& b) {
                       return tflite::CreatePool2DOptions(b, padding, stride, stride,
                                                          static_cast<int>(s.kernel_w),
                                                          static_cast<int>(s.kernel_h), activation)
                           .Union();
                     },
                 .inputs = {Operand(x)},
                 .outputs = {x.with_shape(y_shape)},
                 .version = kind == tflite::BuiltinOperator_L2_POOL_2D ? 1 : 3};
  return question(fmt::format("pool {} {}", name_of(dtype), index), op, {random_tensor(random, x)});
}

class LitertConv : public testing::TestWithParam<DType> {};

TEST_P(LitertConv, Plain) {
  Random random(1);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) questions.push_back(conv_question(random, GetParam(), false, i));
  expect_equal(questions);
}

TEST_P(LitertConv, Depthwise) {
  Random random(2);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) questions.push_back(conv_question(random, GetParam(), true, i));
  expect_equal(questions);
}

TEST_P(LitertConv, Transposed) {
  Random random(3);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) questions.push_back(transpose_question(random, GetParam(), i));
  expect_equal(questions);
}

TEST_P(LitertConv, Dense) {
  Random random(4);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) questions.push_back(dense_question(random, GetParam(), false, i));
  expect_equal(questions);
}

TEST_P(LitertConv, Pools) {
  Random random(5);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    questions.push_back(
        pool_question(random, tflite::BuiltinOperator_AVERAGE_POOL_2D, GetParam(), i));
    questions.push_back(pool_question(random, tflite::BuiltinOperator_MAX_POOL_2D, GetParam(), i));
    if (GetParam() == DType::f32) {
      questions.push_back(pool_question(random, tflite::BuiltinOperator_L2_POOL_2D, GetParam(), i));
    }
  }
  expect_equal(questions);
}

TEST(LitertHybrid, ConvolutionsQuantizeTheirInput) {
  Random random(6);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    questions.push_back(hybrid_question(random, false, false, i));
    questions.push_back(hybrid_question(random, false, true, i));
    questions.push_back(hybrid_question(random, true, true, i));
  }
  expect_equal(questions);
}

TEST(LitertHybrid, DenseLayersQuantizeTheirInput) {
  Random random(7);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) questions.push_back(dense_question(random, DType::f32, true, i));
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(Types, LitertConv,
                         testing::Values(DType::f32, DType::u8, DType::i8, DType::i16));

}  // namespace
}  // namespace slipway::litert
