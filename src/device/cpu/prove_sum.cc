// Sums of two bytes: a proof over all 65,536 pairs.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "device/cpu/prove.h"
#include "ops/elementwise/binary.h"

namespace slipway::cpu {
namespace {

using kernels::Addition;

/// The results of the op for all pairs, by `own` and then by the other operand.
Result<std::vector<std::uint8_t>> results_of(const Graph& graph, const Node& node,
                                             std::size_t own) {
  std::vector<std::optional<Tensor>> inputs;
  const std::array<std::int64_t, 1> dims = {kernels::kTableBytes};
  const auto shape = SLIPWAY_TRY(Shape::make(dims));
  for (std::size_t i = 0; i < 2; ++i) {
    TensorBuilder all(graph.type(node.inputs[i]).with_shape(shape));
    const auto bytes = all.values<std::uint8_t>();
    for (std::size_t k = 0; k < bytes.size(); ++k)
      bytes[k] = static_cast<std::uint8_t>(i == own ? k / 256 : k % 256);
    inputs.emplace_back(std::move(all).build());
  }
  const std::array<TensorType, 1> types = {node.outputs[0].type.with_shape(shape)};
  EvalIo io(inputs, types);
  SLIPWAY_TRY(node.op.eval(io));
  const auto made = std::move(io).take();
  const auto values = made[0].values<std::uint8_t>();
  return std::vector<std::uint8_t>(values.begin(), values.end());
}

bool gives(const Addition& addition, std::span<const std::uint8_t> results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto own = static_cast<std::uint8_t>(i / 256);
    const auto other = static_cast<std::uint8_t>(i % 256);
    if (add(own, other, addition) != results[i]) return false;
  }
  return true;
}

/// The constants that put all results to their places, in real numbers; nearly empty ones count,
/// since floats may still round to them.
std::optional<double> constant_for(const Addition& addition,
                                   std::span<const std::uint8_t> results) {
  constexpr double kNearly = 3e-5;
  double least = -1e9;
  double most = 1e9;
  for (int a = 0; a < 256 && least <= most + kNearly; ++a) {
    for (int b = 0; b < 256; ++b) {
      const double sum = a * static_cast<double>(addition.scale) +
                         b * static_cast<double>(addition.residual_scale);
      const int byte = results[static_cast<std::size_t>(a * 256 + b)];
      if (byte > addition.low) least = std::max(least, byte - 0.5 - sum);
      if (byte < addition.high) most = std::min(most, byte + 0.5 - sum);
    }
  }
  if (least > most + kNearly) return std::nullopt;
  return (least + most) / 2;
}

float moved(float x, int steps) {
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(x) + steps);
}

/// Tries numbers near the real ones, nearest first.
bool find_numbers(Addition& addition, std::span<const std::uint8_t> results) {
  constexpr int kMost = 4;
  for (int ring = 0; ring <= kMost; ++ring) {
    for (int i = -ring; i <= ring; ++i) {
      for (int j = -ring; j <= ring; ++j) {
        if (std::max(std::abs(i), std::abs(j)) != ring) continue;
        Addition near = addition;
        near.scale = moved(addition.scale, i);
        near.residual_scale = moved(addition.residual_scale, j);
        const auto constant = constant_for(near, results);
        if (!constant) continue;
        for (int k = 0; k <= 16; ++k) {
          near.constant =
              moved(static_cast<float>(*constant), k / 2 % 2 == 0 ? k / 4 : -(k / 4) - 1);
          near.residual_last = k % 2 == 1;
          if (!gives(near, results)) continue;
          addition = near;
          return true;
        }
      }
    }
  }
  return false;
}

}  // namespace

Result<Sum> choose_sum(const Graph& graph, const Node& node, std::size_t own) {
  const auto& y = node.outputs[0].type;
  for (const auto* type : {&graph.type(node.inputs[0]), &graph.type(node.inputs[1]), &y}) {
    if (type->dtype != DType::u8 || !type->quant || type->quant->per_axis())
      return fail(Code::unsupported, "a sum of {}", type->text());
  }
  const auto* add = node.op.as<ops::Add>();
  const auto* sub = node.op.as<ops::Sub>();
  if (add == nullptr && sub == nullptr)
    return fail(Code::unsupported, "'{}' as a sum", node.op.name());
  const auto range = clamp_range(add != nullptr ? add->activation : sub->activation, y);
  // The numbers that QLinearAdd has, in its order.
  std::array<float, 2> scales{};
  std::array<float, 2> zeros{};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& quant = *graph.type(node.inputs[i]).quant;
    scales[i] = (i == 1 && sub != nullptr ? -quant.scale[0] : quant.scale[0]) / y.quant->scale[0];
    zeros[i] = scales[i] * static_cast<float>(quant.zero_point[0]);
  }
  Sum out;
  out.addition.scale = scales[own];
  out.addition.residual_scale = scales[1 - own];
  out.addition.constant = static_cast<float>(y.quant->zero_point[0]) - (zeros[0] + zeros[1]);
  out.addition.low = static_cast<std::uint8_t>(range.low);
  out.addition.high = static_cast<std::uint8_t>(range.high);
  out.addition.residual_last = own == 1;
  auto results = SLIPWAY_TRY(results_of(graph, node, own));
  if (gives(out.addition, results) || find_numbers(out.addition, results)) return out;
  out.addition.table = true;
  out.table = std::move(results);
  return out;
}

}  // namespace slipway::cpu
