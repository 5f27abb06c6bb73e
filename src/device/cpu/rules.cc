#include "device/cpu/rules.h"

#include "device/cpu/lower_lookups.h"

namespace slipway::cpu {

bool always_reads(const Lowering&, ValueId, ValueId) { return true; }

bool always_writes(const Lowering&, ValueId) { return true; }

std::span<const Rule> rules() {
  static constexpr Rule kRules[] = {
      {"Add", lower_add, add_claims, add_reads_apart, add_writes_apart},
      {"ArgMax", lower_arg},
      {"ArgMin", lower_arg},
      {"AveragePool", lower_pool, nullptr, always_reads, always_writes},
      {"BatchNormalization", lower_batch_normalization},
      {"BatchToSpace", lower_move, nullptr, always_reads, always_writes},
      {"CenterCropPad", lower_move, nullptr, always_reads, always_writes},
      {"Concat", lower_joined, nullptr, joined_reads_apart, always_writes},
      {"Conv", lower_conv, conv_claims, conv_reads_apart, always_writes},
      {"ConvTranspose", lower_conv_transpose, nullptr, always_reads, always_writes},
      {"DepthToSpace", lower_move, nullptr, always_reads, always_writes},
      {"Dequantize", lower_elementwise},
      {"DetectionOutput", lower_detection_output},
      {"DetectionPostProcess", lower_post_process},
      {"DynamicUpdateSlice", lower_joined, nullptr, joined_reads_apart, always_writes},
      {"Expand", lower_move, nullptr, always_reads, always_writes},
      {"FullyConnected", lower_dense, dense_claims},
      {"Gather", lower_move, nullptr, always_reads, always_writes},
      {"GatherElements", lower_move, nullptr, always_reads, always_writes},
      {"GatherND", lower_move, nullptr, always_reads, always_writes},
      {"LogSoftmax", lower_softmax},
      {"Lookup", lower_lookup},
      {"LpPool", lower_pool, nullptr, always_reads, always_writes},
      {"MaxPool", lower_pool, nullptr, always_reads, always_writes},
      {"Pack", lower_joined, nullptr, joined_reads_apart, always_writes},
      {"Pad", lower_move, nullptr, always_reads, always_writes},
      {"Quantize", lower_quantize, quantize_claims},
      {"ReduceAll", lower_reduction},
      {"ReduceAny", lower_reduction},
      {"ReduceL1", lower_reduction},
      {"ReduceL2", lower_reduction},
      {"ReduceLogSum", lower_reduction},
      {"ReduceLogSumExp", lower_reduction},
      {"ReduceMax", lower_reduction},
      {"ReduceMean", lower_reduction},
      {"ReduceMin", lower_reduction},
      {"ReduceProd", lower_reduction},
      {"ReduceSum", lower_reduction},
      {"ReduceSumSquare", lower_reduction},
      {"Reinterpret", lower_reshape, nullptr, reshape_reads_apart},
      {"Reshape", lower_reshape, nullptr, reshape_reads_apart},
      {"Resize", lower_resize, nullptr, resize_reads_apart, resize_writes_apart},
      {"Reverse", lower_move, nullptr, always_reads, always_writes},
      {"ReverseSequence", lower_move, nullptr, always_reads, always_writes},
      {"Slice", lower_move, nullptr, always_reads, always_writes},
      {"Softmax", lower_softmax},
      {"SpaceToBatch", lower_move, nullptr, always_reads, always_writes},
      {"SpaceToDepth", lower_move, nullptr, always_reads, always_writes},
      {"Split", lower_move, nullptr, always_reads, always_writes},
      {"Squeeze", lower_reshape, nullptr, reshape_reads_apart},
      {"StridedSlice", lower_move, nullptr, always_reads, always_writes},
      {"Tile", lower_move, nullptr, always_reads, always_writes},
      {"Transpose", lower_transpose, transpose_claims, transpose_reads_apart,
       transpose_writes_apart},
      {"Trilu", lower_move, nullptr, always_reads, always_writes},
      {"Unpack", lower_move, nullptr, always_reads, always_writes},
      {"Unsqueeze", lower_reshape, nullptr, reshape_reads_apart},
  };
  return kRules;
}

}  // namespace slipway::cpu
