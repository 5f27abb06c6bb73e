#include "device/cpu/tune.h"

#include <algorithm>
#include <cmath>

#include "device/cpu/stream.h"
#include "device/part.h"
#include "ops/case.h"

namespace slipway::cpu {
namespace {

/// The least seconds of some runs.
double least_seconds(Stream& stream, double budget, const Clock& clock) {
  stream.run();  // brings constants and pages in
  constexpr int kFewest = 3;
  constexpr int kMost = 1000;
  double least = 1e9;
  double spent = 0;
  for (int i = 0; i < kMost && (i < kFewest || spent < budget); ++i) {
    const auto before = clock.now();
    stream.run();
    const double seconds = milliseconds(before, clock.now()) * 1e-3;
    least = std::min(least, seconds);
    spent += seconds;
  }
  return least;
}

/// The largest difference between two outputs as a part of the range of `should`.
double apart(const Tensor& is, const Tensor& should) {
  if (should.dtype() != DType::f32) return is == should ? 0 : 1;
  const auto a = is.values<float>();
  const auto b = should.values<float>();
  double most = 0;
  double range = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    range = std::max(range, std::abs(static_cast<double>(b[i])));
  }
  return most / range;
}

Result<LayerTimes> measure(const Graph& graph, const Question& question,
                           const LowerOptions& options, double budget, const Clock& clock) {
  const auto part = SLIPWAY_TRY(part_of(graph, question.nodes));
  std::vector<Tensor> inputs;
  for (const auto id : part.inputs()) inputs.push_back(random_tensor(part.type(id)));
  LayerTimes out{question.layer, {}};
  std::vector<Tensor> first;
  for (const auto& candidate : question.candidates) {
    LowerOptions own = options;
    own.choices = {{question.layer, candidate}};
    const auto plan = SLIPWAY_TRY(lower(part, own));
    Stream stream(part, plan);
    stream.set_inputs(inputs);
    Measured measured{candidate, least_seconds(stream, budget, clock), true, 0};
    const auto outputs = stream.outputs();
    if (first.empty()) first = outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      measured.apart = std::max(measured.apart, apart(outputs[i], first[i]));
    measured.admitted =
        measured.apart <= (options.precision == Precision::fp32 ? kMostApart : kMostApartRounded);
    out.candidates.push_back(measured);
  }
  return out;
}

}  // namespace

const Measured& LayerTimes::best() const {
  const auto* best = &candidates.front();
  for (const auto& one : candidates)
    if (one.admitted && one.seconds < best->seconds) best = &one;
  return *best;
}

Result<std::vector<LayerTimes>> tune(const Graph& graph, const LowerOptions& options,
                                     const TuneOptions& tuning, const Clock& clock) {
  auto questions = SLIPWAY_TRY(lower(graph, options)).questions;
  std::erase_if(questions, [&](const Question& q) { return options.choices.contains(q.layer); });
  std::size_t candidates = 0;
  for (const auto& question : questions) candidates += question.candidates.size();
  const double each =
      std::min(tuning.most_per_candidate,
               tuning.seconds / static_cast<double>(std::max<std::size_t>(candidates, 1)));
  std::vector<LayerTimes> out;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (tuning.progress) tuning.progress(i, questions.size());
    out.push_back(SLIPWAY_TRY(measure(graph, questions[i], options, each, clock)
                                  .during("measuring {}", questions[i].layer)));
  }
  if (tuning.progress) tuning.progress(questions.size(), questions.size());
  return out;
}

Choices with_best(Choices choices, std::span<const LayerTimes> measured) {
  for (const auto& layer : measured) choices.insert_or_assign(layer.layer, layer.best().candidate);
  return choices;
}

}  // namespace slipway::cpu
