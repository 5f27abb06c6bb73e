#include "compile/calibrator.h"

#include <algorithm>

#include "ops/normalize/softmax.h"

namespace slipway::compile {

using quant::Phase;

Result<Probe> watch(const Graph& graph, std::vector<ValueId> values,
                    const QuantizeOptions& options) {
  return Probe::make(graph, std::move(values),
                     {.isa = options.isa, .threads = options.threads, .kernels_only = true});
}

ValueId before_softmax(const Graph& graph, ValueId output) {
  ValueId id = output;
  while (graph.node(id).op.name() == "Reshape" || graph.node(id).op.name() == "Squeeze")
    id = graph.node(id).inputs[0];
  if (!graph.node(id).op.is<ops::Softmax>()) return output;
  id = graph.node(id).inputs[0];
  return graph.type(id).dtype == DType::f32 ? id : output;
}

Calibration::Calibration(const Pictures& pictures, const QuantizeOptions& options)
    : pictures_(pictures), options_(options) {
  if (options.resume) state_ = *options.resume;
  for (std::size_t i = 0; i < pictures.count; ++i) {
    const bool is_held_out = options.max_drop && i % 2 == 1;
    (is_held_out ? held_out_ : shown_).push_back(i);
    all_.push_back(i);
  }
}

bool Calibration::enter(Phase phase) {
  if (state_.phase > phase) return false;
  if (state_.phase < phase) {
    state_.phase = phase;
    state_.next = 0;
  }
  return true;
}

void Calibration::leave(Phase phase) {
  state_.phase = static_cast<Phase>(static_cast<int>(phase) + 1);
  state_.next = 0;
}

Result<void> Calibration::look(Phase phase, std::string_view what,
                               const std::vector<std::size_t>& numbers, std::size_t most,
                               const Visit& visit) {
  if (!enter(phase)) return {};
  const auto total = std::min(numbers.size(), most);
  SLIPWAY_TRY(each(
      what, total, [&](std::size_t turn) { return numbers[turn]; }, visit));
  leave(phase);
  return {};
}

Result<void> Calibration::each(std::string_view what, std::size_t total,
                               const std::function<std::size_t(std::size_t)>& number_of,
                               const Visit& visit) {
  for (auto& turn = state_.next; turn < total;) {
    if (options_.progress) options_.progress(what, turn, total);
    const auto now = turn++;
    const auto inputs = SLIPWAY_TRY(picture(number_of(now)));
    if (!inputs) continue;
    SLIPWAY_TRY(visit(now, *inputs));
    if (options_.save) SLIPWAY_TRY(options_.save(state_));
  }
  for (std::size_t turn = 0; turn < total; ++turn)
    if (!state_.lost.contains(number_of(turn))) return {};
  if (first_error_) return *first_error_;
  return fail(Code::invalid_input, "no picture can be used");
}

Result<std::optional<std::vector<Tensor>>> Calibration::picture(std::size_t number) {
  std::optional<std::vector<Tensor>> out;
  if (state_.lost.contains(number)) return out;
  auto inputs = pictures_.read(number);
  if (!inputs) {
    SLIPWAY_TRY(lose(number, inputs.error()));
    return out;
  }
  out = *std::move(inputs);
  return out;
}

Result<void> Calibration::lose(std::size_t number, const Error& error) {
  if (error.code == Code::internal) return error;
  if (!first_error_) first_error_ = error;
  state_.lost.emplace(number, error.message);
  pictures_.lost(number, error);
  return {};
}

}  // namespace slipway::compile
