// What often stands at the ends of networks: shares of one, pictures of other sizes, and floats
// that become bytes.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "device/cpu/loops.h"
#include "device/cpu/rules.h"
#include "engine/head_steps.h"
#include "kernels/pool.h"
#include "kernels/softmax_f32.h"
#include "ops/check.h"
#include "ops/lines.h"
#include "ops/normalize/softmax.h"
#include "ops/quant/fixed_math.h"
#include "ops/quant/quantize.h"
#include "ops/resize/neighbours.h"
#include "ops/resize/separable.h"

namespace slipway::cpu {
namespace {

using kernels::PoolType;

template <class T>
engine::Place add_table(Lowering& lowering, const std::vector<T>& table) {
  return lowering.plan().add_constants(std::as_bytes(std::span{table}));
}

Result<void> add_softmax(Lowering& lowering, ValueId y, std::int64_t axis, float beta, bool log) {
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(y).inputs[0];
  const auto& shape = graph.type(x).shape;
  const ops::Lines lines(shape, SLIPWAY_TRY(checked_axis(axis, shape.rank())));
  engine::SoftmaxF32Step step;
  step.length = lines.length;
  step.inner = lines.inner;
  step.beta = beta;
  step.log = log ? 1 : 0;
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.make_room(y);
  step.header.units = static_cast<std::uint32_t>(lines.outer);
  add_newest(lowering, step, engine::StepKind::softmax_f32, kernels::softmax_f32_variants(),
             fmt::format("{}x{}x{}", lines.outer, lines.length, lines.inner));
  return {};
}

/// e^-d for each difference to the largest element: docs/formats/quantized_arithmetic.md.
Result<void> add_softmax_bytes(Lowering& lowering, ValueId y, const ops::Softmax& softmax) {
  constexpr int kDifferenceBits = 5;
  constexpr int kSumBits = 12;
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(y).inputs[0];
  const auto& in = graph.type(x);
  const auto& out = graph.type(y);
  const bool fits = in.dtype == out.dtype && (in.dtype == DType::u8 || in.dtype == DType::i8) &&
                    is_quantized(in) && is_quantized(out) && !out.quant->per_axis() &&
                    std::abs(out.quant->scale[0] * 256 - 1) <= 1e-3F &&
                    out.quant->zero_point[0] == (out.dtype == DType::i8 ? -128 : 0);
  if (!fits) return fail(Code::unsupported, "shares of {} as {}", in.text(), out.text());
  const double scale = static_cast<double>(softmax.beta) * static_cast<double>(in.quant->scale[0]);
  const auto multiplier =
      fixed::quantize(std::min(scale * std::exp2(31 - kDifferenceBits), 2147483647.0));
  engine::SoftmaxBytesStep step;
  step.farthest = fixed::input_radius(kDifferenceBits, std::max(multiplier.shift, 0));
  std::vector<std::int32_t> table(512, 0);
  for (std::int32_t d = 0; d < 256 && d <= step.farthest; ++d) {
    const auto at = static_cast<std::size_t>(d);
    table[at] = fixed::exp_of_negative(std::min(fixed::scale(-d, multiplier), 0), kDifferenceBits);
    table[256 + at] = fixed::rounding_shift(table[at], kSumBits);
  }
  step.table = add_table(lowering, table);
  step.length = in.shape.back(0);
  step.is_signed = in.dtype == DType::i8 ? 1 : 0;
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.make_room(y);
  step.header.units = static_cast<std::uint32_t>(in.shape.elements() / step.length);
  lowering.plan().add(step, engine::StepKind::softmax_bytes, "", in.shape.text());
  return {};
}

std::vector<engine::Tap> taps_of(std::int64_t in, std::int64_t out, Coordinates coordinates,
                                 bool whole) {
  std::vector<engine::Tap> taps;
  if (whole) {
    for (const auto& tap : ops::fixed_taps(in, out, coordinates))
      taps.push_back({static_cast<std::int32_t>(tap.low), static_cast<std::int32_t>(tap.high), 0,
                      static_cast<std::int32_t>(tap.distance)});
  } else {
    for (const auto& tap : ops::real_taps(in, out, coordinates))
      taps.push_back({static_cast<std::int32_t>(tap.low), static_cast<std::int32_t>(tap.high),
                      tap.distance, 0});
  }
  return taps;
}

/// The four neighbours of each element.
Result<void> add_neighbours(Lowering& lowering, ValueId y, const ops::Resize& resize) {
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(y).inputs[0];
  const auto& in = graph.type(x);
  const auto& out = graph.type(y).shape;
  engine::ResizeStep step;
  if (in.dtype == DType::i16) return fail(Code::unsupported, "{}", in.text());
  const bool whole = in.dtype == DType::i8;
  step.type = static_cast<std::uint32_t>(in.dtype == DType::f32  ? PoolType::f32
                                         : in.dtype == DType::u8 ? PoolType::u8
                                                                 : PoolType::i8);
  step.height = static_cast<std::int32_t>(in.shape[1]);
  step.width = static_cast<std::int32_t>(in.shape[2]);
  step.out_height = static_cast<std::int32_t>(out[1]);
  step.out_width = static_cast<std::int32_t>(out[2]);
  step.channels = static_cast<std::int32_t>(out[3]);
  step.rows = add_table(lowering, taps_of(in.shape[1], out[1], resize.coordinates, whole));
  step.columns = add_table(lowering, taps_of(in.shape[2], out[2], resize.coordinates, whole));
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.make_room(y);
  step.header.units = static_cast<std::uint32_t>(out[0] * out[1]);
  const auto variants = kernels::resize_f32_variants();
  const bool vectors = in.dtype == DType::f32;
  if (vectors) step.header.variant = best(variants, lowering.isa());
  lowering.plan().add(step, engine::StepKind::resize,
                      vectors ? kernels::name_of(variants[step.header.variant].isa) : "",
                      fmt::format("{} to {}", in.shape.text(), out.text()));
  return {};
}

/// One dimension after the other, in the order of the op: what shrinks most goes first.
Result<void> add_resampling(Lowering& lowering, ValueId y, const ops::Resize& resize,
                            const std::vector<ops::Stretch>& stretches) {
  const auto& graph = lowering.graph();
  const ValueId x = graph.node(y).inputs[0];
  const auto& type = graph.type(x);
  if (type.dtype != DType::f32 || resize.coordinates == Coordinates::tf_crop_and_resize)
    return fail(Code::unsupported, "{} interpolation of {} with {} coordinates",
                name_of(resize.method), type.text(), name_of(resize.coordinates));
  std::vector<std::size_t> order;
  for (std::size_t axis = 0; axis < stretches.size(); ++axis) {
    const auto& stretch = stretches[axis];
    if (stretch.in != stretch.out || stretch.scale != 1) order.push_back(axis);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t axis) {
    return static_cast<double>(stretches[axis].out) / static_cast<double>(stretches[axis].in);
  });
  if (order.empty()) return lowering.alias(y, x);
  auto from = SLIPWAY_TRY(lowering.place(x));
  std::vector<std::int64_t> dims(type.shape.begin(), type.shape.end());
  const auto product = [&](std::size_t first, std::size_t last) {
    return std::accumulate(dims.begin() + static_cast<std::ptrdiff_t>(first),
                           dims.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{1},
                           std::multiplies<>());
  };
  for (const auto axis : order) {
    const auto& stretch = stretches[axis];
    std::vector<std::int32_t> begins = {0};
    std::vector<engine::WeightedTap> taps;
    for (std::int64_t j = 0; j < stretch.out; ++j) {
      for (const auto& tap : ops::taps_at(j, stretch, resize))
        taps.push_back({static_cast<std::int32_t>(tap.at), static_cast<float>(tap.weight)});
      begins.push_back(static_cast<std::int32_t>(taps.size()));
    }
    engine::ResampleStep step;
    step.in_length = stretch.in;
    step.out_length = stretch.out;
    step.inner = product(axis + 1, dims.size());
    step.header.units = static_cast<std::uint32_t>(product(0, axis));
    dims[axis] = stretch.out;
    step.begins = add_table(lowering, begins);
    step.taps = add_table(lowering, taps);
    step.in = from;
    step.out = axis == order.back() ? lowering.make_room(y)
                                    : lowering.scratch(static_cast<std::size_t>(
                                          product(0, dims.size()) * std::int64_t{sizeof(float)}));
    from = step.out;
    lowering.plan().add(step, engine::StepKind::resample, "",
                        fmt::format("dimension {}: {} to {}", axis, stretch.in, stretch.out));
  }
  return {};
}

}  // namespace

