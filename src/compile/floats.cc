#include "compile/floats.h"

#include <algorithm>
#include <array>
#include <set>

#include "device/cpu/distance.h"
#include "device/cpu/stream.h"
#include "engine/chain_step.h"
#include "kernels/gemm_bf16.h"
#include "kernels/gemm_f16.h"
#include "kernels/winograd_f32.h"
#include "ops/case.h"
#include "passes/passes.h"

namespace slipway::compile {
namespace {

bool picks(const Node& node) {
  static constexpr std::array<std::string_view, 7> kPicking = {"ArgMax",
                                                               "ArgMin",
                                                               "DetectionOutput",
                                                               "DetectionPostProcess",
                                                               "NonMaxSuppression",
                                                               "NonMaxSuppressionV5",
                                                               "TopK"};
  return std::ranges::find(kPicking, node.op.name()) != kPicking.end();
}

/// The graph up to the ops that pick.
Result<Graph> before_picks(Graph graph) {
  std::set<ValueId> outputs;
  std::vector<bool> picked(graph.nodes().size());
  for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
    const auto& node = graph.nodes()[n];
    const bool behind = std::ranges::any_of(node.inputs, [&](ValueId id) {
      return id.exists() && picked[static_cast<std::size_t>(id.node)];
    });
    picked[n] = behind || picks(node);
    if (behind || !picks(node)) continue;
    for (const auto id : node.inputs)
      if (id.exists() && graph.known(id) == nullptr) outputs.insert(id);
  }
  if (outputs.empty()) return graph;
  for (const auto id : graph.outputs())
    if (!picked[static_cast<std::size_t>(id.node)]) outputs.insert(id);
  graph.set_outputs({outputs.begin(), outputs.end()});
  SLIPWAY_TRY(passes::drop_dead(graph));
  return graph;
}

}  // namespace

std::vector<Tensor> outputs_of(const Graph& graph, const cpu::BuiltPlan& plan,
                               const std::vector<Tensor>& inputs) {
  cpu::Stream stream(graph, plan);
  stream.set_inputs(inputs);
  stream.run();
  return stream.outputs();
}

void set_floats(Json& document, const Floats& floats) {
  document.set("precision", cpu::name_of(floats.precision));
  if (floats.rounding) document.set("rounding", *floats.rounding);
}

cpu::Precision to_try(const Graph& graph, kernels::Isa isa) {
  const auto gains = [&](const auto& variants) {
    return std::ranges::any_of(variants, [&](const auto& variant) {
      return variant.isa != kernels::Isa::portable && kernels::includes(isa, variant.isa) &&
             kernels::runs_here(variant.isa);
    });
  };
  const bool bf16 = gains(kernels::gemm_bf16_variants());
  const bool fp16 = gains(kernels::gemm_f16_variants());
  const bool quantized = std::ranges::any_of(graph.nodes(), [](const Node& node) {
    return std::ranges::any_of(node.outputs,
                               [](const Value& value) { return value.type.quant.has_value(); });
  });
  if (quantized || cost_of(graph).macs < kWorthRounding) return cpu::Precision::fp32;
  // Beside a matrix unit half floats gain nothing, and activations are not stored as such.
  const bool halves = fp16 && !(bf16 && kernels::includes(isa, kernels::Isa::amx));
  return cpu::precision_with(bf16, halves);
}

cpu::Precision precision_of(const cpu::BuiltPlan& plan) {
  bool bf16 = false;
  bool fp16 = false;
  for (const auto* step = begin(plan.header()); step != end(plan.header()); step = next(step)) {
    const auto* chain = step->kind == engine::StepKind::chain
                            ? reinterpret_cast<const engine::ChainStep*>(step)
                            : nullptr;
    const auto chains = [&](engine::ChainNumbers numbers) {
      return chain != nullptr && chain->numbers == numbers;
    };
    fp16 |= step->kind == engine::StepKind::product_f16 || chains(engine::ChainNumbers::f16);
    bf16 |= step->kind == engine::StepKind::product_bf16 || chains(engine::ChainNumbers::bf16) ||
            (step->kind == engine::StepKind::winograd_f32 &&
             kernels::winograd_f32_variants()[step->variant].rounded);
  }
  return cpu::precision_with(bf16, fp16);
}

Result<RoundingMeter> RoundingMeter::make(const Graph& graph, kernels::Isa isa,
                                          const std::vector<Tensor>& inputs, std::uint64_t seed) {
  constexpr int kInputs = 4;
  RoundingMeter out;
  out.graph_ = SLIPWAY_TRY(before_picks(graph));
  const auto& compared = out.graph_;
  const auto exact = SLIPWAY_TRY(cpu::lower(compared, {isa, {}, cpu::Precision::fp32}));
  for (int i = 0; i < (inputs.empty() ? kInputs : 1); ++i) {
    auto given = inputs;
    for (std::size_t k = given.size(); k < compared.inputs().size(); ++k)
      given.push_back(random_tensor(compared.type(compared.inputs()[k]), seed + k + 100 * i));
    auto outputs = outputs_of(compared, exact, given);
    out.examples_.push_back({std::move(given), std::move(outputs)});
  }
  return out;
}

Result<double> RoundingMeter::measure(const cpu::LowerOptions& rounded) const {
  const auto plan = SLIPWAY_TRY(cpu::lower(graph_, rounded));
  double most = 0;
  for (const auto& example : examples_) {
    const auto is = outputs_of(graph_, plan, example.inputs);
    for (std::size_t k = 0; k < is.size(); ++k)
      most = std::max(most, cpu::range_share(is[k], example.outputs[k]));
  }
  return most;
}

Result<double> RoundingMeter::mean_square(const cpu::LowerOptions& rounded) const {
  const auto plan = SLIPWAY_TRY(cpu::lower(graph_, rounded));
  const auto is = outputs_of(graph_, plan, examples_.front().inputs);
  double sum = 0;
  for (std::size_t k = 0; k < is.size(); ++k)
    sum += cpu::mean_square_share(is[k], examples_.front().outputs[k]);
  return sum;
}

}  // namespace slipway::compile
