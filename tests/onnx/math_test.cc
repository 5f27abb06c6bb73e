// Elementwise operators, reductions and norms in many types, one at a time, against ONNX Runtime.

#include "onnx/one_op.h"

namespace slipway::onnx_test {
namespace {

struct Row {
  std::string op;
  std::vector<DType> types;
  int opset = 13;
};

const std::vector<DType> kReals = {DType::f32, DType::f64};
const std::vector<DType> kWide = {DType::f32, DType::f64, DType::i32, DType::i64};

TEST(OnnxMath, TwoInputsThatBroadcast) {
  Random random(1);
  std::vector<Question> questions;
  const std::vector<Row> rows = {
      {"Add", kWide},
      {"Sub", kWide},
      {"Mul", kWide},
      {"Max", {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64}},
      {"Min", {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64}},
      {"BitwiseAnd", {DType::u8, DType::i8, DType::i16, DType::u64}, 18},
      {"BitwiseOr", {DType::u8, DType::i8, DType::i16, DType::u64}, 18},
      {"BitwiseXor", {DType::u8, DType::i8, DType::i16, DType::u64}, 18},
      {"PRelu", {DType::f32, DType::f64}, 16},
  };
  for (const auto& row : rows) {
    for (const DType dtype : row.types) {
      OneOp op{.op = row.op, .opset = row.opset, .output = dtype};
      op.inputs = {given(random_numbers(random, dtype, {2, 3, 4})),
                   given(random_numbers(random, dtype, {3, 1}))};
      questions.push_back(question(fmt::format("{} {}", row.op, name_of(dtype)), op));
    }
  }
  expect_equal(questions, {.steps = 1e-7});
}

TEST(OnnxMath, RestsOfAllSigns) {
  Random random(2);
  std::vector<Question> questions;
  for (const DType dtype : {DType::i8, DType::u8, DType::i16, DType::i32, DType::i64, DType::u64}) {
    for (const std::int64_t fmod : {0, 1}) {
      OneOp op{.op = "Mod", .output = dtype, .ints = {{"fmod", fmod}}};
      auto divisor = random_numbers(random, dtype, {5, 1});
      TensorBuilder nonzero(divisor.type());
      visit(dtype, [&]<class T>(T) {
        if constexpr (std::is_integral_v<T>) {
          for (std::size_t i = 0; i < 5; ++i)
            nonzero.values<T>()[i] = divisor.values<T>()[i] == 0 ? T{1} : divisor.values<T>()[i];
        }
      });
      op.inputs = {given(random_numbers(random, dtype, {5, 9})), given(std::move(nonzero).build())};
      questions.push_back(question(fmt::format("{} {}", name_of(dtype), fmod), op));
    }
  }
  expect_equal(questions);
}

TEST(OnnxMath, Reductions) {
  Random random(3);
  std::vector<Question> questions;
  for (const std::string name : {"ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceMax",
                                 "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare"}) {
    for (const DType dtype : {DType::f32, DType::f64, DType::i32}) {
      if (name == "ReduceLogSumExp" && dtype == DType::i32) continue;  // e^3000
      if (name == "ReduceProd" && dtype == DType::i32) continue;  // beyond the ends of the type
      if (name == "ReduceL2" && dtype == DType::i32) continue;  // squares that ONNX Runtime rounds
      for (const auto& axes : std::vector<std::vector<std::int64_t>>{{}, {-1}, {0, 2}, {1}}) {
        OneOp op{.op = name, .output = dtype, .ints = {{"keepdims", axes.size() % 2}}};
        if (!axes.empty()) op.lists["axes"] = axes;
        op.inputs = {given(random_numbers(random, dtype, {3, 4, 5}))};
        questions.push_back(question(fmt::format("{} {}", name, name_of(dtype)), op));
      }
    }
  }
  expect_equal(questions, {.steps = 1e-6});
}

TEST(OnnxMath, IndicesOfTheLargest) {
  Random random(4);
  std::vector<Question> questions;
  for (const std::string name : {"ArgMax", "ArgMin"}) {
    for (const DType dtype : {DType::f32, DType::i8, DType::u8, DType::i32}) {
      for (const std::int64_t last : {0, 1}) {
        OneOp op{.op = name,
                 .output = DType::i64,
                 .ints = {{"axis", 1}, {"select_last_index", last}, {"keepdims", last}}};
        auto few = random_numbers(random, DType::i8, {4, 30, 3});
        TensorBuilder ties({dtype, few.shape(), {}});
        visit(dtype, [&]<class T>(T) {
          for (std::size_t i = 0; i < 360; ++i)
            ties.values<T>()[i] = static_cast<T>(std::abs(few.values<std::int8_t>()[i] / 40));
        });
        op.inputs = {given(std::move(ties).build())};
        questions.push_back(question(fmt::format("{} {} {}", name, name_of(dtype), last), op));
      }
    }
  }
  expect_equal(questions);
}

TEST(OnnxMath, SharesOfARowBeforeAndSinceVersion13) {
  Random random(5);
  std::vector<Question> questions;
  for (const std::string name : {"Softmax", "LogSoftmax", "Hardmax"}) {
    for (const DType dtype : kReals) {
      if (name == "Hardmax" && dtype == DType::f64) continue;  // ONNX Runtime has none
      for (const int opset : {11, 13}) {
        for (const std::int64_t axis : {0, 1, 2, -1}) {
          OneOp op{.op = name, .opset = opset, .output = dtype, .ints = {{"axis", axis}}};
          op.inputs = {given(random_numbers(random, dtype, {3, 4, 5}))};
          questions.push_back(
              question(fmt::format("{} {} {} {}", name, name_of(dtype), opset, axis), op));
        }
      }
    }
  }
  expect_equal(questions, {.steps = 1e-6});
}

TEST(OnnxMath, CurvesInFloatsAndDoubles) {
  Random random(6);
  std::vector<Question> questions;
  const std::vector<Row> rows = {
      {"Abs", kWide},
      {"Neg", kWide},
      {"Sign", kWide},
      {"Floor", kReals},
      {"Ceil", kReals},
      {"Exp", kReals},
      {"Erf", {DType::f32}},
      {"Elu", {DType::f32}},
      {"Selu", {DType::f32}},
      {"Celu", {DType::f32}},
      {"Sigmoid", kReals},
      {"HardSigmoid", {DType::f32}},
      {"HardSwish", {DType::f32}, 14},
      {"Softplus", {DType::f32}},
      {"Softsign", {DType::f32}},
      {"Tanh", kReals},
      {"Atan", {DType::f32}},
      {"Sinh", {DType::f32}},
      {"Cosh", {DType::f32}},
      {"Tan", {DType::f32}},
      {"Shrink", kReals},
      {"ThresholdedRelu", {DType::f32}},
      {"LeakyRelu", {DType::f32}},
      {"Relu", kReals},
      {"Reciprocal", kReals},
      {"Round", kReals},
      {"Mish", {DType::f32}, 18},
      {"Gelu", {DType::f32}, 20},
  };
  for (const auto& row : rows) {
    for (const DType dtype : row.types) {
      OneOp op{.op = row.op, .opset = row.opset, .output = dtype};
      op.inputs = {given(random_numbers(random, dtype, {3, 50}))};
      questions.push_back(question(fmt::format("{} {}", row.op, name_of(dtype)), op));
    }
  }
  expect_equal(questions, {.steps = 1e-6});
}

TEST(OnnxMath, Norms) {
  Random random(7);
  std::vector<Question> questions;
  const auto x = given(random_numbers(random, DType::f32, {2, 6, 3, 4}));
  const auto per_channel = [&] { return given(random_numbers(random, DType::f32, {6})); };
  for (const std::int64_t size : {1, 3, 5})
    questions.push_back(question("lrn", {.op = "LRN", .inputs = {x}, .ints = {{"size", size}}}));
  for (const std::int64_t p : {1, 2})
    questions.push_back(question(
        "lp",
        {.op = "LpNormalization", .opset = 1, .inputs = {x}, .ints = {{"axis", 1}, {"p", p}}}));
  questions.push_back(question("mvn", {.op = "MeanVarianceNormalization", .inputs = {x}}));
  questions.push_back(question(
      "instance", {.op = "InstanceNormalization", .inputs = {x, per_channel(), per_channel()}}));
  for (const std::int64_t groups : {1, 2, 3, 6})
    questions.push_back(question("group", {.op = "GroupNormalization",
                                           .opset = 21,
                                           .inputs = {x, per_channel(), per_channel()},
                                           .ints = {{"num_groups", groups}}}));
  for (const std::int64_t axis : {-1, 2}) {
    const auto shape = axis == 2 ? Shape{3, 4} : Shape{4};
    questions.push_back(
        question("layer", {.op = "LayerNormalization",
                           .opset = 17,
                           .inputs = {x, given(random_numbers(random, DType::f32, shape)),
                                      given(random_numbers(random, DType::f32, shape))},
                           .ints = {{"axis", axis}}}));
  }
  expect_equal(questions, {.steps = 2e-6});
}

}  // namespace
}  // namespace slipway::onnx_test
