#include "compile/floats.h"

#include <algorithm>
#include <cmath>

#include "device/cpu/stream.h"
#include "kernels/gemm_bf16.h"
#include "ops/case.h"

namespace slipway::compile {
namespace {

std::vector<Tensor> outputs_of(const Graph& graph, const cpu::BuiltPlan& plan,
                               const std::vector<Tensor>& inputs) {
  cpu::Stream stream(graph, plan);
  stream.set_inputs(inputs);
  stream.run();
  return stream.outputs();
}

double share_apart(const Tensor& is, const Tensor& should) {
  if (should.dtype() != DType::f32) return is == should ? 0 : 1;
  const auto a = is.values<float>();
  const auto b = should.values<float>();
  double most = 0;
  double range = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    if (!std::isfinite(x) || !std::isfinite(y)) {
      if (!(x == y || (std::isnan(x) && std::isnan(y)))) return 1;
      continue;
    }
    most = std::max(most, std::abs(x - y));
    range = std::max(range, std::abs(y));
  }
  return most / range;
}

}  // namespace

bool may_round(const Graph& graph, kernels::Isa isa) {
  const bool gains = std::ranges::any_of(kernels::gemm_bf16_variants(), [&](const auto& variant) {
    return variant.isa != kernels::Isa::portable && kernels::includes(isa, variant.isa) &&
           kernels::runs_here(variant.isa);
  });
  const bool quantized = std::ranges::any_of(graph.nodes(), [](const Node& node) {
    return std::ranges::any_of(node.outputs,
                               [](const Value& value) { return value.type.quant.has_value(); });
  });
  return gains && !quantized;
}

bool rounds(const cpu::BuiltPlan& plan) {
  for (const auto* step = begin(plan.header()); step != end(plan.header()); step = next(step))
    if (step->kind == engine::StepKind::product_bf16) return true;
  return false;
}

Result<double> rounding_of(const Graph& graph, const cpu::BuiltPlan& plan, kernels::Isa isa,
                           const std::vector<Tensor>& inputs, std::uint64_t seed) {
  constexpr int kInputs = 4;
  const auto exact = SLIPWAY_TRY(cpu::lower(graph, {isa, {}, cpu::Precision::fp32}));
  double most = 0;
  for (int i = 0; i < (inputs.empty() ? kInputs : 1); ++i) {
    auto given = inputs;
    for (std::size_t k = given.size(); k < graph.inputs().size(); ++k)
      given.push_back(random_tensor(graph.type(graph.inputs()[k]), seed + k + 100 * i));
    const auto is = outputs_of(graph, plan, given);
    const auto should = outputs_of(graph, exact, given);
    for (std::size_t k = 0; k < is.size(); ++k)
      most = std::max(most, share_apart(is[k], should[k]));
  }
  return most;
}

}  // namespace slipway::compile
