// Pools, reductions, and the places of the largest elements.

#include <algorithm>
#include <bit>
#include <cmath>

#include "device/cpu/loops.h"
#include "device/cpu/moves.h"
#include "device/cpu/rules.h"
#include "engine/reduce_steps.h"
#include "ops/check.h"
#include "ops/lines.h"
#include "ops/pool/pool.h"
#include "ops/quant/fixed_point.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"

namespace slipway::cpu {
namespace {

using kernels::PoolKind;
using kernels::PoolType;
using kernels::ReduceKind;

Result<PoolType> pool_type(const TensorType& type) {
  switch (type.dtype) {
    case DType::f32:
      return PoolType::f32;
    case DType::u8:
      return PoolType::u8;
    case DType::i8:
      return PoolType::i8;
    default:
      return fail(Code::unsupported, "elements of {}", type.text());
  }
}

/// The bounds of a pool's output.
RealRange bounds(Activation activation, const TensorType& y) {
  const auto reals = range_of(activation);
  if (y.dtype == DType::f32) return reals;
  if (is_quantized(y)) {
    const auto range = clamp_range(activation, y);
    return {static_cast<float>(range.low), static_cast<float>(range.high)};
  }
  const auto range = fixed::range_of(y.dtype);
  return {std::max(reals.low, static_cast<float>(range.low)),
          std::min(reals.high, static_cast<float>(range.high))};
}

template <class Pool>
Result<engine::PoolStep> pool_step(Lowering& lowering, ValueId y, const Pool& pool) {
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(y).inputs[0];
  const auto& shape = graph.type(x).shape;
  const WindowSpec spec = {pool.stride,  pool.dilation, pool.pad_begin,
                           pool.pad_end, pool.padding,  pool.round_up};
  const auto window = SLIPWAY_TRY(make_window(spec, shape, pool.kernel));
  engine::PoolStep step;
  step.shape.type = SLIPWAY_TRY(pool_type(graph.type(x)));
  step.shape.channels = shape.back(0);
  std::ranges::copy(window.in, step.shape.in);
  std::ranges::copy(window.out, step.shape.out);
  std::ranges::copy(window.kernel, step.shape.kernel);
  std::ranges::copy(window.stride, step.shape.stride);
  std::ranges::copy(window.dilation, step.shape.dilation);
  std::ranges::copy(window.pad, step.shape.pad);
  std::ranges::copy(window.pad_end, step.shape.pad_end);
  if (is_quantized(graph.type(x))) step.shape.zero = graph.type(x).quant->zero_point[0];
  const auto range = bounds(pool.activation, graph.type(y));
  step.shape.low = range.low;
  step.shape.high = range.high;
  step.header.units = static_cast<std::uint32_t>(shape[0] * window.out[0] * window.out[1]);
  return step;
}

Result<void> add_pool(Lowering& lowering, ValueId y, engine::PoolStep step) {
  const auto in = SLIPWAY_TRY(lowering.pixels(lowering.graph().node(y).inputs[0]));
  const auto out = lowering.make_pixels(y);
  step.in = in.at;
  step.out = out.at;
  if (lowering.is_rounded(y)) step.shape.type = PoolType::bf16;
  step.shape.in_stride = in.stride;
  step.shape.out_stride = out.stride;
  auto& shape = step.shape;
  const auto pixels = [](const std::int64_t* dims) { return dims[0] * dims[1] * dims[2]; };
  shape.in_row = in.row != 0 ? in.row : shape.in[2] * in.stride;
  shape.out_row = out.row != 0 ? out.row : shape.out[2] * out.stride;
  shape.in_picture = in.row != 0 ? in.picture : pixels(shape.in) * in.stride;
  shape.out_picture = out.row != 0 ? out.picture : pixels(shape.out) * out.stride;
  add_newest(lowering, step, engine::StepKind::pool, kernels::pool_variants(),
             fmt::format("{}x{}x{} by {}x{}", shape.in[1], shape.in[2], shape.channels,
                         shape.kernel[1], shape.kernel[2]));
  return {};
}

/// A tensor as [outer, length, inner] with the reduced elements in the middle.
struct Reduced {
  std::int64_t outer = 1;
  std::int64_t length = 1;
  std::int64_t inner = 1;
  engine::Place in;
};

/// Errors  unsupported: axes that are not known
Result<std::vector<bool>> reduced_axes(const Graph& graph, const Node& node,
                                       std::vector<std::int64_t> axes) {
  const std::size_t rank = graph.type(node.inputs[0]).shape.rank();
  if (node.inputs.size() > 1 && node.inputs[1].exists()) {
    const auto* known = graph.known(node.inputs[1]);
    if (known == nullptr) return fail(Code::unsupported, "axes that are not known before running");
    axes = SLIPWAY_TRY(to_integers(*known));
  }
  std::vector<bool> out(rank, false);
  for (const auto axis : axes)
    if (rank > 0) out[SLIPWAY_TRY(checked_axis(axis, rank))] = true;
  return out;
}

/// Brings the reduced dimensions together, by a copy where others stand between them.
Result<Reduced> together(Lowering& lowering, ValueId x, const std::vector<bool>& is_reduced) {
  const auto& type = lowering.graph().type(x);
  const auto& shape = type.shape;
  std::vector<std::size_t> kept;
  std::vector<std::size_t> gone;
  bool split = false;
  std::size_t last = shape.rank();
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    if (!is_reduced[axis]) {
      kept.push_back(axis);
      continue;
    }
    const bool follows = gone.empty() || kept.empty() || kept.back() < gone.back();
    split = split || !follows;
    gone.push_back(axis);
    last = axis;
  }
  Reduced out;
  out.in = SLIPWAY_TRY(lowering.place(x));
  for (const auto axis : gone) out.length *= shape[axis];
  for (const auto axis : kept)
    (split || last == shape.rank() || axis < last ? out.outer : out.inner) *= shape[axis];
  if (!split) return out;
  auto perm = kept;
  perm.insert(perm.end(), gone.begin(), gone.end());
  for (std::size_t axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] == 1) perm.push_back(axis);
  const auto room = lowering.scratch(static_cast<std::size_t>(type.bytes()));
  SLIPWAY_TRY(add_transposition(lowering, out.in, room, shape, perm,
                                static_cast<std::int32_t>(size_of(type.dtype))));
  out.in = room;
  return out;
}

