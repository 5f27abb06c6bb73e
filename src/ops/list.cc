#include "ops/list.h"

#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/pool/pool.h"
#include "ops/shape/reshape.h"

namespace slipway {

std::span<const OpEntry> all_ops() {
  static constexpr OpEntry kOps[] = {
      op_entry<ops::Add>(),    op_entry<ops::AveragePool>(),
      op_entry<ops::Conv>(),   op_entry<ops::FullyConnected>(),
      op_entry<ops::L2Pool>(), op_entry<ops::MaxPool>(),
      op_entry<ops::Mul>(),    op_entry<ops::Reshape>(),
      op_entry<ops::Sub>(),    op_entry<ops::Transpose>(),
  };
  return kOps;
}

}  // namespace slipway
