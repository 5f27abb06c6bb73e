#include "device/cpu/trace.h"

#include <algorithm>
#include <numeric>

#include "ops/resize/resize.h"
#include "ops/shape/pad.h"

namespace slipway::cpu {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 26U;

/// The op as it moves numbers: what it writes where no element goes is 0.
AnyOp with_zeros(const AnyOp& op) {
  const auto* resize = op.as<ops::Resize>();
  if (resize == nullptr) return op;
  auto out = *resize;
  out.extrapolation_value = 0;
  return out;
}

/// first + 1, first + 2, …
Tensor numbers(const Shape& shape, std::int64_t first) {
  TensorBuilder out({DType::i32, shape, {}});
  const auto values = out.values<std::int32_t>();
  std::iota(values.begin(), values.end(), static_cast<std::int32_t>(first + 1));
  return std::move(out).build();
}

/// Splits an output of numbers by the inputs that they count.
Trace split(std::span<const std::int32_t> values, const std::vector<std::int64_t>& begins) {
  Trace out;
  out.inputs.resize(begins.size());
  std::size_t input = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto to = static_cast<std::int64_t>(i);
    const std::int64_t number = values[i] - 1;
    if (number < 0) {
      out.filled.push_back(to);
      continue;
    }
    const bool same =
        number >= begins[input] && (input + 1 == begins.size() || number < begins[input + 1]);
    if (!same) {
      const auto behind = std::ranges::upper_bound(begins, number);
      input = static_cast<std::size_t>(behind - begins.begin()) - 1;
    }
    out.inputs[input].to.push_back(to);
    out.inputs[input].from.push_back(number - begins[input]);
  }
  return out;
}

}  // namespace

Result<std::vector<Tensor>> evaluate(const AnyOp& op, std::span<const std::optional<Tensor>> inputs,
                                     const std::vector<TensorType>& outputs) {
  EvalIo io(inputs, outputs);
  SLIPWAY_TRY(op.eval(io));
  return std::move(io).take();
}

Result<std::vector<Tensor>> evaluate(const Graph& graph, const Node& node,
                                     std::vector<std::optional<Tensor>> inputs) {
  inputs.resize(node.inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] || !node.inputs[i].exists()) continue;
    const auto* known = graph.known(node.inputs[i]);
    if (known == nullptr)
      return fail(Code::unsupported, "'{}' is not known before running",
                  graph.value(node.inputs[i]).name);
    inputs[i] = *known;
  }
  std::vector<TensorType> types;
  for (const auto& output : node.outputs) types.push_back(output.type);
  return evaluate(node.op, inputs, types);
}

Result<std::vector<Trace>> trace(const Graph& graph, const Node& node,
                                 std::span<const std::size_t> moving) {
  std::vector<std::optional<Tensor>> inputs(node.inputs.size());
  std::vector<std::int64_t> begins;
  std::int64_t count = 0;
  for (const auto i : moving) {
    const auto& shape = graph.type(node.inputs[i]).shape;
    begins.push_back(count);
    if (count + shape.elements() > kMostElements)
      return fail(Code::unsupported, "{} of over {} elements", node.op.name(), kMostElements);
    inputs[i] = numbers(shape, count);
    count += shape.elements();
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] || !node.inputs[i].exists()) continue;
    const auto* known = graph.known(node.inputs[i]);
    if (known == nullptr)
      return fail(Code::unsupported, "'{}' is not known before running",
                  graph.value(node.inputs[i]).name);
    const bool value = i == 2 && node.op.is<ops::Pad>();
    inputs[i] = value ? Tensor::of<std::int32_t>(known->shape(), {0}) : *known;
  }
  std::vector<TensorType> types;
  for (const auto& output : node.outputs) {
    if (output.type.shape.elements() > kMostElements)
      return fail(Code::unsupported, "{} to over {} elements", node.op.name(), kMostElements);
    types.push_back({DType::i32, output.type.shape, {}});
  }
  const auto outputs = SLIPWAY_TRY(evaluate(with_zeros(node.op), inputs, types));
  std::vector<Trace> traces;
  for (const auto& output : outputs) traces.push_back(split(output.values<std::int32_t>(), begins));
  return traces;
}

std::optional<std::vector<Axis>> as_loops(Moved moved, std::size_t most) {
  std::vector<Axis> loops;
  while (moved.to.size() > 1) {
    // The innermost loop goes on as long as both strides stay; what interrupts it must do so at
    // multiples of its length.
    const auto count = moved.to.size();
    const std::int64_t to = moved.to[1] - moved.to[0];
    const std::int64_t from = moved.from[1] - moved.from[0];
    std::size_t length = count;
    for (std::size_t i = 1; i < count && length > 1; ++i) {
      if (moved.to[i] - moved.to[i - 1] != to || moved.from[i] - moved.from[i - 1] != from)
        length = std::gcd(length, i);
    }
    if (length == 1 || loops.size() == most) return std::nullopt;
    loops.push_back({static_cast<std::int64_t>(length), from, to});
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; i += length, ++kept) {
      moved.to[kept] = moved.to[i];
      moved.from[kept] = moved.from[i];
    }
    moved.to.resize(kept);
    moved.from.resize(kept);
  }
  std::ranges::reverse(loops);
  return loops;
}

}  // namespace slipway::cpu
