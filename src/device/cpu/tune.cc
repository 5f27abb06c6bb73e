#include "device/cpu/tune.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "device/cpu/distance.h"
#include "device/cpu/float_products.h"
#include "device/cpu/stream.h"
#include "device/part.h"
#include "ops/case.h"

namespace slipway::cpu {
namespace {

constexpr int kFewest = 3;  // runs, whatever they take
constexpr int kMost = 1000;

/// Calls `run` until the budget is spent.
template <class Run>
void repeat(double budget, const Clock& clock, const Run& run) {
  double spent = 0;
  for (int i = 0; i < kMost && (i < kFewest || spent < budget); ++i) {
    const auto before = clock.now();
    run();
    spent += milliseconds(before, clock.now()) * 1e-3;
  }
}

/// The least seconds of some runs.
double least_seconds(Stream& stream, double budget, const Clock& clock) {
  stream.run();  // brings constants and pages in
  std::vector<double> steps;
  repeat(budget, clock, [&] { stream.run(clock, steps); });
  double sum = 0;
  for (const double seconds : steps) sum += seconds;
  return sum;
}

std::vector<Tensor> random_inputs(const Graph& graph) {
  std::vector<Tensor> inputs;
  for (const auto id : graph.inputs()) inputs.push_back(random_tensor(graph.type(id)));
  return inputs;
}

/// Each candidate of a layer alone.
Result<LayerTimes> measure_alone(const Graph& graph, const Question& question,
                                 const LowerOptions& options, double budget, const Clock& clock) {
  const auto part = SLIPWAY_TRY(part_of(graph, question.nodes));
  const auto inputs = random_inputs(part);
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
      measured.apart = std::max(measured.apart, range_share(outputs[i], first[i]));
    measured.admitted =
        measured.apart <= (options.precision == Precision::fp32 ? kMostApart : kMostApartRounded);
    out.candidates.push_back(measured);
  }
  return out;
}

/// The candidates of a layer that are tried in their places.
std::vector<Measured*> hopeful(LayerTimes& layer) {
  const double most = layer.best().seconds * kHopeless;
  std::vector<Measured*> out;
  for (auto& one : layer.candidates)
    if (one.admitted && one.seconds <= most) out.push_back(&one);
  return out;
}

/// The seconds of one layer of each name, on average over those that the plan has.
std::map<std::string, double> seconds_of_layers(const BuiltPlan& plan,
                                                const std::vector<double>& steps) {
  struct Sum {
    double seconds = 0;
    int layers = 0;
    std::string last;  // node of it; the steps of a layer follow each other
  };

  std::map<std::string, Sum> sums;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (plan.notes[i].layer.empty()) continue;
    auto& sum = sums[plan.notes[i].layer];
    sum.seconds += steps[i];
    if (sum.last != plan.notes[i].last) ++sum.layers;
    sum.last = plan.notes[i].last;
  }
  std::map<std::string, double> out;
  for (const auto& [layer, sum] : sums) out[layer] = sum.seconds / sum.layers;
  return out;
}

/// The layers of a network in their places, in rounds: in each, every layer shows its next
/// candidate that is hopeful, or its best so far where it has no more.
class Places {
 public:
  Places(const Graph& graph, const LowerOptions& options, std::vector<LayerTimes>& layers)
      : graph_(graph), options_(options), layers_(layers), inputs_(random_inputs(graph)) {
    for (auto& layer : layers_) {
      tried_.push_back(hopeful(layer));
      auto& alone = alone_.emplace_back();
      for (const auto& one : layer.candidates) alone.push_back(one.seconds);
    }
    round_together();
    std::size_t rounds = 0;
    for (auto& tried : tried_) {
      rounds = std::max(rounds, tried.size());
      // What a candidate took alone does not count beside what others take in their places.
      for (auto* one : tried)
        if (one != nullptr) one->seconds = kNever;
    }
    rounds_.resize(rounds);
  }

  [[nodiscard]] std::size_t rounds() const { return rounds_.size(); }

