#include "device/cpu/rules.h"

#include "device/cpu/lower_lookups.h"

namespace slipway::cpu {

bool always_reads(const Lowering&, ValueId, ValueId) { return true; }

bool always_writes(const Lowering&, ValueId) { return true; }

Bf16 bf16_as_first(const Lowering&, ValueId, ValueId) { return Bf16::as_first; }

Bf16 bf16_as_all(const Lowering&, ValueId, ValueId) { return Bf16::as_all; }

std::span<const Rule> rules() {
  static constexpr Rule kRules[] = {
      {"Add", lower_add, add_claims, add_reads_apart, add_writes_apart, add_writes_framed,
       add_bf16},
      {"ArgMax", lower_arg},
      {"ArgMin", lower_arg},
      {"AveragePool", lower_pool, nullptr, always_reads, always_writes, always_writes, mean_bf16},
      {"BatchNormalization", lower_batch_normalization},
      {"BatchToSpace", lower_move, nullptr, always_reads, always_writes, always_writes,
       bf16_as_first},
      {"CenterCropPad", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Concat", lower_joined, nullptr, joined_reads_apart, always_writes, nullptr, bf16_as_all},
      {"Conv", lower_conv, conv_claims, conv_reads_apart, always_writes, conv_writes_framed,
       conv_bf16},
      {"ConvTranspose", lower_conv_transpose, nullptr, always_reads, always_writes, nullptr,
       transposed_bf16},
      {"DepthToSpace", lower_move, nullptr, always_reads, always_writes, always_writes,
       bf16_as_first},
      {"Dequantize", lower_elementwise},
      {"DetectionOutput", lower_detection_output},
      {"DetectionPostProcess", lower_post_process},
      {"Div", lower_normalization, normalization_claims},
      {"DynamicUpdateSlice", lower_joined, nullptr, joined_reads_apart, always_writes, nullptr,
       bf16_as_all},
      {"Expand", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"FullyConnected", lower_dense, dense_claims, nullptr, nullptr, nullptr, dense_bf16},
      {"Gather", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"GatherElements", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"GatherND", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"LogSoftmax", lower_softmax},
      {"Lookup", lower_lookup},
      {"LpPool", lower_pool, nullptr, always_reads, always_writes, always_writes},
      {"MaxPool", lower_pool, nullptr, always_reads, always_writes, always_writes, bf16_as_first},
      {"Pack", lower_joined, nullptr, joined_reads_apart, always_writes, nullptr, bf16_as_all},
      {"Pad", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
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
      {"Reinterpret", lower_reshape, nullptr, reshape_reads_apart, nullptr, nullptr, bf16_as_first},
      {"Reshape", lower_reshape, nullptr, reshape_reads_apart, nullptr, nullptr, bf16_as_first},
      {"Resize", lower_resize, nullptr, resize_reads_apart, resize_writes_apart,
       resize_writes_apart, resize_bf16},
      {"Reverse", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"ReverseSequence", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Slice", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Softmax", lower_softmax},
      {"SpaceToBatch", lower_move, nullptr, always_reads, always_writes, always_writes,
       bf16_as_first},
      {"SpaceToDepth", lower_move, nullptr, always_reads, always_writes, always_writes,
       bf16_as_first},
      {"Split", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Squeeze", lower_reshape, nullptr, reshape_reads_apart, nullptr, nullptr, bf16_as_first},
      {"StridedSlice", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Sub", lower_normalization, normalization_claims},
      {"Tile", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Transpose", lower_transpose, transpose_claims, transpose_reads_apart,
       transpose_writes_apart, transpose_writes_apart, transpose_bf16},
      {"Trilu", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Unpack", lower_move, nullptr, always_reads, always_writes, nullptr, bf16_as_first},
      {"Unsqueeze", lower_reshape, nullptr, reshape_reads_apart, nullptr, nullptr, bf16_as_first},
  };
  return kRules;
}

}  // namespace slipway::cpu
