#include "device/cpu/lower_lookups.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "device/cpu/loops.h"
#include "device/cpu/rules.h"
#include "device/cpu/trace.h"
#include "engine/lookup_steps.h"
#include "kernels/dequantize_u8.h"
#include "kernels/lookup_u8.h"
#include "ops/quant/lookup.h"
#include "ops/shape/concat.h"

namespace slipway::cpu {
namespace {

constexpr std::int64_t kBytes = 256;

bool is_bytes(const TensorType& type) {
  return size_of(type.dtype) == 1 && !(type.quant && type.quant->per_axis());
}

/// Byte b at all places b of the first dimension that is not 1.
Tensor all_bytes(TensorType type) {
  TensorBuilder out(std::move(type));
  const auto bytes = out.bytes();
  const std::size_t each = bytes.size() / kBytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i / each);
  return std::move(out).build();
}

/// Where an op cannot compute some byte, there is no table; the graph itself may never meet it.
Result<Tensor> table_of(const AnyOp& op, std::span<const std::optional<Tensor>> inputs,
                        const TensorType& output) {
  auto outputs = evaluate(op, inputs, {output});
  if (!outputs)
    return fail(Code::unsupported, "{} of all bytes: {}", op.name(), outputs.error().message);
  return std::move(*outputs)[0];
}

/// The dimensions of y along which constants have more than one element: from `first` up to `last`.
struct Span {
  std::size_t first = 0;
  std::size_t last = 0;
};

Span span_of(const Graph& graph, const Node& node, std::size_t x) {
  const auto& y = node.outputs[0].type.shape;
  Span out{y.rank(), 0};
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (i == x || !node.inputs[i].exists()) continue;
    const auto& shape = graph.type(node.inputs[i]).shape;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == 1) continue;
      const std::size_t at = axis + y.rank() - shape.rank();
      out.first = std::min(out.first, at);
      out.last = std::max(out.last, at + 1);
    }
  }
  return out.first < out.last ? out : Span{y.rank(), y.rank()};
}

std::int64_t product(const Shape& shape, std::size_t first, std::size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{1},
                         std::multiplies<>());
}

/// [256, the dimensions of the span, 1, …], with ones before it where constants have more
/// dimensions.
Result<Shape> table_shape(const Shape& y, const Span& span) {
  std::vector<std::int64_t> dims(span.first > 0 ? span.first - 1 : 0, 1);
  dims.push_back(kBytes);
  for (std::size_t axis = span.first; axis < y.rank(); ++axis)
    dims.push_back(axis < span.last ? y[axis] : 1);
  return Shape::make(dims);
}

/// [256][channels] elements as [channels][256].
void transpose(const Tensor& table, std::int64_t channels, std::byte* to) {
  const auto size = static_cast<std::size_t>(size_of(table.dtype()));
  const auto* from = table.bytes().data();
  for (std::int64_t b = 0; b < kBytes; ++b) {
    for (std::int64_t c = 0; c < channels; ++c, from += size)
      std::memcpy(to + static_cast<std::size_t>(c * kBytes + b) * size, from, size);
  }
}

void add_lookup(Lowering& lowering, engine::LookupStep step) {
  const auto variants = kernels::lookup_u8_variants();
  const bool vectors = step.channels == 1 && step.element_bytes == 1;
  if (vectors) step.header.variant = best(variants, lowering.isa());
  step.unit_rows = unit_rows(step.channels * step.inner);
  step.header.units = static_cast<std::uint32_t>((step.rows + step.unit_rows - 1) / step.unit_rows);
  lowering.plan().add(
      step, engine::StepKind::lookup,
      vectors ? kernels::name_of(variants[step.header.variant].isa) : "",
      fmt::format("{} bytes by {} tables to {} bytes each", step.rows * step.channels * step.inner,
                  step.channels, step.element_bytes));
}

/// What floats a table has, if for all bytes, bit by bit, that is (byte - zero) * scale.
struct Line {
  float scale = 0;
  std::int32_t zero = 0;
};

std::optional<Line> line_of(const Tensor& table) {
  if (table.dtype() != DType::f32 || table.shape().elements() != kBytes) return {};
  const auto values = table.values<float>();
  Line line;
  while (line.zero < kBytes && values[static_cast<std::size_t>(line.zero)] != 0) ++line.zero;
  if (line.zero == kBytes) return {};
  const bool last = line.zero == kBytes - 1;
  const float beside = values[static_cast<std::size_t>(last ? line.zero - 1 : line.zero + 1)];
  line.scale = last ? -beside : beside;
  for (std::int32_t byte = 0; byte < kBytes; ++byte) {
    const float value = static_cast<float>(byte - line.zero) * line.scale;
    const auto bits = std::bit_cast<std::uint32_t>(values[static_cast<std::size_t>(byte)]);
    if (std::bit_cast<std::uint32_t>(value) != bits) return {};
  }
  return line;
}

void add_dequantize(Lowering& lowering, const Line& line, std::int64_t count,
                    const engine::Place& in, const engine::Place& out) {
  engine::DequantizeStep step;
  step.count = count;
  step.unit_elements = unit_rows(sizeof(float));
  step.scale = line.scale;
  step.zero = line.zero;
  step.in = in;
  step.out = out;
  step.header.units =
      static_cast<std::uint32_t>((count + step.unit_elements - 1) / step.unit_elements);
  add_newest(lowering, step, engine::StepKind::dequantize, kernels::dequantize_u8_variants(),
             fmt::format("{} bytes to floats", count));
}

}  // namespace

