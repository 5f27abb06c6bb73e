#include "ops/elementwise/elementwise.h"

#include <algorithm>
#include <array>

namespace slipway::ops {

bool is_elementwise(const AnyOp& op) {
  static constexpr auto kOps = std::to_array<std::string_view>(
      {"Abs",        "Acos",       "Acosh",      "Add",         "And",
       "Asin",       "Asinh",      "Atan",       "Atan2",       "Atanh",
       "BitwiseAnd", "BitwiseNot", "BitwiseOr",  "BitwiseXor",  "Cast",
       "Ceil",       "Celu",       "Cos",        "Cosh",        "Div",
       "Elu",        "Equal",      "Erf",        "Exp",         "FakeQuant",
       "FakeQuantize", "Floor",    "FloorDiv",   "FloorMod",    "Fmod",
       "Gelu",       "Greater",    "GreaterOrEqual", "HardSigmoid", "HardSwish",
       "LeakyRelu",  "LeftShift",  "Less",       "LessOrEqual", "Log",
       "Maximum",    "Minimum",    "Mish",       "Mul",         "Neg",
       "Not",        "NotEqual",   "Or",         "PRelu",       "Pow",
       "Reciprocal", "Relu",       "Relu0To1",   "Relu6",       "ReluN1To1",
       "RightShift", "Round",      "Rsqrt",      "Select",      "Selu",
       "Shrink",     "Sigmoid",    "Sign",       "Sin",         "Sinh",
       "Softplus",   "Softsign",   "Sqrt",       "Square",      "SquaredDifference",
       "Sub",        "Swish",      "Tan",        "Tanh",        "ThresholdedRelu"});
  static_assert(std::ranges::is_sorted(kOps));
  return std::ranges::binary_search(kOps, op.name());
}

}  // namespace slipway::ops
