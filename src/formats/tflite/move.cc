// Operators that pick elements by their place, or move them.

#include "formats/tflite/op_context.h"
#include "ops/resize/resize.h"
#include "ops/shape/pad.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"

namespace slipway::formats {
namespace {

/// An operator without options whose inputs are those of our op.
template <class Op>
Result<void> plain(OpContext& context) {
  return context.emit(Op{}, SLIPWAY_TRY(context.inputs()));
}

Result<void> depth_to_space(OpContext& context) {
  return context.emit(
      ops::DepthToSpace{context.options<tflite::DepthToSpaceOptions>().block_size()},
      SLIPWAY_TRY(context.inputs()));
}

Result<void> mirror_pad(OpContext& context) {
  const bool reflect =
      context.options<tflite::MirrorPadOptions>().mode() == tflite::MirrorPadMode_REFLECT;
  return context.emit(ops::Pad{reflect ? PadMode::reflect : PadMode::symmetric},
                      SLIPWAY_TRY(context.inputs()));
}

Result<void> resize_bilinear(OpContext& context) {
  const auto& options = context.options<tflite::ResizeBilinearOptions>();
  ops::Resize op{.method = Interpolation::linear, .coordinates = Coordinates::asymmetric};
  if (options.align_corners()) op.coordinates = Coordinates::align_corners;
  if (options.half_pixel_centers()) op.coordinates = Coordinates::half_pixel;
  if (options.align_corners() && options.half_pixel_centers())
    return fail(Code::unsupported, "aligned corners together with half-pixel centres");
  return context.emit(op, SLIPWAY_TRY(context.inputs()));
}

Result<void> resize_nearest(OpContext& context) {
  const auto& options = context.options<tflite::ResizeNearestNeighborOptions>();
  ops::Resize op{.coordinates = Coordinates::asymmetric, .nearest = Nearest::floor};
  if (options.align_corners())
    op = {.coordinates = Coordinates::align_corners, .nearest = Nearest::round_prefer_ceil};
  if (options.half_pixel_centers()) op.coordinates = Coordinates::tf_half_pixel_for_nn;
  if (options.align_corners() && options.half_pixel_centers())
    return fail(Code::unsupported, "aligned corners together with half-pixel centres");
  return context.emit(op, SLIPWAY_TRY(context.inputs()));
}

Result<void> reverse(OpContext& context) {
  return context.emit(ops::Reverse{SLIPWAY_TRY(context.integers(1))},
                      {SLIPWAY_TRY(context.input(0))});
}

Result<void> reverse_sequence(OpContext& context) {
  const auto& options = context.options<tflite::ReverseSequenceOptions>();
  return context.emit(ops::ReverseSequence{options.batch_dim(), options.seq_dim()},
                      SLIPWAY_TRY(context.inputs()));
}

Result<void> slice(OpContext& context) {
  return context.emit(ops::Slice{.sizes = true}, SLIPWAY_TRY(context.inputs()));
}

Result<void> space_to_depth(OpContext& context) {
  return context.emit(
      ops::SpaceToDepth{context.options<tflite::SpaceToDepthOptions>().block_size()},
      SLIPWAY_TRY(context.inputs()));
}

Result<void> strided_slice(OpContext& context) {
  const auto& options = context.options<tflite::StridedSliceOptions>();
  return context.emit(ops::StridedSlice{.begin_mask = options.begin_mask(),
                                        .end_mask = options.end_mask(),
                                        .ellipsis_mask = options.ellipsis_mask(),
                                        .new_axis_mask = options.new_axis_mask(),
                                        .shrink_axis_mask = options.shrink_axis_mask(),
                                        .offset = options.offset()},
                      SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> move_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_BATCH_TO_SPACE_ND, plain<ops::BatchToSpace>},
      {tflite::BuiltinOperator_DEPTH_TO_SPACE, depth_to_space},
      {tflite::BuiltinOperator_MIRROR_PAD, mirror_pad},
      {tflite::BuiltinOperator_PAD, plain<ops::Pad>},
      {tflite::BuiltinOperator_PADV2, plain<ops::Pad>},
      {tflite::BuiltinOperator_RESIZE_BILINEAR, resize_bilinear},
      {tflite::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR, resize_nearest},
      {tflite::BuiltinOperator_REVERSE_SEQUENCE, reverse_sequence},
      {tflite::BuiltinOperator_REVERSE_V2, reverse},
      {tflite::BuiltinOperator_SLICE, slice},
      {tflite::BuiltinOperator_SPACE_TO_BATCH_ND, plain<ops::SpaceToBatch>},
      {tflite::BuiltinOperator_SPACE_TO_DEPTH, space_to_depth},
      {tflite::BuiltinOperator_STRIDED_SLICE, strided_slice},
  };
  return kRows;
}

}  // namespace slipway::formats