  Result<void> measure(std::size_t round, double budget, const Clock& clock) {
    auto& own = rounds_[round];
    if (own.stream == nullptr) SLIPWAY_TRY(prepare(round));
    repeat(budget, clock, [&] { own.stream->run(clock, own.steps); });
    const auto seconds = seconds_of_layers(*own.plan, own.steps);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto at = seconds.find(layers_[i].layer);
      auto* shown = newly_shown(i, round);
      if (shown == nullptr || at == seconds.end()) continue;
      shown->seconds = at->second;
      shown->in_place = true;
    }
    // Plans are kept for the next cycle unless they are very large.
    constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
    if (own.plan->constants.size() * rounds_.size() > kMostBytes) {
      own.stream.reset();
      own.plan.reset();
    }
    return {};
  }

  /// Whether a layer is there may depend on what others took: a candidate whose turns all came when
  /// it was not has no time of its own. What it took alone counts where that is so of all of them.
  void settle() {
    const auto was_seen = [](const Measured& one) { return one.seconds != kNever; };
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      auto& candidates = layers_[i].candidates;
      const bool any = std::ranges::any_of(
          tried_[i], [&](const Measured* one) { return one != nullptr && was_seen(*one); });
      for (std::size_t k = 0; k < candidates.size() && !any; ++k)
        candidates[k].seconds = alone_[i][k];
      std::erase_if(candidates, [&](const Measured& one) { return !was_seen(one); });
    }
  }

 private:
  static constexpr double kNever = std::numeric_limits<double>::max();

  struct Round {
    std::optional<LowerOptions> options;  // the same in each cycle, and so are the steps
    std::unique_ptr<BuiltPlan> plan;
    std::unique_ptr<Stream> stream;
    std::vector<double> steps;  // their least seconds so far
  };

  /// Candidates that round are tried while others round, too: what lies between layers is bfloat16
  /// only then. Where a layer has fewer of them than another, it waits, with its best so far.
  void round_together() {
    std::vector<std::ptrdiff_t> counts;
    for (auto& tried : tried_) {
      const auto floats = std::ranges::stable_partition(
          tried, [](const Measured* one) { return is_rounding(one->candidate); });
      counts.push_back(floats.begin() - tried.begin());
    }
    const auto most = counts.empty() ? 0 : std::ranges::max(counts);
    for (std::size_t i = 0; i < tried_.size(); ++i)
      if (counts[i] > 0)
        tried_[i].insert(tried_[i].begin() + counts[i], static_cast<std::size_t>(most - counts[i]),
                         nullptr);
  }

  /// What a layer shows for the first time in a round, or nullptr.
  [[nodiscard]] Measured* newly_shown(std::size_t layer, std::size_t round) const {
    return round < tried_[layer].size() ? tried_[layer][round] : nullptr;
  }

  Result<void> prepare(std::size_t round) {
    auto& own = rounds_[round];
    if (!own.options) {
      own.options = options_;
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        const auto* tried = newly_shown(i, round);
        const auto& shown = tried != nullptr ? *tried : layers_[i].best();
        own.options->choices.insert_or_assign(layers_[i].layer, shown.candidate);
      }
    }
    own.plan = std::make_unique<BuiltPlan>(SLIPWAY_TRY(lower(graph_, *own.options)));
    own.stream = std::make_unique<Stream>(graph_, *own.plan);
    own.stream->set_inputs(inputs_);
    own.stream->run();
    return {};
  }

  const Graph& graph_;
  const LowerOptions& options_;
  std::vector<LayerTimes>& layers_;
  std::vector<Tensor> inputs_;
  std::vector<std::vector<Measured*>> tried_;
  std::vector<std::vector<double>> alone_;  // seconds of each candidate by itself
  std::vector<Round> rounds_;
};

/// The fastest admitted one that `counts`, nullptr where there is none. A time in place is worth
/// more than one of a candidate alone.
template <class Counts>
const Measured* fastest(const std::vector<Measured>& candidates, const Counts& counts) {
  const Measured* best = nullptr;
  for (const auto& one : candidates) {
    if (!one.admitted || !counts(one)) continue;
    const bool is_better =
        best == nullptr ||
        (one.in_place != best->in_place ? one.in_place : one.seconds < best->seconds);
    if (is_better) best = &one;
  }
  return best;
}

}  // namespace

const Measured& LayerTimes::best() const {
  const auto* best = fastest(candidates, [](const Measured&) { return true; });
  return best == nullptr ? candidates.front() : *best;
}

const Measured* LayerTimes::best_exact() const {
  return fastest(candidates, [](const Measured& one) { return !is_rounding(one.candidate); });
}

double kept_microseconds(double seconds) { return std::round(seconds * 1e8) / 100; }

Result<std::vector<LayerTimes>> tune(const Graph& graph, const LowerOptions& options,
                                     const TuneOptions& tuning, const Clock& clock) {
  auto questions = SLIPWAY_TRY(lower(graph, options)).questions;
  std::erase_if(questions, [&](const Question& q) { return options.choices.contains(q.layer); });
  std::vector<LayerTimes> out;
  if (questions.empty()) return out;
  std::size_t candidates = 0;
  for (const auto& question : questions) candidates += question.candidates.size();
  // Half of the time for each, at most.
  const double each =
      std::min(tuning.most_per_candidate / 2, tuning.seconds / 2 / static_cast<double>(candidates));
  const auto tell = [&](std::size_t done) {
    if (tuning.progress) tuning.progress(done, 2 * questions.size());
  };
  for (std::size_t i = 0; i < questions.size(); ++i) {
    tell(i);
    out.push_back(SLIPWAY_TRY(measure_alone(graph, questions[i], options, each, clock)
                                  .during("measuring {}", questions[i].layer)));
  }
  // Again and again: what disturbs the machine for a while must not decide between candidates.
  constexpr std::size_t kCycles = 3;
  Places places(graph, options, out);
  const std::size_t runs = kCycles * places.rounds();
  const double in_place = each * static_cast<double>(candidates) / static_cast<double>(runs);
  for (std::size_t i = 0; i < runs; ++i) {
    tell(questions.size() + questions.size() * i / runs);
    SLIPWAY_TRY(
        places.measure(i % places.rounds(), in_place, clock).during("measuring the network"));
  }
  places.settle();
  tell(2 * questions.size());
  return out;
}

Chosen chosen_of(std::span<const LayerTimes> measured) {
  Chosen out{with_best({}, measured), {}};
  for (const auto& layer : measured) {
    const auto& best = layer.best();
    if (!is_rounding(best.candidate)) continue;
    const auto* const exact = layer.best_exact();
    if (exact == nullptr) continue;
    const double saved = kept_microseconds(exact->seconds) - kept_microseconds(best.seconds);
    out.exact[layer.layer] = {exact->candidate, std::max(saved, 0.0) * 1e-6};
  }
  return out;
}

Choices with_best(Choices choices, std::span<const LayerTimes> measured) {
  for (const auto& layer : measured) choices.insert_or_assign(layer.layer, layer.best().candidate);
  return choices;
}

}  // namespace slipway::cpu
