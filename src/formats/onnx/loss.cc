// Losses, as sums over one-hot masks: some networks carry theirs along.

#include "formats/onnx/node.h"
#include "formats/onnx/numbers.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/unary.h"
#include "ops/normalize/softmax.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/fill.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

/// What each class counts at each place: its weight at the place's target, 0 elsewhere and where
/// the target is to be ignored. The classes are dimension 1, as in the scores.
Result<ValueId> class_weights(OnnxNode& node, ValueId scores, ValueId targets) {
  const auto type = node.type(scores);
  const auto rank = type.shape.rank();
  if (rank < 2 || type.shape[1] < 1 || type.shape[1] > INT32_MAX)
    return fail(Code::unsupported, "an unknown number of classes: {}", type.shape.text());
  const auto classes = static_cast<double>(type.shape[1]);
  const auto depth = node.constant("classes", scalar(DType::i32, classes));
  const auto on = node.constant("on", scalar(type.dtype, 1));
  const auto off = node.constant("off", scalar(type.dtype, 0));
  auto weights =
      SLIPWAY_TRY(node.helper(ops::OneHot{.axis = 1}, {targets, depth, on, off}, "one_hot"));
  const bool ignores = node.has_attribute("ignore_index");
  const auto ignored = SLIPWAY_TRY(node.integer("ignore_index", 0));
  if (ignores) {
    const auto wide = SLIPWAY_TRY(node.helper(ops::Cast{.to = DType::i64}, {targets}, "targets"));
    const auto value = node.constant("ignored", Tensor::of<std::int64_t>({}, {ignored}));
    const auto counts = SLIPWAY_TRY(node.helper(ops::NotEqual{}, {wide, value}, "counts"));
    const auto count = SLIPWAY_TRY(node.helper(ops::Cast{.to = type.dtype}, {counts}, "count"));
    const auto column = SLIPWAY_TRY(node.helper(ops::Unsqueeze{.axes = {1}}, {count}, "column"));
    weights = SLIPWAY_TRY(node.helper(ops::Mul{}, {weights, column}, "counted"));
  }
  if (!node.has(2)) return weights;
  std::vector<std::int64_t> dims(rank - 1, 1);
  dims[0] = -1;
  const auto given =
      SLIPWAY_TRY(reshaped(node, SLIPWAY_TRY(node.input(2)), dims, "weights_per_class"));
  return node.helper(ops::Mul{}, {weights, given}, "weights");
}

std::vector<std::int64_t> all_axes(std::size_t rank) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}

/// -sum of weight * logarithm: at each place, of all places, or divided by the weights.
Result<ValueId> negative_log_likelihood(OnnxNode& node, ValueId logarithms) {
  const auto reduction = SLIPWAY_TRY(node.text("reduction", "mean"));
  const auto targets = SLIPWAY_TRY(node.input(1));
  const auto weights = SLIPWAY_TRY(class_weights(node, logarithms, targets));
  const auto products = SLIPWAY_TRY(node.helper(ops::Mul{}, {logarithms, weights}, "products"));
  const auto places = all_axes(node.type(logarithms).shape.rank());
  const bool none = reduction == "none";
  const ops::ReduceSum sum{.axes = none ? std::vector<std::int64_t>{1} : places};
  const auto total = SLIPWAY_TRY(node.helper(sum, {products}, "total"));
  if (none || reduction == "sum") return node.helper(ops::Neg{}, {total}, "loss");
  if (reduction != "mean") return fail(Code::invalid_input, "the reduction '{}'", reduction);
  const auto loss = SLIPWAY_TRY(node.helper(ops::Neg{}, {total}, "loss"));
  const auto count = SLIPWAY_TRY(node.helper(sum, {weights}, "weight"));
  return node.helper(ops::Div{}, {loss, count}, "mean");
}

Result<void> likelihood_loss(OnnxNode& node) {
  const auto logarithms = SLIPWAY_TRY(node.input(0));
  return node.alias(0, SLIPWAY_TRY(negative_log_likelihood(node, logarithms)));
}

Result<void> cross_entropy_loss(OnnxNode& node) {
  const auto scores = SLIPWAY_TRY(node.input(0));
  const auto logarithms =
      SLIPWAY_TRY(node.helper(ops::LogSoftmax{.axis = 1}, {scores}, "log_softmax"));
  SLIPWAY_TRY(node.alias(1, logarithms));
  return node.alias(0, SLIPWAY_TRY(negative_log_likelihood(node, logarithms)));
}

}  // namespace

std::span<const OnnxRow> onnx_loss() {
  static constexpr OnnxRow kRows[] = {
      {"NegativeLogLikelihoodLoss", likelihood_loss},
      {"SoftmaxCrossEntropyLoss", cross_entropy_loss},
  };
  return kRows;
}

}  // namespace slipway::formats
