#include "compile/probe.h"

#include <algorithm>

#include "device/cpu/lower.h"
#include "device/cpu/stream.h"
#include "ir/interpret.h"
#include "ir/rewrite.h"

namespace slipway::compile {

struct Probe::Kernels {
  Graph graph;  // without what no value needs
  cpu::BuiltPlan plan;
  std::unique_ptr<cpu::Stream> stream;
};

Probe::Probe() = default;
Probe::Probe(Probe&&) noexcept = default;
Probe& Probe::operator=(Probe&&) noexcept = default;
Probe::~Probe() = default;

Result<Probe> Probe::make(const Graph& graph, std::vector<ValueId> values, const Options& options) {
  Probe out;
  out.graph_ = graph;
  std::vector<ValueId> computed;
  for (const auto id : values) {
    const auto input = std::ranges::find(graph.inputs(), id);
    const auto before = std::ranges::find(computed, id);
    if (input != graph.inputs().end()) {
      out.place_.push_back(-1 - (input - graph.inputs().begin()));
    } else {
      out.place_.push_back(before - computed.begin());
      if (before == computed.end()) computed.push_back(id);
    }
  }
  out.graph_.set_outputs(std::move(computed));
  SLIPWAY_TRY(Rewriter(out.graph_).finish());
  if (options.interpret) {
    out.why_slow_ = "that was asked for";
    return out;
  }
  auto plan = cpu::lower(out.graph_, {options.isa, {}, cpu::Precision::fp32});
  if (!plan) {
    if (options.kernels_only || plan.error().code != Code::unsupported) return plan.error();
    out.why_slow_ = plan.error().message;
    return out;
  }
  out.kernels_ = std::make_unique<Kernels>();
  out.kernels_->graph = out.graph_;
  out.kernels_->plan = *std::move(plan);
  out.kernels_->stream =
      std::make_unique<cpu::Stream>(out.kernels_->graph, out.kernels_->plan, options.threads);
  return out;
}

Result<std::vector<Tensor>> Probe::run(const std::vector<Tensor>& inputs) {
  SLIPWAY_TRY(check_inputs(graph_, inputs));
  std::vector<Tensor> made;
  if (kernels_) {
    kernels_->stream->set_inputs(inputs);
    kernels_->stream->run();
    made = kernels_->stream->outputs();
  } else if (!graph_.outputs().empty()) {
    made = SLIPWAY_TRY(interpret(graph_, inputs));
  }
  std::vector<Tensor> out;
  for (const auto place : place_)
    out.push_back(place < 0 ? inputs[static_cast<std::size_t>(-1 - place)]
                            : made[static_cast<std::size_t>(place)]);
  return out;
}

}  // namespace slipway::compile
