#include "compile/learn.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "engine/pool.h"
#include "ops/conv/conv.h"
#include "ops/matmul/fully_connected.h"
#include "quant/rounding.h"

namespace slipway::compile {
namespace {

using quant::Rows;

constexpr double kEnoughDb = 45;           // where rounding is far below what bytes lose anyway
constexpr std::size_t kMostPictures = 32;  // of which every fourth one tests what was learned
constexpr std::size_t kRows = 2048;        // of one layer, on all pictures
constexpr std::size_t kMostWidth = 9216;   // weights of an output: a covariance of 324 MB
constexpr std::size_t kFewestRows = 128;   // from which something can be learned
constexpr std::size_t kMostBytes = 64U
                                   << 20U;  // of the rows of all layers that are looked at at once

/// A layer, and what its weights read at some places.
struct Learner {
  std::size_t number = 0;  // among all layers
  std::int32_t node = 0;
  Window window;
  std::size_t group = 1;
  std::size_t inputs = 0;  // of a group
  std::size_t outputs = 0;
  Quantization steps;        // of the input
  std::vector<Rows> learns;  // of each group
  std::vector<Rows> tests;

  [[nodiscard]] std::size_t width() const {
    return static_cast<std::size_t>(window.kernel_positions()) * inputs;
  }
};

std::optional<Learner> learner_of(const Graph& graph, const quant::Points& points,
                                  const quant::Scheme& scheme, std::size_t number, std::int32_t n) {
  const auto& node = graph.nodes()[static_cast<std::size_t>(n)];
  const auto& w = graph.known(node.inputs[1])->shape();
  const auto& x = graph.type(node.inputs[0]).shape;
  Learner out{.number = number, .node = n};
  if (const auto* conv = node.op.as<ops::Conv>()) {
    const auto window = conv->window(x, w);
    if (!window) return std::nullopt;
    out.window = *window;
    out.group = static_cast<std::size_t>(conv->group);
  } else if (node.op.is<ops::FullyConnected>()) {
    out.window.in[2] = out.window.out[2] = x.elements() / w.back(1);  // rows
  } else {
    return std::nullopt;
  }
  out.inputs = static_cast<std::size_t>(w.back(1));
  out.outputs = static_cast<std::size_t>(w.back(0));
  out.steps = scheme.steps[points.group_of.at(node.inputs[0])];
  return out;
}

/// Takes the rows of one picture.
void take(Learner& learner, const Tensor& x, std::size_t each, std::uint64_t seed, bool tests) {
  const auto& window = learner.window;
  const auto channels = learner.group * learner.inputs;
  const auto values = x.values<float>();
  const float scale = learner.steps.scale[0];
  const auto zero = static_cast<float>(learner.steps.zero_point[0]);
  const auto in_bytes = [&](float value) {
    const float step = std::clamp(std::nearbyint(value / scale) + zero, 0.0F, 255.0F);
    return static_cast<std::int16_t>(step - zero);
  };
  auto& rows = tests ? learner.tests : learner.learns;
  rows.resize(learner.group);
  Random random(seed);
  const auto places = window.out_positions();
  const auto count = std::min(static_cast<std::int64_t>(each), places);
  const auto pictures = static_cast<std::int64_t>(values.size() / channels) /
                        std::max<std::int64_t>(1, window.in_positions());
  if (pictures < 1) return;
  for (std::int64_t i = 0; i < count; ++i) {
    // One place of each of `count` equal parts.
    const auto first = i * places / count;
    const auto place = random.integer(first, std::max(first, (i + 1) * places / count - 1));
    const auto plane = window.out[1] * window.out[2];
    const Window::Dims at = {place / plane, place % plane / window.out[2], place % window.out[2]};
    for (auto& of_group : rows) of_group.width = learner.width();
    for (std::int64_t k = 0; k < window.kernel_positions(); ++k) {
      const auto k_plane = window.kernel[1] * window.kernel[2];
      const Window::Dims kernel = {k / k_plane, k % k_plane / window.kernel[2],
                                   k % window.kernel[2]};
      const auto from = window.position(at, kernel);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto index = static_cast<std::size_t>(from) * channels + c;
        rows[c / learner.inputs].values.push_back(from < 0 ? std::int16_t{0}
                                                           : in_bytes(values[index]));
      }
    }
  }
}

class Learning {
 public:
  Learning(Calibration& calibration, const Graph& graph, const quant::Points& points,
           const std::vector<std::int32_t>& layers, const quant::Scheme& scheme,
           const QuantizeOptions& options)
      : calibration_(calibration),
        graph_(graph),
        points_(points),
        layers_(layers),
        scheme_(scheme),
        options_(options) {}

  Result<void> run() {
    auto& state = calibration_.state();
    if (!calibration_.enter(quant::Phase::rounding)) return {};
    state.flips.resize(layers_.size());
    pool_ = engine::Pool::make(options_.threads);
    if (pool_ == nullptr) return fail(Code::unavailable, "there is no memory for threads");
    auto learned = all();
    if (learned) calibration_.leave(quant::Phase::rounding);
    engine::Pool::drop(pool_);
    return learned;
  }

