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

/// Where padding counts, a last window that sticks out of it counts as a whole: as if there were
/// padding for all of it.
Result<void> pad_last_windows(IrNode& node, ValueId x, ops::AveragePool& op) {
  if (!op.count_padding || !op.round_up || op.padding != Padding::given) return {};
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto spatial = op.kernel.size();
  if (dims.size() != spatial + 2) return {};  // infer says what is wrong
  for (auto* list : {&op.pad_begin, &op.pad_end}) list->resize(spatial, 0);
  op.stride.resize(spatial, 1);
  for (std::size_t i = 0; i < spatial; ++i) {
    constexpr std::int64_t kMost = std::int64_t{1} << 30U;
    for (const auto n : {op.kernel[i], op.stride[i], op.pad_begin[i], op.pad_end[i], dims[i + 2]})
      if (n < 0 || n > kMost) return {};
    const auto room = dims[i + 2] + op.pad_begin[i] + op.pad_end[i] - op.kernel[i];
    if (op.stride[i] < 1 || room < 0 || room % op.stride[i] == 0) continue;
    // A window must start inside the input or the padding in front of it.
    const auto start = (room / op.stride[i] + 1) * op.stride[i];
    if (start < dims[i + 2] + op.pad_begin[i]) op.pad_end[i] += start - room;
  }
  op.round_up = false;
  return {};
}

Result<void> avg_pool(IrNode& node) {
  auto op = SLIPWAY_TRY(pool_fields<ops::AveragePool>(node));
  op.count_padding = !SLIPWAY_TRY(node.flag("exclude-pad", node.legacy() ? false : true));
  const auto first = SLIPWAY_TRY(node.input(0));
  SLIPWAY_TRY(pad_last_windows(node, first, op));
  return node.emit_channels_last(op, {SLIPWAY_TRY(node.channels_last(first))});
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
