// Pools.

#include "ops/pool/pool.h"

#include "formats/openvino/node.h"

namespace slipway::formats {
namespace {

template <class Pool>
Result<Pool> pool_fields(IrNode& node) {
  Pool op;
  op.kernel = SLIPWAY_TRY(node.integer_list("kernel"));
  op.stride = SLIPWAY_TRY(node.integer_list("strides"));
  op.dilation = SLIPWAY_TRY(node.integer_list("dilations"));
  op.pad_begin = SLIPWAY_TRY(node.integer_list("pads_begin"));
  op.pad_end = SLIPWAY_TRY(node.integer_list("pads_end"));
  op.padding = SLIPWAY_TRY(node.padding());
  const auto rounding = node.text("rounding_type", "floor");
  if (rounding != "floor" && rounding != "ceil" && rounding != "ceil_torch")
    return fail(Code::corrupt, "rounding_type is '{}'", rounding);
  op.round_up = rounding != "floor";
  return op;
}

Result<void> max_pool(IrNode& node) {
  const auto op = SLIPWAY_TRY(pool_fields<ops::MaxPool>(node));
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  return node.emit_channels_last(op, {x});
}

Result<void> avg_pool(IrNode& node) {
  auto op = SLIPWAY_TRY(pool_fields<ops::AveragePool>(node));
  op.count_padding = !SLIPWAY_TRY(node.flag("exclude-pad", node.legacy() ? false : true));
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  return node.emit_channels_last(op, {x});
}

/// Version 3: both kinds in one layer.
Result<void> pooling(IrNode& node) {
  const auto method = node.text("pool-method", "max");
  if (method == "max") return max_pool(node);
  if (method == "avg") return avg_pool(node);
  return fail(Code::unsupported, "the pool-method '{}'", method);
}

}  // namespace

std::span<const IrRow> ir_pool() {
  static constexpr IrRow kRows[] = {
      {"AvgPool", avg_pool},
      {"MaxPool", max_pool},
      {"Pooling", pooling},
  };
  return kRows;
}

}  // namespace slipway::formats
