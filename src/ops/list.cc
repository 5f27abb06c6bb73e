#include "ops/list.h"

#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/pool/pool.h"
#include "ops/shape/reshape.h"

namespace slipway {

std::span<const OpEntry> all_ops() {
  static constexpr OpEntry kOps[] = {
      // clang-format off: one op per line, alphabetical
      op_entry<ops::Abs>(),
      op_entry<ops::Add>(),
      op_entry<ops::Atan2>(),
      op_entry<ops::AveragePool>(),
      op_entry<ops::BitwiseXor>(),
      op_entry<ops::Ceil>(),
      op_entry<ops::Conv>(),
      op_entry<ops::Cos>(),
      op_entry<ops::Div>(),
      op_entry<ops::Elu>(),
      op_entry<ops::Exp>(),
      op_entry<ops::Floor>(),
      op_entry<ops::FloorDiv>(),
      op_entry<ops::FloorMod>(),
      op_entry<ops::FullyConnected>(),
      op_entry<ops::Gelu>(),
      op_entry<ops::HardSwish>(),
      op_entry<ops::L2Pool>(),
      op_entry<ops::LeakyRelu>(),
      op_entry<ops::Log>(),
      op_entry<ops::MaxPool>(),
      op_entry<ops::Maximum>(),
      op_entry<ops::Minimum>(),
      op_entry<ops::Mul>(),
      op_entry<ops::Neg>(),
      op_entry<ops::Not>(),
      op_entry<ops::PRelu>(),
      op_entry<ops::Pow>(),
      op_entry<ops::Relu>(),
      op_entry<ops::Relu0To1>(),
      op_entry<ops::Relu6>(),
      op_entry<ops::ReluN1To1>(),
      op_entry<ops::Reshape>(),
      op_entry<ops::RightShift>(),
      op_entry<ops::Round>(),
      op_entry<ops::Rsqrt>(),
      op_entry<ops::Sigmoid>(),
      op_entry<ops::Sign>(),
      op_entry<ops::Sin>(),
      op_entry<ops::Sqrt>(),
      op_entry<ops::Square>(),
      op_entry<ops::SquaredDifference>(),
      op_entry<ops::Sub>(),
      op_entry<ops::Tanh>(),
      op_entry<ops::Transpose>(),
      // clang-format on
  };
  return kOps;
}

}  // namespace slipway