/// The multiplier of a mean: that of the scales over the count.
fixed::Multiplier over_count(fixed::Multiplier m, std::int64_t count) {
  int shift = 63 - std::countl_zero(static_cast<std::uint64_t>(count));
  shift = std::max(0, std::min({shift, 32, 31 + m.shift}));
  const std::int64_t value = (static_cast<std::int64_t>(m.value) << shift) / count;
  return {static_cast<std::int32_t>(value), m.shift - shift};
}

struct Reduction {
  std::string_view op;
  ReduceKind floats;
  std::optional<ReduceKind> u8;
  std::optional<ReduceKind> i8;
  std::vector<std::int64_t> (*axes)(const AnyOp& op);
};

template <class T>
std::vector<std::int64_t> axes_of(const AnyOp& op) {
  return op.as<T>()->axes;
}

const Reduction* reduction_of(const AnyOp& op) {
  static constexpr Reduction kReductions[] = {
      {"ReduceL1", ReduceKind::sizes, {}, {}, axes_of<ops::ReduceL1>},
      {"ReduceL2", ReduceKind::root_of_squares, {}, {}, axes_of<ops::ReduceL2>},
      {"ReduceLogSum", ReduceKind::log_sum, {}, {}, axes_of<ops::ReduceLogSum>},
      {"ReduceLogSumExp", ReduceKind::log_sum_exp, {}, {}, axes_of<ops::ReduceLogSumExp>},
      {"ReduceMax", ReduceKind::largest, ReduceKind::largest_u8, ReduceKind::largest_i8,
       axes_of<ops::ReduceMax>},
      {"ReduceMean", ReduceKind::mean, ReduceKind::sum_u8, ReduceKind::sum_i8,
       axes_of<ops::ReduceMean>},
      {"ReduceMin", ReduceKind::least, ReduceKind::least_u8, ReduceKind::least_i8,
       axes_of<ops::ReduceMin>},
      {"ReduceProd", ReduceKind::product, {}, {}, axes_of<ops::ReduceProd>},
      {"ReduceSum", ReduceKind::sum, ReduceKind::sum_u8, ReduceKind::sum_i8,
       axes_of<ops::ReduceSum>},
      {"ReduceSumSquare", ReduceKind::squares, {}, {}, axes_of<ops::ReduceSumSquare>},
  };
  const auto found = std::ranges::find(kReductions, op.name(), &Reduction::op);
  return found == std::end(kReductions) ? nullptr : &*found;
}

/// Truths are bytes: the largest of them says whether there is any.
Result<ReduceKind> kind_of(const Reduction& reduction, const TensorType& x) {
  if (x.dtype == DType::f32) return reduction.floats;
  const auto& bytes = x.dtype == DType::u8 ? reduction.u8 : reduction.i8;
  const bool sums = bytes == ReduceKind::sum_u8 || bytes == ReduceKind::sum_i8;
  const bool taken =
      bytes && (x.dtype == DType::u8 || x.dtype == DType::i8) && (!sums || is_quantized(x));
  if (!taken) return fail(Code::unsupported, "{} of {}", reduction.op, x.text());
  return *bytes;
}

