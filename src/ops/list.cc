#include "ops/list.h"

#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/detect/detection_output.h"
#include "ops/detect/nms.h"
#include "ops/detect/post_process.h"
#include "ops/detect/prior_box.h"
#include "ops/detect/proposal.h"
#include "ops/detect/region_pool.h"
#include "ops/detect/roi.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/einsum.h"
#include "ops/matmul/fully_connected.h"
#include "ops/normalize/normalize.h"
#include "ops/normalize/softmax.h"
#include "ops/normalize/statistics.h"
#include "ops/pool/pool.h"
#include "ops/quant/fake_quantize.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"
#include "ops/resize/grid_sample.h"
#include "ops/resize/resize.h"
#include "ops/shape/col2im.h"
#include "ops/shape/concat.h"
#include "ops/shape/distinct.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/gather_elements.h"
#include "ops/shape/matrix.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/search.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "ops/shape/squeeze.h"

namespace slipway {

std::span<const OpEntry> all_ops() {
  static constexpr OpEntry kOps[] = {
      // clang-format off: one op per line, alphabetical
      op_entry<ops::Abs>(),
      op_entry<ops::Acos>(),
      op_entry<ops::Acosh>(),
      op_entry<ops::Add>(),
      op_entry<ops::And>(),
      op_entry<ops::ArgMax>(),
      op_entry<ops::ArgMin>(),
      op_entry<ops::Asin>(),
      op_entry<ops::Asinh>(),
      op_entry<ops::Atan>(),
      op_entry<ops::Atan2>(),
      op_entry<ops::Atanh>(),
      op_entry<ops::AveragePool>(),
      op_entry<ops::BatchMatMul>(),
      op_entry<ops::BatchNormalization>(),
      op_entry<ops::BatchToSpace>(),
      op_entry<ops::BitwiseAnd>(),
      op_entry<ops::BitwiseNot>(),
      op_entry<ops::BitwiseOr>(),
      op_entry<ops::BitwiseXor>(),
      op_entry<ops::BroadcastArgs>(),
      op_entry<ops::Cast>(),
      op_entry<ops::Ceil>(),
      op_entry<ops::Celu>(),
      op_entry<ops::CenterCropPad>(),
      op_entry<ops::Col2Im>(),
      op_entry<ops::Compress>(),
      op_entry<ops::Concat>(),
      op_entry<ops::Conv>(),
      op_entry<ops::ConvTranspose>(),
      op_entry<ops::Cos>(),
      op_entry<ops::Cosh>(),
      op_entry<ops::Cumsum>(),
      op_entry<ops::DepthToSpace>(),
      op_entry<ops::Dequantize>(),
      op_entry<ops::Det>(),
      op_entry<ops::DetectionOutput>(),
      op_entry<ops::DetectionPostProcess>(),
      op_entry<ops::Div>(),
      op_entry<ops::DynamicQuantize>(),
      op_entry<ops::DynamicUpdateSlice>(),
      op_entry<ops::Einsum>(),
      op_entry<ops::Elu>(),
      op_entry<ops::Equal>(),
      op_entry<ops::Erf>(),
      op_entry<ops::Exp>(),
      op_entry<ops::Expand>(),
      op_entry<ops::EyeLike>(),
      op_entry<ops::FakeQuant>(),
      op_entry<ops::FakeQuantize>(),
      op_entry<ops::Fill>(),
      op_entry<ops::Floor>(),
      op_entry<ops::FloorDiv>(),
      op_entry<ops::FloorMod>(),
      op_entry<ops::Fmod>(),
      op_entry<ops::FullyConnected>(),
      op_entry<ops::Gather>(),
      op_entry<ops::GatherElements>(),
      op_entry<ops::GatherND>(),
      op_entry<ops::Gelu>(),
      op_entry<ops::Greater>(),
      op_entry<ops::GreaterOrEqual>(),
      op_entry<ops::GridSample>(),
      op_entry<ops::GroupNormalization>(),
      op_entry<ops::HardSigmoid>(),
      op_entry<ops::HardSwish>(),
      op_entry<ops::L2Normalization>(),
      op_entry<ops::LayerNormalization>(),
      op_entry<ops::LeakyRelu>(),
      op_entry<ops::LeftShift>(),
      op_entry<ops::Less>(),
      op_entry<ops::LessOrEqual>(),
      op_entry<ops::LocalResponseNormalization>(),
      op_entry<ops::Log>(),
      op_entry<ops::LogSoftmax>(),
      op_entry<ops::LpPool>(),
      op_entry<ops::MaxPool>(),
      op_entry<ops::MaxRoiPool>(),
      op_entry<ops::Maximum>(),
      op_entry<ops::Minimum>(),
      op_entry<ops::Mish>(),
      op_entry<ops::Mul>(),
      op_entry<ops::Neg>(),
      op_entry<ops::NonMaxSuppression>(),
      op_entry<ops::NonMaxSuppressionV5>(),
      op_entry<ops::NonZero>(),
      op_entry<ops::Not>(),
      op_entry<ops::NotEqual>(),
      op_entry<ops::OneHot>(),
      op_entry<ops::Or>(),
      op_entry<ops::PRelu>(),
      op_entry<ops::Pack>(),
      op_entry<ops::Pad>(),
      op_entry<ops::Pow>(),
      op_entry<ops::PriorBox>(),
      op_entry<ops::PriorBoxClustered>(),
      op_entry<ops::Proposal>(),
      op_entry<ops::PsRoiPool>(),
      op_entry<ops::Quantize>(),
      op_entry<ops::Range>(),
      op_entry<ops::Rank>(),
      op_entry<ops::Reciprocal>(),
      op_entry<ops::ReduceAll>(),
      op_entry<ops::ReduceAny>(),
      op_entry<ops::ReduceL1>(),
      op_entry<ops::ReduceL2>(),
      op_entry<ops::ReduceLogSum>(),
      op_entry<ops::ReduceLogSumExp>(),
      op_entry<ops::ReduceMax>(),
      op_entry<ops::ReduceMean>(),
      op_entry<ops::ReduceMin>(),
      op_entry<ops::ReduceProd>(),
      op_entry<ops::ReduceSum>(),
      op_entry<ops::ReduceSumSquare>(),
      op_entry<ops::Reinterpret>(),
      op_entry<ops::Relu>(),
      op_entry<ops::Relu0To1>(),
      op_entry<ops::Relu6>(),
      op_entry<ops::ReluN1To1>(),
      op_entry<ops::Reshape>(),
      op_entry<ops::Resize>(),
      op_entry<ops::Reverse>(),
      op_entry<ops::ReverseSequence>(),
      op_entry<ops::RightShift>(),
      op_entry<ops::RoiAlign>(),
      op_entry<ops::RoiResize>(),
      op_entry<ops::Round>(),
      op_entry<ops::Rsqrt>(),
      op_entry<ops::ScatterElements>(),
      op_entry<ops::ScatterND>(),
      op_entry<ops::Select>(),
      op_entry<ops::Selu>(),
      op_entry<ops::ShapeOf>(),
      op_entry<ops::Shrink>(),
      op_entry<ops::Sigmoid>(),
      op_entry<ops::Sign>(),
      op_entry<ops::Sin>(),
      op_entry<ops::Sinh>(),
      op_entry<ops::Size>(),
      op_entry<ops::Slice>(),
      op_entry<ops::Softmax>(),
      op_entry<ops::Softplus>(),
      op_entry<ops::Softsign>(),
      op_entry<ops::SpaceToBatch>(),
      op_entry<ops::SpaceToDepth>(),
      op_entry<ops::Split>(),
      op_entry<ops::Sqrt>(),
      op_entry<ops::Square>(),
      op_entry<ops::SquaredDifference>(),
      op_entry<ops::Squeeze>(),
      op_entry<ops::StridedSlice>(),
      op_entry<ops::Sub>(),
      op_entry<ops::Swish>(),
      op_entry<ops::Tan>(),
      op_entry<ops::Tanh>(),
      op_entry<ops::ThresholdedRelu>(),
      op_entry<ops::Tile>(),
      op_entry<ops::TopK>(),
      op_entry<ops::Transpose>(),
      op_entry<ops::Trilu>(),
      op_entry<ops::Unique>(),
      op_entry<ops::Unpack>(),
      op_entry<ops::Unsqueeze>(),
      op_entry<ops::ZerosLike>(),
      // clang-format on
  };
  return kOps;
}

}  // namespace slipway
