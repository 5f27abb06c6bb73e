// Sums and other reductions, indices of the largest, running sums.

#include "ops/reduce/reduce.h"

#include <numeric>

#include "formats/onnx/node.h"
#include "ops/reduce/along_axis.h"

namespace slipway::formats {
namespace {

std::vector<std::int64_t> all_axes(std::size_t rank) {
  std::vector<std::int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

/// The axes are an attribute or, in newer versions, an input; none means all unless the node says
/// that it then does nothing.
template <class Op>
Result<void> reduce(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto rank = node.type(x).shape.rank();
  Op op;
  op.keep_dims = SLIPWAY_TRY(node.integer("keepdims", 1)) != 0;
  op.axes = SLIPWAY_TRY(node.integer_list("axes"));
  const bool none_is_none = SLIPWAY_TRY(node.integer("noop_with_empty_axes", 0)) != 0;
  if (node.has(1)) {
    const auto given = SLIPWAY_TRY(node.input(1));
    const auto& shape = node.type(given).shape;
    const bool empty = shape.is_known() && shape.elements() == 0;
    if (!empty && node.known(given) == nullptr) {
      if (rank == 0) return node.emit(op, {x});
      return node.emit(op, {x, given});
    }
    if (!empty) op.axes = SLIPWAY_TRY(node.integers(1));
  }
  if (op.axes.empty() && !none_is_none) op.axes = all_axes(rank);
  return node.emit(op, {x});
}

/// Among truth values the largest is whether any is true.
template <class Op, class Logical>
Result<void> extreme(OnnxNode& node) {
  const bool logical = node.type(SLIPWAY_TRY(node.input(0))).dtype == DType::boolean;
  return logical ? reduce<Logical>(node) : reduce<Op>(node);
}

template <class Op>
Result<void> arg(OnnxNode& node) {
  Op op;
  op.axis = SLIPWAY_TRY(node.integer("axis", 0));
  op.keep_dims = SLIPWAY_TRY(node.integer("keepdims", 1)) != 0;
  op.last = SLIPWAY_TRY(node.integer("select_last_index", 0)) != 0;
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

Result<void> cumsum(OnnxNode& node) {
  ops::Cumsum op;
  op.exclusive = SLIPWAY_TRY(node.integer("exclusive", 0)) != 0;
  op.reverse = SLIPWAY_TRY(node.integer("reverse", 0)) != 0;
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto axis = SLIPWAY_TRY(node.input(1));
  if (node.known(axis) == nullptr) return node.emit(op, {x, axis});
  const auto given = SLIPWAY_TRY(node.integers(1));
  if (given.size() != 1) return fail(Code::invalid_input, "{} axes instead of one", given.size());
  op.axis = given[0];
  return node.emit(op, {x});
}

}  // namespace

std::span<const OnnxRow> onnx_reduce() {
  static constexpr OnnxRow kRows[] = {
      {"ArgMax", arg<ops::ArgMax>},
      {"ArgMin", arg<ops::ArgMin>},
      {"CumSum", cumsum},
      {"ReduceL1", reduce<ops::ReduceL1>},
      {"ReduceL2", reduce<ops::ReduceL2>},
      {"ReduceLogSum", reduce<ops::ReduceLogSum>},
      {"ReduceLogSumExp", reduce<ops::ReduceLogSumExp>},
      {"ReduceMax", extreme<ops::ReduceMax, ops::ReduceAny>},
      {"ReduceMean", reduce<ops::ReduceMean>},
      {"ReduceMin", extreme<ops::ReduceMin, ops::ReduceAll>},
      {"ReduceProd", reduce<ops::ReduceProd>},
      {"ReduceSum", reduce<ops::ReduceSum>},
      {"ReduceSumSquare", reduce<ops::ReduceSumSquare>},
  };
  return kRows;
}

}  // namespace slipway::formats
