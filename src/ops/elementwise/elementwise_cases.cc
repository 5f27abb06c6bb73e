#include "ops/cases.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"

namespace slipway::ops {
namespace {

Tensor bools(Shape shape, const std::vector<char>& values) {
  TensorBuilder builder({DType::boolean, std::move(shape), {}});
  for (std::size_t i = 0; i < values.size(); ++i) builder.values<bool>()[i] = values[i] != 0;
  return std::move(builder).build();
}

Cases arithmetic() {
  const auto a = f32({2, 2}, {1, -2, 3, 4});
  const TensorType i8{DType::i8, {2, 3}, per_tensor(0.05F, 3)};
  const TensorType i8_row{DType::i8, {3}, per_tensor(0.02F, -10)};
  const TensorType i16{DType::i16, {4}, per_tensor(0x1p-8F, 0)};
  return {
      {.name = "add a row",
       .op = Add{},
       .inputs = {a, f32({2}, {10, 20})},
       .outputs = {f32({2, 2}, {11, 18, 13, 24})}},
      {.name = "subtract, clamped",
       .op = Sub{.activation = Activation::relu6},
       .inputs = {a, f32({1}, {-4})},
       .outputs = {f32({2, 2}, {5, 2, 6, 6})}},
      {.name = "whole numbers wrap",
       .op = Add{},
       .inputs = {i32({1}, {2147483647}), i32({1}, {1})},
       .outputs = {i32({1}, {-2147483647 - 1})}},
      {.name = "whole numbers are clamped",
       .op = Mul{.activation = Activation::relu_n1_to_1},
       .inputs = {i32({3}, {5, -5, 0}), i32({1}, {2})},
       .outputs = {i32({3}, {1, -1, 0})}},
      {.name = "the smallest number divided by -1",
       .op = Div{},
       .inputs = {i32({2}, {-2147483647 - 1, 7}), i32({2}, {-1, -2})},
       .outputs = {i32({2}, {-2147483647 - 1, -3})}},
      {.name = "floor division",
       .op = FloorDiv{},
       .inputs = {i32({4}, {7, -7, 7, -7}), i32({4}, {2, 2, -2, -2})},
       .outputs = {i32({4}, {3, -4, -4, 3})}},
      {.name = "the rest has the divisor's sign",
       .op = FloorMod{},
       .inputs = {i32({4}, {7, -7, 7, -7}), i32({4}, {3, 3, -3, -3})},
       .outputs = {i32({4}, {1, 2, -2, -1})}},
      {.name = "powers saturate",
       .op = Pow{},
       .inputs = {i32({2}, {3, 10}), i32({2}, {4, 30})},
       .outputs = {i32({2}, {81, 2147483647})}},
      {.name = "largest",
       .op = Maximum{},
       .inputs = {a, f32({1}, {2})},
       .outputs = {f32({2, 2}, {2, 2, 3, 4})}},
      {.name = "least",
       .op = Minimum{},
       .inputs = {a, f32({1}, {2})},
       .outputs = {f32({2, 2}, {1, -2, 2, 2})}},
      {.name = "squared difference",
       .op = SquaredDifference{},
       .inputs = {a, f32({1}, {1})},
       .outputs = {f32({2, 2}, {0, 9, 4, 9})}},
      {.name = "angle",
       .op = Atan2{},
       .inputs = {f32({2}, {0, 1}), f32({2}, {1, 0})},
       .outputs = {f32({2}, {0, 1.57079633F})}},
      {.name = "exclusive or",
       .op = BitwiseXor{},
       .inputs = {i32({2}, {5, -1}), i32({2}, {3, 1})},
       .outputs = {i32({2}, {6, -2})}},
      {.name = "shifts beyond the type",
       .op = RightShift{},
       .inputs = {i32({3}, {-8, 9, -1}), i32({3}, {1, 99, -5})},
       .outputs = {i32({3}, {-4, 0, -1})}},
      {.name = "signed bytes",
       .op = Add{},
       .inputs = {random_tensor(i8), random_tensor(i8_row, 2)},
       .types = {{DType::i8, {2, 3}, per_tensor(0.06F, 1)}}},
      {.name = "16 bits, shifted",
       .op = Sub{.powers_of_two = true},
       .inputs = {random_tensor(i16), random_tensor(i16, 2)},
       .types = {i16}},
      {.name = "bytes without a scale",
       .op = Add{},
       .inputs = {random_tensor({DType::i8, {2}, {}}), random_tensor({DType::i8, {2}, {}}, 2)},
       .refuses = "without a scale"},
      {.name = "different types",
       .op = Mul{},
       .inputs = {a, i32({1}, {1})},
       .refuses = "must have one type"},
  };
}

Cases comparisons() {
  const auto a = f32({3}, {1, 2, 3});
  const auto two = f32({1}, {2});
  const auto truth = bools({4}, {0, 0, 1, 1});
  const auto other = bools({4}, {0, 1, 0, 1});
  return {
      {.name = "equal", .op = Equal{}, .inputs = {a, two}, .outputs = {bools({3}, {0, 1, 0})}},
      {.name = "not equal",
       .op = NotEqual{},
       .inputs = {a, two},
       .outputs = {bools({3}, {1, 0, 1})}},
      {.name = "less", .op = Less{}, .inputs = {a, two}, .outputs = {bools({3}, {1, 0, 0})}},
      {.name = "less or equal",
       .op = LessOrEqual{},
       .inputs = {a, two},
       .outputs = {bools({3}, {1, 1, 0})}},
      {.name = "greater", .op = Greater{}, .inputs = {a, two}, .outputs = {bools({3}, {0, 0, 1})}},
      {.name = "greater or equal",
       .op = GreaterOrEqual{},
       .inputs = {a, two},
       .outputs = {bools({3}, {0, 1, 1})}},
      {.name = "and", .op = And{}, .inputs = {truth, other}, .outputs = {bools({4}, {0, 0, 0, 1})}},
      {.name = "or", .op = Or{}, .inputs = {truth, other}, .outputs = {bools({4}, {0, 1, 1, 1})}},
      {.name = "not", .op = Not{}, .inputs = {truth}, .outputs = {bools({4}, {1, 1, 0, 0})}},
      {.name = "choose",
       .op = Select{},
       .inputs = {bools({2, 1}, {1, 0}), f32({2}, {1, 2}), f32({1}, {9})},
       .outputs = {f32({2, 2}, {1, 2, 9, 9})}},
      {.name = "logic of numbers", .op = And{}, .inputs = {a, a}, .refuses = "must be bool"},
  };
}

Cases functions() {
  const auto x = f32({4}, {-1.5F, -0.5F, 0.5F, 2.5F});
  const TensorType i8{DType::i8, {20}, per_tensor(0.05F, 3)};
  const TensorType i16{DType::i16, {20}, per_tensor(0x1p-12F, 0)};
  return {
      {.name = "absolute",
       .op = Abs{},
       .inputs = {x},
       .outputs = {f32({4}, {1.5F, 0.5F, 0.5F, 2.5F})}},
      {.name = "negative",
       .op = Neg{},
       .inputs = {i32({2}, {-2147483647 - 1, 3})},
       .outputs = {i32({2}, {-2147483647 - 1, -3})}},
      {.name = "halves go to the even number",
       .op = Round{},
       .inputs = {x},
       .outputs = {f32({4}, {-2, 0, 0, 2})}},
      {.name = "up", .op = Ceil{}, .inputs = {x}, .outputs = {f32({4}, {-1, 0, 1, 3})}},
      {.name = "down", .op = Floor{}, .inputs = {x}, .outputs = {f32({4}, {-2, -1, 0, 2})}},
      {.name = "sign", .op = Sign{}, .inputs = {x}, .outputs = {f32({4}, {-1, -1, 1, 1})}},
      {.name = "square",
       .op = Square{},
       .inputs = {x},
       .outputs = {f32({4}, {2.25F, 0.25F, 0.25F, 6.25F})}},
      {.name = "rectified", .op = Relu{}, .inputs = {x}, .outputs = {f32({4}, {0, 0, 0.5F, 2.5F})}},
      {.name = "rectified to 1",
       .op = Relu0To1{},
       .inputs = {x},
       .outputs = {f32({4}, {0, 0, 0.5F, 1})}},
      {.name = "rectified to 6",
       .op = Relu6{},
       .inputs = {f32({2}, {7, -7})},
       .outputs = {f32({2}, {6, 0})}},
      {.name = "between -1 and 1",
       .op = ReluN1To1{},
       .inputs = {x},
       .outputs = {f32({4}, {-1, -0.5F, 0.5F, 1})}},
      {.name = "leaky",
       .op = LeakyRelu{.slope = 0.1F},
       .inputs = {x},
       .outputs = {f32({4}, {-0.15F, -0.05F, 0.5F, 2.5F})}},
      {.name = "leaky per channel",
       .op = PRelu{},
       .inputs = {x, f32({1}, {2})},
       .outputs = {f32({4}, {-3, -1, 0.5F, 2.5F})}},
      {.name = "hard swish",
       .op = HardSwish{},
       .inputs = {f32({3}, {-4, 0, 4})},
       .outputs = {f32({3}, {0, 0, 4})}},
      {.name = "sigmoid",
       .op = Sigmoid{},
       .inputs = {f32({1}, {0})},
       .outputs = {f32({1}, {0.5F})}},
      {.name = "exponential",
       .op = Exp{},
       .inputs = {f32({2}, {0, 1})},
       .outputs = {f32({2}, {1, 2.71828183F})}},
      {.name = "logarithm", .op = Log{}, .inputs = {f32({1}, {1})}, .outputs = {f32({1}, {0})}},
      {.name = "roots", .op = Sqrt{}, .inputs = {f32({2}, {4, 9})}, .outputs = {f32({2}, {2, 3})}},
      {.name = "inverse roots",
       .op = Rsqrt{},
       .inputs = {f32({2}, {4, 16})},
       .outputs = {f32({2}, {0.5F, 0.25F})}},
      {.name = "sine", .op = Sin{}, .inputs = {f32({1}, {0})}, .outputs = {f32({1}, {0})}},
      {.name = "cosine", .op = Cos{}, .inputs = {f32({1}, {0})}, .outputs = {f32({1}, {1})}},
      {.name = "exponential below 0",
       .op = Elu{},
       .inputs = {f32({2}, {-1, 2})},
       .outputs = {f32({2}, {-0.632120559F, 2})}},
      {.name = "gelu",
       .op = Gelu{.approximate = true},
       .inputs = {f32({2}, {0, 1})},
       .outputs = {f32({2}, {0, 0.841192F})},
       .tolerance = 1e-5},
      {.name = "a table of bytes",
       .op = Tanh{},
       .inputs = {random_tensor(i8)},
       .types = {{DType::i8, {20}, per_tensor(0x1p-7F, 0)}}},
      {.name = "a table of 16 bits",
       .op = Sigmoid{},
       .inputs = {random_tensor(i16)},
       .types = {{DType::i16, {20}, per_tensor(0x1p-15F, 0)}}},
      {.name = "a root of whole numbers",
       .op = Sqrt{},
       .inputs = {i32({1}, {4})},
       .refuses = "does not take"},
  };
}

}  // namespace

Cases elementwise_cases() {
  Cases all = arithmetic();
  for (const auto& more : {comparisons(), functions()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace slipway::ops
