// Sums and other reductions.

#include "ops/reduce/reduce.h"

#include "formats/openvino/node.h"
#include "ops/elementwise/unary.h"

namespace slipway::formats {
namespace {

struct Axes {
  std::vector<std::int64_t> axes;
  bool keep_dims;
};

Result<Axes> axes_of(IrNode& node) {
  Axes out;
  out.axes = SLIPWAY_TRY(node.integers(1));
  out.keep_dims = SLIPWAY_TRY(node.flag("keep_dims", false));
  return out;
}

template <class Op>
Result<void> reduce_of(IrNode& node, ValueId x) {
  auto [axes, keep_dims] = SLIPWAY_TRY(axes_of(node));
  const auto rank = node.type(x).shape.rank();
  // Means over pictures between channels-last layers.
  if (keep_dims && rank > 2 && node.known(x) == nullptr && node.has_channels_last(x)) {
    for (auto& axis : axes) {
      const auto at = SLIPWAY_TRY(checked_axis(axis, rank));
      axis = static_cast<std::int64_t>(at == 0 ? 0 : at == 1 ? rank - 1 : at - 1);
    }
    return node.emit_channels_last(Op{axes, true}, {SLIPWAY_TRY(node.channels_last(x))});
  }
  return node.emit(Op{std::move(axes), keep_dims}, {x});
}

template <class Op>
Result<void> reduce(IrNode& node) {
  return reduce_of<Op>(node, SLIPWAY_TRY(node.input(0)));
}

Result<void> reduce_l1(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  return reduce_of<ops::ReduceSum>(node, SLIPWAY_TRY(node.elementwise(ops::Abs{}, {x}, "size")));
}

Result<void> reduce_l2(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto squares = SLIPWAY_TRY(node.elementwise(ops::Square{}, {x}, "squares"));
  auto [axes, keep_dims] = SLIPWAY_TRY(axes_of(node));
  const auto sum =
      SLIPWAY_TRY(node.helper(ops::ReduceSum{std::move(axes), keep_dims}, {squares}, "sum"));
  return node.emit(ops::Sqrt{}, {sum});
}

}  // namespace

std::span<const IrRow> ir_reduce() {
  static constexpr IrRow kRows[] = {
      {"ReduceL1", reduce_l1},
      {"ReduceL2", reduce_l2},
      {"ReduceLogicalAnd", reduce<ops::ReduceAll>},
      {"ReduceLogicalOr", reduce<ops::ReduceAny>},
      {"ReduceMax", reduce<ops::ReduceMax>},
      {"ReduceMean", reduce<ops::ReduceMean>},
      {"ReduceMin", reduce<ops::ReduceMin>},
      {"ReduceProd", reduce<ops::ReduceProd>},
      {"ReduceSum", reduce<ops::ReduceSum>},
  };
  return kRows;
}

}  // namespace slipway::formats