 private:
  Result<void> all() {
    auto& next = calibration_.state().next;
    while (next < layers_.size()) {
      auto learners = some(next);
      if (!learners.empty()) SLIPWAY_TRY(look(learners));
      for (; next < end_; ++next) {
        if (options_.progress) options_.progress("rounding", next, layers_.size());
        const auto at = std::ranges::find(learners, next, &Learner::number);
        if (at == learners.end()) continue;
        learn(*at);
        *at = {.number = layers_.size()};  // its rows are not needed any more
        if (!options_.save) continue;
        ++next;  // what is saved goes on behind this layer
        auto saved = options_.save(calibration_.state());
        --next;
        SLIPWAY_TRY(saved);
      }
    }
    return {};
  }

  /// Layers from `first` on that need it, as many as fit; those before `end_` are all there are.
  std::vector<Learner> some(std::size_t first) {
    std::vector<Learner> out;
    std::size_t bytes = 0;
    for (end_ = first; end_ < layers_.size(); ++end_) {
      if (calibration_.state().errors[end_].sqnr_db(true) >= kEnoughDb) continue;
      auto learner = learner_of(graph_, points_, scheme_, end_, layers_[end_]);
      if (!learner || learner->width() > kMostWidth) continue;
      bytes += learner->width() * learner->group * kRows * sizeof(std::int16_t);
      if (!out.empty() && bytes > kMostBytes) break;
      out.push_back(std::move(*learner));
    }
    return out;
  }

  Result<void> look(std::vector<Learner>& learners) {
    std::vector<ValueId> values;
    for (const auto& learner : learners)
      values.push_back(graph_.nodes()[static_cast<std::size_t>(learner.node)].inputs[0]);
    auto probe = SLIPWAY_TRY(watch(graph_, values, options_));
    const auto& shown = calibration_.shown();
    const auto count = std::min(shown.size(), kMostPictures);
    for (std::size_t i = 0; i < count; ++i) {
      if (options_.progress) options_.progress("rows", i, count);
      const auto inputs = SLIPWAY_TRY(calibration_.picture(shown[i]));
      if (!inputs) continue;
      const auto read = SLIPWAY_TRY(probe.run(*inputs));
      for (std::size_t l = 0; l < learners.size(); ++l) {
        const auto seed = learners[l].number * 1'000'003 + shown[i];
        take(learners[l], read[l], kRows / count, seed, i % 4 == 3);
      }
    }
    return {};
  }

  /// A layer's weights, and where it is written which of them are flipped.
  struct Job {
    const Learner& learner;
    std::span<const float> weights;
    const Quantization& scales;
    std::vector<std::uint8_t>& flipped;  // a byte for each weight
    std::size_t group = 0;
    const quant::Covariance* covariance = nullptr;  // of what that group reads
  };

  void learn(const Learner& learner) {
    if (learner.learns.empty() || learner.learns[0].count() < kFewestRows) return;
    const auto& node = graph_.nodes()[static_cast<std::size_t>(learner.node)];
    const auto weights = graph_.known(node.inputs[1])->values<float>();
    const auto scales = *scheme_.layers.at(learner.node).weights.type().quant;
    std::vector<std::uint8_t> flipped(weights.size(), 0);
    Job job{learner, weights, scales, flipped};
    const auto outputs = learner.outputs / learner.group;
    for (; job.group < learner.group; ++job.group) {
      const quant::Covariance covariance(learner.learns[job.group]);
      job.covariance = &covariance;
      const auto work = [](void* context, int first, int last) {
        const auto& of = *static_cast<const Job*>(context);
        const auto begin = of.group * (of.learner.outputs / of.learner.group);
        for (int i = first; i < last; ++i) learn_output(of, begin + static_cast<std::size_t>(i));
      };
      pool_->share(static_cast<int>(outputs), work, &job);
    }
    auto& flips = calibration_.state().flips[learner.number];
    flips.assign((flipped.size() + 7) / 8, 0);
    for (std::size_t i = 0; i < flipped.size(); ++i)
      flips[i / 8] = static_cast<std::uint8_t>(flips[i / 8] | (flipped[i] << (i % 8)));
  }

  static void learn_output(const Job& job, std::size_t output) {
    const auto outputs = job.learner.outputs;
    std::vector<float> steps(job.learner.width());
    std::vector<std::int8_t> nearest(steps.size());
    for (std::size_t k = 0; k < steps.size(); ++k) {
      steps[k] = job.weights[k * outputs + output] / job.scales.scale_at(output);
      nearest[k] = static_cast<std::int8_t>(std::clamp(std::nearbyint(steps[k]), -127.0F, 127.0F));
    }
    const auto rounded = quant::round_together(steps, *job.covariance);
    if (!job.learner.tests.empty()) {
      const auto& tests = job.learner.tests[job.group];
      const auto before = quant::rounding_error(steps, nearest, tests);
      if (!(quant::rounding_error(steps, rounded, tests) < before)) return;
    }
    for (std::size_t k = 0; k < steps.size(); ++k)
      job.flipped[k * outputs + output] = rounded[k] != nearest[k] ? 1 : 0;
  }

  Calibration& calibration_;
  const Graph& graph_;
  const quant::Points& points_;
  const std::vector<std::int32_t>& layers_;
  const quant::Scheme& scheme_;
  const QuantizeOptions& options_;
  engine::Pool* pool_ = nullptr;
  std::size_t end_ = 0;
};

}  // namespace

Result<void> learn_rounding(Calibration& calibration, const Graph& graph,
                            const quant::Points& points, const std::vector<std::int32_t>& layers,
                            const quant::Scheme& scheme, const QuantizeOptions& options) {
  return Learning(calibration, graph, points, layers, scheme, options).run();
}

}  // namespace slipway::compile