Result<void> lower_lookup(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  std::vector<std::optional<Tensor>> inputs(node.inputs.size());
  std::optional<std::size_t> x;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!node.inputs[i].exists()) continue;
    if (const auto* known = graph.known(node.inputs[i]); known != nullptr) {
      inputs[i] = *known;
    } else if (x) {
      return fail(Code::unsupported, "{} of two tensors", node.op.name());
    } else {
      x = i;
    }
  }
  const auto& out = node.outputs[0].type;
  if (!x || node.outputs.size() != 1 || !is_bytes(graph.type(node.inputs[*x])))
    return fail(Code::unsupported, "{} of {}", node.op.name(),
                x ? graph.type(node.inputs[*x]).text() : "constants");
  const auto& in = graph.type(node.inputs[*x]);
  const bool is_table = node.op.is<ops::Lookup>();
  const auto rank = out.shape.rank();
  const auto span = is_table ? Span{rank, rank} : span_of(graph, node, *x);
  engine::LookupStep step;
  step.channels = product(out.shape, span.first, span.last);
  step.inner = product(out.shape, span.last, out.shape.rank());
  step.rows = product(out.shape, 0, span.first);
  step.element_bytes = static_cast<std::int32_t>(size_of(out.dtype));
  constexpr std::int64_t kMostChannels = 1 << 12;
  if (in.shape != out.shape || step.channels > kMostChannels ||
      (out.quant && out.quant->per_axis()))
    return fail(Code::unsupported, "{} of {} with constants for each element", node.op.name(),
                in.text());
  const auto shape = SLIPWAY_TRY(table_shape(out.shape, span));
  inputs[*x] = all_bytes(in.with_shape(shape));
  const auto table = SLIPWAY_TRY(table_of(node.op, inputs, out.with_shape(shape)));
  if (step.element_bytes == 1 && std::ranges::equal(table.bytes(), inputs[*x]->bytes()))
    return lowering.alias(y, node.inputs[*x]);
  step.in = SLIPWAY_TRY(lowering.place(node.inputs[*x]));
  step.out = lowering.make_room(y);
  if (const auto line = step.channels == 1 ? line_of(table) : std::nullopt) {
    add_dequantize(lowering, *line, out.shape.elements(), step.in, step.out);
    return {};
  }
  step.table = lowering.plan().add_constants(table.bytes().size());
  transpose(table, step.channels, lowering.plan().constants_at(step.table));
  add_lookup(lowering, step);
  return {};
}

Result<void> lower_lookup2(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& out = node.outputs[0].type;
  if (node.inputs.size() != 2 || node.outputs.size() != 1 || (out.quant && out.quant->per_axis()))
    return fail(Code::unsupported, "{} to {}", node.op.name(), out.text());
  const auto& a = graph.type(node.inputs[0]);
  const auto& b = graph.type(node.inputs[1]);
  if (!is_bytes(a) || !is_bytes(b))
    return fail(Code::unsupported, "{} of {} and {}", node.op.name(), a.text(), b.text());
  const std::optional<Tensor> inputs[] = {all_bytes(a.with_shape({kBytes, 1})),
                                          all_bytes(b.with_shape({1, kBytes}))};
  const auto table = SLIPWAY_TRY(table_of(node.op, inputs, out.with_shape({kBytes, kBytes})));
  engine::Lookup2Step step;
  const Shape shapes[] = {a.shape, b.shape};
  step.loops = SLIPWAY_TRY(loops_of(out.shape, shapes));
  step.header.units = cut(step.loops, 1);
  step.element_bytes = static_cast<std::int32_t>(size_of(out.dtype));
  step.table = lowering.plan().add_constants(table.bytes());
  step.a = SLIPWAY_TRY(lowering.place(node.inputs[0]));
  step.b = SLIPWAY_TRY(lowering.place(node.inputs[1]));
  step.out = lowering.make_room(y);
  lowering.plan().add(
      step, engine::StepKind::lookup2, "",
      fmt::format("{} pairs of bytes to {} bytes each", out.shape.elements(), step.element_bytes));
  return {};
}

Result<engine::Place> rescaled(Lowering& lowering, ValueId x, const TensorType& to) {
  const auto& in = lowering.graph().type(x);
  if (!is_bytes(in) || !is_bytes(to))
    return fail(Code::unsupported, "{} in the scale of {}", in.text(), to.text());
  const Shape shape{kBytes};
  const std::optional<Tensor> inputs[] = {all_bytes(in.with_shape(shape))};
  engine::LookupStep step;
  const auto table = SLIPWAY_TRY(table_of(ops::Concat{}, inputs, to.with_shape(shape)));
  step.table = lowering.plan().add_constants(table.bytes());
  step.rows = in.shape.elements();
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.scratch(static_cast<std::size_t>(in.bytes()));
  add_lookup(lowering, step);
  return step.out;
}

Result<engine::Place> dequantized(Lowering& lowering, ValueId x) {
  const auto& in = lowering.graph().type(x);
  if (!is_bytes(in)) return fail(Code::unsupported, "{} as floats", in.text());
  const auto table = slipway::dequantized(all_bytes(in.with_shape({kBytes})));
  engine::LookupStep step;
  step.element_bytes = sizeof(float);
  step.rows = in.shape.elements();
  step.in = SLIPWAY_TRY(lowering.place(x));
  step.out = lowering.scratch(static_cast<std::size_t>(in.bytes()) * sizeof(float));
  if (const auto line = line_of(table)) {
    add_dequantize(lowering, *line, step.rows, step.in, step.out);
    return step.out;
  }
  step.table = lowering.plan().add_constants(table.bytes());
  add_lookup(lowering, step);
  return step.out;
}

}  // namespace slipway::cpu