Result<void> add_reduction(Lowering& lowering, ValueId y, ReduceKind kind,
                           const std::vector<bool>& is_reduced, bool mean) {
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(y).inputs[0];
  const auto& type = graph.type(x);
  const auto form = SLIPWAY_TRY(together(lowering, x, is_reduced));
  engine::ReduceStep step;
  step.outer = form.outer;
  step.length = form.length;
  step.inner = form.inner;
  step.in = form.in;
  step.kind = kind;
  step.element_bytes = static_cast<std::uint32_t>(size_of(type.dtype));
  if (kind == ReduceKind::sum_u8 || kind == ReduceKind::sum_i8) {
    constexpr std::int64_t kMost = 1 << 23;  // sums of bytes in 32 bits
    const auto& out = graph.type(y);
    if (step.length >= kMost || !is_quantized(out) || out.quant->per_axis())
      return fail(Code::unsupported, "{} bytes summed to {}", step.length, out.text());
    auto multiplier = fixed::quantize(static_cast<double>(type.quant->scale[0]) /
                                      static_cast<double>(out.quant->scale[0]));
    if (mean) multiplier = over_count(multiplier, step.length);
    step.scale = {multiplier.value, multiplier.shift, type.quant->zero_point[0],
                  out.quant->zero_point[0]};
  }
  step.out = lowering.make_room(y);
  step.unit_rows = unit_rows(step.length * step.inner * step.element_bytes);
  step.header.units =
      static_cast<std::uint32_t>((step.outer + step.unit_rows - 1) / step.unit_rows);
  add_newest(
      lowering, step, engine::StepKind::reduce, kernels::reduce_variants(),
      fmt::format("{} of {}x{}x{}", graph.node(y).op.name(), step.outer, step.length, step.inner));
  return {};
}

template <class Arg>
Result<void> add_arg(Lowering& lowering, ValueId y, const Arg& arg) {
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(y).inputs[0];
  const auto& shape = graph.type(x).shape;
  const ops::Lines lines(shape, SLIPWAY_TRY(checked_axis(arg.axis, shape.rank())));
  engine::ArgStep step;
  step.type = SLIPWAY_TRY(pool_type(graph.type(x)));
  step.length = lines.length;
  step.inner = lines.inner;
  step.smallest = std::is_same_v<Arg, ops::ArgMin> ? 1 : 0;
  step.last = arg.last ? 1 : 0;
  step.wide = arg.to == DType::i64 ? 1 : 0;
  step.header.units = static_cast<std::uint32_t>(lines.outer);
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.make_room(y);
  lowering.plan().add(step, engine::StepKind::arg, "",
                      fmt::format("{}x{}x{}", lines.outer, lines.length, lines.inner));
  return {};
}

}  // namespace

Result<void> lower_pool(Lowering& lowering, ValueId y) {
  const auto& op = lowering.graph().node(y).op;
  if (const auto* max = op.as<ops::MaxPool>()) {
    if (max->places) return fail(Code::unsupported, "the places of the largest elements");
    return add_pool(lowering, y, SLIPWAY_TRY(pool_step(lowering, y, *max)));
  }
  if (const auto* average = op.as<ops::AveragePool>()) {
    auto step = SLIPWAY_TRY(pool_step(lowering, y, *average));
    step.shape.kind = PoolKind::average;
    step.shape.count_padding = average->count_padding ? 1 : 0;
    const auto count = step.shape.kernel[0] * step.shape.kernel[1] * step.shape.kernel[2];
    constexpr std::int64_t kMost = 1 << 15;  // their sum has 24 bits
    if (step.shape.type != PoolType::f32 && count > kMost)
      return fail(Code::unsupported, "a mean of {} bytes", count);
    return add_pool(lowering, y, step);
  }
  const auto& norm = *op.as<ops::LpPool>();
  auto step = SLIPWAY_TRY(pool_step(lowering, y, norm));
  if (step.shape.type != PoolType::f32 || norm.p > 1000)
    return fail(Code::unsupported, "a norm of order {} of bytes", norm.p);
  step.shape.kind = PoolKind::norm;
  step.shape.p = static_cast<std::int32_t>(norm.p);
  step.shape.mean = norm.mean ? 1 : 0;
  return add_pool(lowering, y, step);
}

Bf16 mean_bf16(const Lowering& lowering, ValueId, ValueId) {
  return lowering.rounds_more() ? Bf16::as_first : Bf16::never;
}

Result<void> lower_reduction(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& x = graph.type(node.inputs[0]);
  const auto* any = node.op.as<ops::ReduceAny>();
  const auto* all = node.op.as<ops::ReduceAll>();
  if (any != nullptr || all != nullptr) {
    const auto axes =
        SLIPWAY_TRY(reduced_axes(graph, node, any != nullptr ? any->axes : all->axes));
    return add_reduction(
        lowering, y, any != nullptr ? ReduceKind::largest_u8 : ReduceKind::least_u8, axes, false);
  }
  const auto* reduction = reduction_of(node.op);
  const auto kind = SLIPWAY_TRY(kind_of(*reduction, x));
  const auto axes = SLIPWAY_TRY(reduced_axes(graph, node, reduction->axes(node.op)));
  return add_reduction(lowering, y, kind, axes, node.op.is<ops::ReduceMean>());
}

Result<void> lower_arg(Lowering& lowering, ValueId y) {
  const auto& op = lowering.graph().node(y).op;
  if (const auto* most = op.as<ops::ArgMax>()) return add_arg(lowering, y, *most);
  return add_arg(lowering, y, *op.as<ops::ArgMin>());
}

}  // namespace slipway::cpu