Result<void> lower_softmax(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& in = graph.type(node.inputs[0]);
  const auto* softmax = node.op.as<ops::Softmax>();
  if (in.dtype == DType::f32) {
    if (softmax != nullptr) return add_softmax(lowering, y, softmax->axis, softmax->beta, false);
    return add_softmax(lowering, y, node.op.as<ops::LogSoftmax>()->axis, 1, true);
  }
  if (softmax != nullptr) return add_softmax_bytes(lowering, y, *softmax);
  return fail(Code::unsupported, "logarithms of shares of {}", in.text());
}

Result<void> lower_resize(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& resize = *node.op.as<ops::Resize>();
  if (resize.method == Interpolation::nearest) return lower_move(lowering, y);
  std::vector<const Tensor*> numbers(4, nullptr);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (!node.inputs[i].exists()) continue;
    numbers[i] = graph.known(node.inputs[i]);
    if (numbers[i] == nullptr)
      return fail(Code::unsupported, "'{}' is not known before running",
                  graph.value(node.inputs[i]).name);
  }
  const auto& type = graph.type(node.inputs[0]);
  if (ops::is_plain(resize, type, numbers[2] != nullptr || numbers[3] != nullptr))
    return add_neighbours(lowering, y, resize);
  const auto stretches =
      SLIPWAY_TRY(ops::stretches_of(resize, type.shape, numbers[1], numbers[2], numbers[3]));
  return add_resampling(lowering, y, resize, stretches);
}

