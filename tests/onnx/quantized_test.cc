// Integers with scales, one operator at a time, against ONNX Runtime, to the last bit where its
// formula is known (docs/formats/quantized_arithmetic.md).

#include "onnx/one_op.h"

namespace slipway::onnx_test {
namespace {

class OnnxQuantized : public testing::TestWithParam<DType> {
 protected:
  /// A scale and a zero point as real networks have them.
  void add_scale(std::vector<Operand>& inputs, float least, float most) {
    const bool is_signed = GetParam() == DType::i8;
    inputs.push_back(constant(number(random.real(least, most))));
    inputs.push_back(constant(
        zero_point(GetParam(), is_signed ? random.integer(-60, 60) : random.integer(60, 190))));
  }

  Random random{17};
};

TEST_P(OnnxQuantized, Conv) {
  std::vector<Question> questions;
  for (int i = 0; i < 30; ++i) {
    const std::int64_t group = i % 3 == 0 ? 2 : 1;
    const std::int64_t channels = group * random.integer(1, 5);
    const std::int64_t outputs = group * random.integer(1, 6);
    const std::int64_t kernel = random.integer(1, 3);
    OneOp op{.op = "QLinearConv", .output = GetParam()};
    op.inputs.push_back(
        given(random_numbers(random, GetParam(), {random.integer(1, 2), channels, 7, 6})));
    add_scale(op.inputs, 0.005F, 0.03F);
    op.inputs.push_back(
        constant(random_numbers(random, DType::i8, {outputs, channels / group, kernel, kernel})));
    if (i % 2 == 0) {
      std::vector<float> scales;
      for (std::int64_t o = 0; o < outputs; ++o) scales.push_back(random.real(0.001F, 0.02F));
      op.inputs.push_back(constant(Tensor::of<float>({outputs}, scales)));
      op.inputs.push_back(
          constant(Tensor::of<std::int8_t>({outputs}, std::vector<std::int8_t>(scales.size()))));
    } else {
      op.inputs.push_back(constant(number(random.real(0.001F, 0.02F))));
      op.inputs.push_back(constant(zero_point(DType::i8, 0)));
    }
    add_scale(op.inputs, 0.02F, 0.1F);
    if (i % 4 != 0) op.inputs.push_back(constant(random_numbers(random, DType::i32, {outputs})));
    op.lists["strides"] = {1 + i % 2, 1};
    op.lists["pads"] = {1, 0, 1, 1};
    op.ints["group"] = group;
    questions.push_back(question(fmt::format("conv {}", i), op));
  }
  expect_equal(questions);
}

TEST_P(OnnxQuantized, MatMul) {
  std::vector<Question> questions;
  for (int i = 0; i < 30; ++i) {
    const std::int64_t inner = random.integer(1, 40);
    const std::int64_t columns = random.integer(1, 9);
    OneOp op{.op = "QLinearMatMul", .output = GetParam()};
    op.inputs.push_back(
        given(random_numbers(random, GetParam(), {2, random.integer(1, 5), inner})));
    add_scale(op.inputs, 0.005F, 0.03F);
    op.inputs.push_back(constant(random_numbers(random, GetParam(), {inner, columns})));
    add_scale(op.inputs, 0.001F, 0.02F);
    add_scale(op.inputs, 0.02F, 0.1F);
    questions.push_back(question(fmt::format("matmul {}", i), op));
  }
  expect_equal(questions);
}

TEST_P(OnnxQuantized, SumsAndProducts) {
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    OneOp op{.op = i % 2 == 0 ? "QLinearAdd" : "QLinearMul",
             .domain = "com.microsoft",
             .output = GetParam()};
    const std::int64_t channels = random.integer(1, 7);
    op.inputs.push_back(given(random_numbers(random, GetParam(), {1, channels, 5, 9})));
    add_scale(op.inputs, 0.005F, 0.05F);
    op.inputs.push_back(given(random_numbers(random, GetParam(), {1, channels, 5, 9})));
    add_scale(op.inputs, 0.005F, 0.05F);
    add_scale(op.inputs, 0.02F, 0.1F);
    questions.push_back(question(fmt::format("{} {}", op.op, i), op));
  }
  expect_equal(questions);
}

TEST_P(OnnxQuantized, Functions) {
  // ONNX Runtime's tables are of these functions, its mean is not: a step apart at most, rarely.
  std::vector<Question> questions;
  for (const auto* name : {"QLinearSigmoid", "QLinearLeakyRelu", "QLinearGlobalAveragePool"}) {
    for (int i = 0; i < 12; ++i) {
      OneOp op{.op = name, .domain = "com.microsoft", .output = GetParam()};
      op.inputs.push_back(given(random_numbers(random, GetParam(), {1, 6, 5, 7})));
      add_scale(op.inputs, 0.005F, 0.05F);
      add_scale(op.inputs, 0.004F, 0.02F);
      questions.push_back(question(fmt::format("{} {}", name, i), op));
    }
  }
  expect_equal(questions, {.steps = 1, .share_apart = 0.04});
}

TEST_P(OnnxQuantized, DenseLayersAndPools) {
  std::vector<Question> dense;
  std::vector<Question> pools;
  for (int i = 0; i < 12; ++i) {
    OneOp gemm{.op = "QGemm", .domain = "com.microsoft", .output = GetParam()};
    gemm.inputs.push_back(given(random_numbers(random, GetParam(), {3, 8})));
    add_scale(gemm.inputs, 0.005F, 0.03F);
    gemm.inputs.push_back(constant(random_numbers(random, GetParam(), {5, 8})));
    add_scale(gemm.inputs, 0.001F, 0.02F);
    gemm.inputs.push_back(constant(random_numbers(random, DType::i32, {5})));
    add_scale(gemm.inputs, 0.02F, 0.1F);
    gemm.ints["transB"] = 1;
    dense.push_back(question(fmt::format("gemm {}", i), gemm));
    OneOp pool{.op = "QLinearAveragePool", .domain = "com.microsoft", .output = GetParam()};
    pool.inputs.push_back(given(random_numbers(random, GetParam(), {1, 3, 6, 7})));
    add_scale(pool.inputs, 0.005F, 0.03F);
    add_scale(pool.inputs, 0.01F, 0.03F);
    pool.lists["kernel_shape"] = {2, 3};
    pool.lists["strides"] = {1, 2};
    pools.push_back(question(fmt::format("pool {}", i), pool));
  }
  expect_equal(dense);
  expect_equal(pools, {.steps = 1, .share_apart = 0.04});
}

TEST_P(OnnxQuantized, Concat) {
  std::vector<Question> questions;
  for (int i = 0; i < 12; ++i) {
    OneOp op{.op = "QLinearConcat", .domain = "com.microsoft", .output = GetParam()};
    add_scale(op.inputs, 0.01F, 0.05F);
    for (int part = 0; part < 3; ++part) {
      op.inputs.push_back(given(random_numbers(random, GetParam(), {2, random.integer(1, 4), 3})));
      add_scale(op.inputs, 0.005F, 0.05F);
    }
    op.ints["axis"] = 1;
    questions.push_back(question(fmt::format("concat {}", i), op));
  }
  expect_equal(questions);
}

TEST_P(OnnxQuantized, ThereAndBack) {
  std::vector<Question> questions;
  for (int i = 0; i < 24; ++i) {
    const bool there = i % 2 == 0;
    OneOp op{.op = there ? "QuantizeLinear" : "DequantizeLinear",
             .output = there ? GetParam() : DType::f32};
    const DType from = there ? DType::f32 : GetParam();
    op.inputs.push_back(given(random_numbers(random, from, {3, 4, 5})));
    if (i % 3 == 0) {
      op.inputs.push_back(constant(Tensor::of<float>({4}, {0.01F, 0.5F, 0.02F, 0.007F})));
      op.inputs.push_back(constant(random_numbers(random, GetParam(), {4})));
      op.ints["axis"] = 1;
    } else {
      add_scale(op.inputs, 0.005F, 0.05F);
      for (auto& input : op.inputs) input.constant = i % 3 == 1 && input.constant;
    }
    questions.push_back(question(fmt::format("{} {}", op.op, i), op));
  }
  expect_equal(questions);
}

INSTANTIATE_TEST_SUITE_P(Types, OnnxQuantized, testing::Values(DType::u8, DType::i8),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(OnnxIntegers, SumsAreExactWhateverIsConstant) {
  Random random(5);
  std::vector<Question> questions;
  for (int i = 0; i < 20; ++i) {
    const bool conv = i % 2 == 0;
    OneOp op{.op = conv ? "ConvInteger" : "MatMulInteger", .output = DType::i32};
    op.inputs.push_back(
        given(random_numbers(random, DType::u8, conv ? Shape({1, 3, 6, 5}) : Shape({4, 7}))));
    op.inputs.push_back(
        given(random_numbers(random, DType::u8, conv ? Shape({4, 3, 3, 2}) : Shape({7, 5}))));
    op.inputs[1].constant = i % 3 == 0;
    op.inputs.push_back(constant(zero_point(DType::u8, random.integer(0, 255))));
    op.inputs.push_back(constant(zero_point(DType::u8, random.integer(0, 255))));
    if (conv) op.lists["pads"] = {1, 1, 0, 2};
    questions.push_back(question(fmt::format("{} {}", op.op, i), op));
  }
  expect_equal(questions);
}

TEST(OnnxIntegers, RangesAreFoundWhileRunning) {
  Random random(6);
  std::vector<Question> questions;
  for (int i = 0; i < 10; ++i) {
    OneOp op{.op = "DynamicQuantizeMatMul", .domain = "com.microsoft"};
    op.inputs.push_back(given(random_numbers(random, DType::f32, {3, 8})));
    op.inputs.push_back(constant(random_numbers(random, DType::u8, {8, 5})));
    op.inputs.push_back(constant(number(random.real(0.001F, 0.02F))));
    op.inputs.push_back(constant(zero_point(DType::u8, random.integer(90, 160))));
    if (i % 2 == 0) op.inputs.push_back(constant(random_numbers(random, DType::f32, {5})));
    questions.push_back(question(fmt::format("dynamic {}", i), op));
  }
  expect_equal(questions, {.steps = 1e-5});
}

}  // namespace
}  // namespace slipway::onnx_test
