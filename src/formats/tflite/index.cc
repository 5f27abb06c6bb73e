// Operators that pick or write at named places, count, and fill.

#include "formats/tflite/op_context.h"
#include "ops/elementwise/binary.h"
#include "ops/shape/bucketize.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/reshape.h"
#include "ops/shape/search.h"

namespace slipway::formats {
namespace {

/// An operator without options whose inputs are those of our op.
template <class Op>
Result<void> plain(OpContext& context) {
  return context.emit(Op{}, SLIPWAY_TRY(context.inputs()));
}

/// The sum of many inputs, as one addition after the other.
Result<void> add_n(OpContext& context) {
  const auto inputs = SLIPWAY_TRY(context.inputs());
  if (inputs.empty()) return fail(Code::corrupt, "no inputs");
  if (inputs.size() == 1) return context.alias(0, inputs[0]);
  ValueId sum = inputs[0];
  for (std::size_t i = 1; i + 1 < inputs.size(); ++i)
    sum = SLIPWAY_TRY(context.helper(ops::Add{}, {sum, inputs[i]}, "sum"));
  return context.emit(ops::Add{}, {sum, inputs.back()});
}

Result<void> bucketize(OpContext& context) {
  auto inputs = SLIPWAY_TRY(context.inputs());
  const auto* given = context.options<tflite::BucketizeOptions>().boundaries();
  std::vector<float> boundaries;
  if (given != nullptr) boundaries.assign(given->begin(), given->end());
  const Shape shape = {static_cast<std::int64_t>(boundaries.size())};
  inputs.push_back(context.constant("boundaries", Tensor::of<float>(shape, boundaries)));
  return context.emit(ops::Bucketize{.closed = true}, std::move(inputs));
}

Result<void> gather(OpContext& context) {
  const auto& options = context.options<tflite::GatherOptions>();
  return context.emit(ops::Gather{options.axis(), options.batch_dims()},
                      SLIPWAY_TRY(context.inputs()));
}

Result<void> one_hot(OpContext& context) {
  return context.emit(ops::OneHot{context.options<tflite::OneHotOptions>().axis()},
                      SLIPWAY_TRY(context.inputs()));
}

/// Updates of one place are added up, over zeros.
Result<void> scatter_nd(OpContext& context) {
  const auto inputs = SLIPWAY_TRY(context.inputs());
  if (inputs.size() != 3 || !inputs[1].exists()) return fail(Code::corrupt, "no three inputs");
  TensorBuilder zero({.dtype = context.type(inputs[1]).dtype, .shape = {}});
  const auto value = context.constant("zero", std::move(zero).build());
  const auto zeros = SLIPWAY_TRY(context.helper(ops::Fill{}, {inputs[2], value}, "zeros"));
  return context.emit(ops::ScatterND{Reduction::add}, {zeros, inputs[0], inputs[1]});
}

Result<void> top_k(OpContext& context) {
  return context.emit(ops::TopK{SLIPWAY_TRY(context.stated(1)).dtype},
                      SLIPWAY_TRY(context.inputs()));
}

/// One row per place.
Result<void> where(OpContext& context) {
  const auto columns =
      SLIPWAY_TRY(context.helper(ops::NonZero{}, SLIPWAY_TRY(context.inputs()), "places"));
  return context.emit(ops::Transpose{{1, 0}}, {columns});
}

}  // namespace

std::span<const ConverterRow> index_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_ADD_N, add_n},
      {tflite::BuiltinOperator_BROADCAST_ARGS, plain<ops::BroadcastArgs>},
      {tflite::BuiltinOperator_BROADCAST_TO, plain<ops::Expand>},
      {tflite::BuiltinOperator_BUCKETIZE, bucketize},
      {tflite::BuiltinOperator_DYNAMIC_UPDATE_SLICE, plain<ops::DynamicUpdateSlice>},
      {tflite::BuiltinOperator_FILL, plain<ops::Fill>},
      {tflite::BuiltinOperator_GATHER, gather},
      {tflite::BuiltinOperator_GATHER_ND, plain<ops::GatherND>},
      {tflite::BuiltinOperator_ONE_HOT, one_hot},
      {tflite::BuiltinOperator_RANGE, plain<ops::Range>},
      {tflite::BuiltinOperator_SCATTER_ND, scatter_nd},
      {tflite::BuiltinOperator_TILE, plain<ops::Tile>},
      {tflite::BuiltinOperator_TOPK_V2, top_k},
      {tflite::BuiltinOperator_WHERE, where},
      {tflite::BuiltinOperator_ZEROS_LIKE, plain<ops::ZerosLike>},
  };
  return kRows;
}

}  // namespace slipway::formats