bool resize_reads_apart(const Lowering& lowering, ValueId y, ValueId) {
  return resize_writes_apart(lowering, y);
}

bool resize_writes_apart(const Lowering& lowering, ValueId y) {
  return lowering.maker<ops::Resize>(y)->method == Interpolation::nearest;
}

Bf16 resize_bf16(const Lowering& lowering, ValueId y, ValueId) {
  return resize_writes_apart(lowering, y) ? Bf16::as_first : Bf16::never;
}

Result<void> lower_floats_to_bytes(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& in = graph.type(node.inputs[0]);
  const auto& out = graph.type(y);
  const auto* quantize = node.op.as<ops::Quantize>();
  const bool fits = quantize != nullptr && in.dtype == DType::f32 && node.inputs.size() == 1 &&
                    (out.dtype == DType::u8 || out.dtype == DType::i8) && is_quantized(out) &&
                    !out.quant->per_axis() && quantize->bits == 0;
  if (!fits) return fail(Code::unsupported, "{} as {}", in.text(), out.text());
  engine::QuantizeStep step;
  step.count = in.shape.elements();
  step.unit_elements = unit_rows(sizeof(float));
  step.scale = out.quant->scale[0];
  step.zero = out.quant->zero_point[0];
  step.is_signed = out.dtype == DType::i8 ? 1 : 0;
  step.halves_to_even = quantize->halves_to_even ? 1 : 0;
  step.in = SLIPWAY_TRY(lowering.place(node.inputs[0]));
  step.out = lowering.make_room(y);
  step.header.units =
      static_cast<std::uint32_t>((step.count + step.unit_elements - 1) / step.unit_elements);
  lowering.plan().add(step, engine::StepKind::quantize, "",
                      fmt::format("{} floats to {}", step.count, out.quant->text()));
  return {};
}

}  // namespace slipway::cpu
