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

INSTANTIATE_TEST_SUITE_P(Types, LitertConv,
                         testing::Values(DType::f32, DType::u8, DType::i8, DType::i16));

}  // namespace
}  // namespace slipway::litert
