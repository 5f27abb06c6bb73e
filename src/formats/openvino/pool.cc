// Pools.

#include "ops/pool/pool.h"

#include <algorithm>

#include "formats/openvino/node.h"
#include "ops/elementwise/binary.h"
#include "ops/product.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/concat.h"
#include "ops/shape/slice.h"

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

/// Where the largest stand: counted over channels and places from `axis` on, channels first.
Result<ValueId> places_from(IrNode& node, ValueId places, ValueId x, std::size_t axis) {
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  std::int64_t plane = 1;
  for (std::size_t i = 2; i < dims.size(); ++i) plane = saturating_product({plane, dims[i]});
  // What lies before a channel's own plane: channels where they are counted, pictures too.
  std::vector<std::int64_t> shape(dims.size(), 1);
  for (std::size_t d = 0; d < 2; ++d) {
    if (axis > d) continue;
    const auto step = d == 1 ? plane : saturating_product({plane, dims[1]});
    const auto count = dims[d];
    if (count > (std::int64_t{1} << 24U) || step > (std::int64_t{1} << 48U))
      return fail(Code::unsupported, "places in {}", node.type(x).shape.text());
    std::vector<std::int64_t> offsets;
    for (std::int64_t i = 0; i < count; ++i) offsets.push_back(saturating_product({i, step}));
    shape[d] = count;
    const auto offset =
        node.constant("offset", Tensor::of(SLIPWAY_TRY(Shape::make(shape)), offsets));
    shape[d] = 1;
    places = SLIPWAY_TRY(node.helper(ops::Add{}, {places, offset}, "places"));
  }
  return places;
}

Result<void> max_pool(IrNode& node) {
  auto op = SLIPWAY_TRY(pool_fields<ops::MaxPool>(node));
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto last = SLIPWAY_TRY(node.channels_last(x));
  const auto axis = SLIPWAY_TRY(node.integer("axis", 0));
  const auto type = SLIPWAY_TRY(ir_dtype(node.text("index_element_type", "i64")));
  if (!node.wants_output(1)) return node.emit_channels_last(op, {last});
  const auto from = SLIPWAY_TRY(checked_axis(axis, node.type(x).shape.rank()));
  if (from > 2) return fail(Code::unsupported, "places counted from dimension {} on", from);
  op.places = true;
  const auto made = SLIPWAY_TRY(node.helper_all(op, {last}, "pooled"));
  auto places = SLIPWAY_TRY(node.channels_first(made[1]));
  places = SLIPWAY_TRY(places_from(node, places, x, from));
  if (type != DType::i64) places = SLIPWAY_TRY(node.helper(ops::Cast{type}, {places}, "places"));
  SLIPWAY_TRY(node.alias(0, SLIPWAY_TRY(node.channels_first(made[0]))));
  return node.alias(1, places);
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
  if (method == "max") {
    node.ignore({"exclude-pad"});  // padding never wins
    return max_pool(node);
  }
  if (method == "avg") return avg_pool(node);
  return fail(Code::unsupported, "the pool-method '{}'", method);
}

/// One output place per piece of the picture: from floor(i * in / out) up to and without
/// ceil((i + 1) * in / out), along each spatial dimension.
template <class Reduce>
Result<void> adaptive_pool(IrNode& node) {
  auto x = SLIPWAY_TRY(node.input(0));
  node.ignore({"index_element_type"});  // places of the largest are refused where they are used
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto sizes = SLIPWAY_TRY(node.integers(1));
  if (dims.size() < 3 || sizes.size() + 2 != dims.size())
    return fail(Code::invalid_input, "{} sizes for {}", sizes.size(), node.type(x).shape.text());
  x = SLIPWAY_TRY(node.channels_last(x));
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    constexpr std::int64_t kMostPieces = 1024;
    const auto in = dims[d + 2];
    const auto out = sizes[d];
    if (out < 1 || out > kMostPieces || in < 1)
      return fail(Code::unsupported, "{} elements in {} pieces", in, out);
    const auto axis = static_cast<std::int64_t>(d) + 1;
    std::vector<ValueId> pieces;
    for (std::int64_t i = 0; i < out; ++i) {
      const std::vector<std::int64_t> from = {i * in / out};
      const std::vector<std::int64_t> to = {((i + 1) * in + out - 1) / out};
      const auto piece =
          SLIPWAY_TRY(node.slice(x, node.constant("from", from), node.constant("to", to), axis));
      pieces.push_back(SLIPWAY_TRY(node.helper(Reduce{{axis}, true}, {piece}, "piece")));
    }
    x = pieces[0];
    if (out > 1) x = SLIPWAY_TRY(node.helper(ops::Concat{axis}, std::move(pieces), "pieces"));
  }
  return node.alias(SLIPWAY_TRY(node.channels_first(x)));
}

}  // namespace

std::span<const IrRow> ir_pool() {
  static constexpr IrRow kRows[] = {
      {"AdaptiveAvgPool", adaptive_pool<ops::ReduceMean>},
      {"AdaptiveMaxPool", adaptive_pool<ops::ReduceMax>},
      {"AvgPool", avg_pool},
      {"MaxPool", max_pool},
      {"Pooling", pooling},
  };
  return kRows;
}

}  // namespace slipway::formats
