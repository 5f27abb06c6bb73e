#include "ops/list.h"

#include "ops/conv/conv.h"
#include "ops/detect/nms.h"
#include "ops/detect/post_process.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/pool/pool.h"
#include "ops/resize/resize.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/search.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "ops/shape/squeeze.h"

namespace slipway {

std::span<const OpEntry> all_ops() {
  static constexpr OpEntry kOps[] = {
      op_entry<ops::Add>(),
      op_entry<ops::AveragePool>(),
      op_entry<ops::BatchToSpace>(),
      op_entry<ops::BroadcastArgs>(),
      op_entry<ops::Concat>(),
      op_entry<ops::Conv>(),
      op_entry<ops::DepthToSpace>(),
      op_entry<ops::DetectionPostProcess>(),
      op_entry<ops::DynamicUpdateSlice>(),
      op_entry<ops::Expand>(),
      op_entry<ops::Fill>(),
      op_entry<ops::FullyConnected>(),
      op_entry<ops::Gather>(),
      op_entry<ops::GatherND>(),
      op_entry<ops::L2Pool>(),
      op_entry<ops::MaxPool>(),
      op_entry<ops::Mul>(),
      op_entry<ops::NonMaxSuppressionV5>(),
      op_entry<ops::NonZero>(),
      op_entry<ops::OneHot>(),
      op_entry<ops::Pack>(),
      op_entry<ops::Pad>(),
      op_entry<ops::Range>(),
      op_entry<ops::Rank>(),
      op_entry<ops::Reshape>(),
      op_entry<ops::Resize>(),
      op_entry<ops::Reverse>(),
      op_entry<ops::ReverseSequence>(),
      op_entry<ops::ScatterND>(),
      op_entry<ops::ShapeOf>(),
      op_entry<ops::Slice>(),
      op_entry<ops::SpaceToBatch>(),
      op_entry<ops::SpaceToDepth>(),
      op_entry<ops::Split>(),
      op_entry<ops::Squeeze>(),
      op_entry<ops::StridedSlice>(),
      op_entry<ops::Sub>(),
      op_entry<ops::Tile>(),
      op_entry<ops::TopK>(),
      op_entry<ops::Transpose>(),
      op_entry<ops::Unpack>(),
      op_entry<ops::Unsqueeze>(),
      op_entry<ops::ZerosLike>(),
  };
  return kOps;
}

}  // namespace slipway
