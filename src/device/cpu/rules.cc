#include "device/cpu/rules.h"

#include "device/cpu/lower_lookups.h"

namespace slipway::cpu {

std::span<const Rule> rules() {
  static constexpr Rule kRules[] = {
      {"Add", lower_add, add_claims},
      {"ArgMax", lower_arg},
      {"ArgMin", lower_arg},
      {"AveragePool", lower_pool},
      {"BatchNormalization", lower_batch_normalization},
      {"BatchToSpace", lower_move},
      {"CenterCropPad", lower_move},
      {"Concat", lower_joined},
      {"Conv", lower_conv},
      {"ConvTranspose", lower_conv_transpose},
      {"DepthToSpace", lower_move},
      {"Dequantize", lower_elementwise},
      {"DetectionOutput", lower_detection_output},
      {"DetectionPostProcess", lower_post_process},
      {"DynamicUpdateSlice", lower_joined},
      {"Expand", lower_move},
      {"FullyConnected", lower_dense, dense_claims},
      {"Gather", lower_move},
      {"GatherElements", lower_move},
      {"GatherND", lower_move},
      {"LogSoftmax", lower_softmax},
      {"Lookup", lower_lookup},
      {"LpPool", lower_pool},
      {"MaxPool", lower_pool},
      {"Pack", lower_joined},
      {"Pad", lower_move},
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
      {"Reinterpret", lower_reshape},
      {"Reshape", lower_reshape},
      {"Resize", lower_resize},
      {"Reverse", lower_move},
      {"ReverseSequence", lower_move},
      {"Slice", lower_move},
      {"Softmax", lower_softmax},
      {"SpaceToBatch", lower_move},
      {"SpaceToDepth", lower_move},
      {"Split", lower_move},
      {"Squeeze", lower_reshape},
      {"StridedSlice", lower_move},
      {"Tile", lower_move},
      {"Transpose", lower_transpose, transpose_claims},
      {"Trilu", lower_move},
      {"Unpack", lower_move},
      {"Unsqueeze", lower_reshape},
  };
  return kRules;
}

}  // namespace slipway::cpu
