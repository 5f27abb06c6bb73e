#include "compile/quantizer.h"

#include <algorithm>
#include <memory>

#include "device/cpu/lower.h"
#include "device/cpu/stream.h"
#include "ir/rewrite.h"
#include "passes/pipeline.h"
#include "quant/correct.h"
#include "quant/insert.h"
#include "quant/points.h"

namespace slipway::compile {
namespace {

using quant::Phase;

/// A graph and the kernels that compute it.
class Kernels {
 public:
  /// Errors  as cpu::lower()
  static Result<std::unique_ptr<Kernels>> make(Graph graph, const QuantizeOptions& options) {
    auto out = std::make_unique<Kernels>();
    out->graph_ = std::move(graph);
    SLIPWAY_TRY(Rewriter(out->graph_).finish());  // without what no output needs
    out->plan_ = SLIPWAY_TRY(cpu::lower(out->graph_, {options.isa, {}, cpu::Precision::fp32}));
    out->stream_ = std::make_unique<cpu::Stream>(out->graph_, out->plan_, options.threads);
    return out;
  }

  std::vector<Tensor> run(const std::vector<Tensor>& inputs) {
    stream_->set_inputs(inputs);
    stream_->run();
    return stream_->outputs();
  }

 private:
  Graph graph_;
  cpu::BuiltPlan plan_;
  std::unique_ptr<cpu::Stream> stream_;
};

/// The same graph with other outputs.
Graph giving(Graph graph, std::vector<ValueId> outputs) {
  graph.set_outputs(std::move(outputs));
  return graph;
}

/// Values that kernels are asked for: inputs are there already.
class Watch {
 public:
  static Result<Watch> make(const Graph& graph, std::vector<ValueId> values,
                            const QuantizeOptions& options) {
    Watch out;
    std::vector<ValueId> computed;
    for (const auto id : values) {
      const auto input = std::ranges::find(graph.inputs(), id);
      const bool is_input = input != graph.inputs().end();
      out.places_.push_back(
          {is_input, is_input ? input - graph.inputs().begin() : std::ssize(computed)});
      if (!is_input) computed.push_back(id);
    }
    if (!computed.empty())
      out.kernels_ = SLIPWAY_TRY(Kernels::make(giving(graph, std::move(computed)), options));
    return out;
  }

  std::vector<Tensor> run(const std::vector<Tensor>& inputs) {
    std::vector<Tensor> made;
    if (kernels_) made = kernels_->run(inputs);
    std::vector<Tensor> out;
    for (const auto& [is_input, number] : places_)
      out.push_back((is_input ? inputs : made)[static_cast<std::size_t>(number)]);
    return out;
  }

 private:
  struct Place {
    bool is_input = false;
    std::ptrdiff_t number = 0;
  };

  std::vector<Place> places_;
  std::unique_ptr<Kernels> kernels_;
};

/// What was found, and the pictures from which more is found.
class Calibration {
 public:
  Calibration(const Pictures& pictures, const QuantizeOptions& options)
      : pictures_(pictures), options_(options) {
    if (options.resume) state_ = *options.resume;
  }

  /// Shows each usable picture, of the first `most`, to `visit`, in the phase `phase`.
  Result<void> look(Phase phase, std::string_view what, std::size_t most,
                    const std::function<Result<void>(const std::vector<Tensor>&)>& visit) {
    if (state_.phase > phase) return {};
    if (state_.phase < phase) {
      state_.phase = phase;
      state_.next = 0;
    }
    const auto total = std::min(pictures_.count, most);
    for (auto& i = state_.next; i < total;) {
      if (options_.progress) options_.progress(what, i, total);
      const auto number = i++;
      if (state_.lost.contains(number)) continue;
      const auto inputs = pictures_.read(number);
      if (!inputs) {
        SLIPWAY_TRY(lose(number, inputs.error()));
        continue;
      }
      SLIPWAY_TRY(visit(*inputs));
      if (options_.save) SLIPWAY_TRY(options_.save(state_));
    }
    if (state_.lost.size() >= total) {
      if (first_error_) return *first_error_;
      return fail(Code::invalid_input, "no picture can be used");
    }
    state_.phase = static_cast<Phase>(static_cast<int>(phase) + 1);
    state_.next = 0;
    return {};
  }

  quant::State& state() { return state_; }

 private:
  Result<void> lose(std::size_t number, const Error& error) {
    if (error.code == Code::internal) return error;
    if (!first_error_) first_error_ = error;
    state_.lost.emplace(number, error.message);
    pictures_.lost(number, error);
    return {};
  }

  const Pictures& pictures_;
  const QuantizeOptions& options_;
  quant::State state_;
  std::optional<Error> first_error_;
};

std::vector<float> channel_maxima(const Tensor& value) {
  std::vector<float> out(static_cast<std::size_t>(value.shape().back(0)), 0);
  const auto numbers = value.values<float>();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    out[i % out.size()] = std::max(out[i % out.size()], numbers[i]);
  return out;
}

bool is_float(const Graph& graph, ValueId id) { return graph.type(id).dtype == DType::f32; }

class Quantizer {
 public:
  Quantizer(const Pictures& pictures, const QuantizeOptions& options)
      : pictures_(pictures), options_(options), calibration_(pictures, options) {}

  Result<Quantized> run(const Graph& graph) {
    floats_ = graph;
    SLIPWAY_TRY(passes::run_pipeline(floats_));
    SLIPWAY_TRY(quant::prepare(floats_));
    truth_ = floats_;
    points_ = SLIPWAY_TRY(quant::find_points(floats_, options_.keep_float));
    if (options_.equalize) SLIPWAY_TRY(equalize());
    SLIPWAY_TRY(find_ranges());
    SLIPWAY_TRY(find_errors());
    out_.graph = SLIPWAY_TRY(quant::insert_pairs(floats_, points_, scheme_));
    integers_ = out_.graph;
    SLIPWAY_TRY(passes::run_pipeline(integers_));
    SLIPWAY_TRY(find_quality());
    describe();
    return std::move(out_);
  }

 private:
  quant::State& state() { return calibration_.state(); }

  Result<void> equalize() {
    const auto cut = quant::cut_values(floats_);
    if (!cut.empty()) {
      auto watch = SLIPWAY_TRY(Watch::make(floats_, cut, options_));
      state().maxima.resize(cut.size());
      const auto visit = [&](const std::vector<Tensor>& inputs) -> Result<void> {
        const auto values = watch.run(inputs);
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto now = channel_maxima(values[i]);
          auto& most = state().maxima[i];
          most.resize(now.size(), 0);
          for (std::size_t c = 0; c < now.size(); ++c) most[c] = std::max(most[c], now[c]);
        }
        return {};
      };
      SLIPWAY_TRY(calibration_.look(Phase::maxima, "channels", pictures_.count, visit));
    }
    quant::ChannelMaxima maxima;
    for (std::size_t i = 0; i < cut.size(); ++i) maxima[cut[i]] = state().maxima[i];
    out_.equalized = SLIPWAY_TRY(quant::equalize(floats_, maxima));
    points_ = SLIPWAY_TRY(quant::find_points(floats_, options_.keep_float));
    return {};
  }

  Result<void> find_ranges() {
    std::vector<ValueId> values;
    for (const auto& group : points_.groups)
      values.insert(values.end(), group.seen.begin(), group.seen.end());
    state().seen.resize(values.size());
    auto watch = SLIPWAY_TRY(Watch::make(floats_, values, options_));
    const auto visit = [&](const std::vector<Tensor>& inputs) -> Result<void> {
      const auto numbers = watch.run(inputs);
      for (std::size_t i = 0; i < numbers.size(); ++i)
        state().seen[i].add(numbers[i].values<float>());
      return {};
    };
    SLIPWAY_TRY(calibration_.look(Phase::ranges, "ranges", pictures_.count, visit));
    const auto steps = static_cast<float>(quant::most_steps(options_.range.reduced));
    auto seen = state().seen.begin();
    for (const auto& group : points_.groups) {
      quant::Histogram all;
      for (std::size_t i = 0; i < group.seen.size(); ++i) all.merge(*seen++);
      if (group.known) all.add(group.known->values<float>());
      auto range = quant::range_of(all, options_.range);
      if (group.most) range = {0, *group.most * steps / (steps + 1)};
      scheme_.steps.push_back(quant::steps_of(range, options_.range));
      saturated_.push_back(quant::saturated(all, scheme_.steps.back(), options_.range.reduced));
    }
    return make_weights(false);
  }

  Result<void> make_weights(bool corrected) {
    std::size_t layer = 0;
    for (std::int32_t n = 0; n < std::ssize(floats_.nodes()); ++n) {
      if (points_.roles[static_cast<std::size_t>(n)] != quant::Role::layer) continue;
      const auto& node = floats_.nodes()[static_cast<std::size_t>(n)];
      const auto& weights = *floats_.known(node.inputs[1]);
      const bool has_bias = node.inputs.size() > 2 && node.inputs[2].exists();
      const auto* bias = has_bias ? floats_.known(node.inputs[2]) : nullptr;
      std::optional<Tensor> made;
      if (corrected) made = quant::corrected_bias(bias, state().errors.at(layer));
      const float x_scale = scheme_.steps[points_.group_of.at(node.inputs[0])].scale[0];
      scheme_.layers[n] = SLIPWAY_TRY(
          quant::quantize_weights(weights, made ? &*made : bias, x_scale, options_.per_tensor)
              .during("quantizing '{}'", node.outputs[0].name));
      ++layer;
    }
    return {};
  }

  Result<void> find_errors() {
    constexpr std::size_t kMostPictures = 32;  // means hardly change with more
    auto pairs = SLIPWAY_TRY(quant::error_graph(floats_, points_, scheme_));
    const auto outputs = pairs.graph.outputs();
    auto watch = SLIPWAY_TRY(Watch::make(pairs.graph, {outputs.begin(), outputs.end()}, options_));
    state().errors.resize(pairs.layers.size());
    const auto visit = [&](const std::vector<Tensor>& inputs) -> Result<void> {
      const auto values = watch.run(inputs);
      for (std::size_t i = 0; i < pairs.layers.size(); ++i)
        state().errors[i].add(values[2 * i], values[2 * i + 1]);
      return {};
    };
    SLIPWAY_TRY(calibration_.look(Phase::errors, "layers", kMostPictures, visit));
    return options_.correct_bias ? make_weights(true) : Result<void>();
  }

  Result<void> find_quality() {
    std::vector<ValueId> should_be;
    std::vector<ValueId> are;
    for (std::size_t i = 0; i < truth_.outputs().size(); ++i) {
      if (!is_float(truth_, truth_.outputs()[i])) continue;
      should_be.push_back(truth_.outputs()[i]);
      are.push_back(integers_.outputs()[i]);
      out_.outputs.push_back({truth_.value(truth_.outputs()[i]).name, {}});
    }
    state().quality.resize(should_be.size());
    auto floats = SLIPWAY_TRY(Watch::make(truth_, should_be, options_));
    auto integers = SLIPWAY_TRY(Watch::make(integers_, are, options_));
    const auto visit = [&](const std::vector<Tensor>& inputs) -> Result<void> {
      const auto should = floats.run(inputs);
      const auto is = integers.run(inputs);
      for (std::size_t i = 0; i < is.size(); ++i)
        state().quality[i].add(should[i].values<float>(), is[i].values<float>());
      return {};
    };
    SLIPWAY_TRY(calibration_.look(Phase::quality, "quality", pictures_.count, visit));
    for (std::size_t i = 0; i < should_be.size(); ++i) out_.outputs[i].quality = state().quality[i];
    return {};
  }

  void describe() {
    std::size_t layer = 0;
    for (std::int32_t n = 0; n < std::ssize(floats_.nodes()); ++n) {
      const auto& node = floats_.nodes()[static_cast<std::size_t>(n)];
      const auto role = points_.roles[static_cast<std::size_t>(n)];
      const auto reason = points_.reasons.find(n);
      if (reason != points_.reasons.end())
        out_.in_float.push_back(
            {node.outputs[0].name, std::string(node.op.name()), reason->second});
      if (role == quant::Role::in_float || role == quant::Role::move) continue;
      const auto group = points_.group_of.at({n, 0});
      const auto& steps = scheme_.steps[group];
      const auto zero = static_cast<float>(steps.zero_point[0]);
      QuantizedLayer row{.name = node.outputs[0].name, .op = std::string(node.op.name())};
      row.low = (0 - zero) * steps.scale[0];
      row.high =
          (static_cast<float>(quant::most_steps(options_.range.reduced)) - zero) * steps.scale[0];
      row.saturated = saturated_[group];
      if (role == quant::Role::layer)
        row.sqnr_db = state().errors.at(layer++).sqnr_db(options_.correct_bias);
      out_.layers.push_back(std::move(row));
    }
    out_.lost = state().lost;
    out_.pictures = pictures_.count - out_.lost.size();
    out_.state = state();
  }

  const Pictures& pictures_;
  const QuantizeOptions& options_;
  Calibration calibration_;
  Graph floats_;
  Graph truth_;     // before channels were equalized
  Graph integers_;  // after the passes
  quant::Points points_;
  quant::Scheme scheme_;
  std::vector<double> saturated_;  // of each group
  Quantized out_;
};

}  // namespace

Result<Quantized> quantize(const Graph& graph, const Pictures& pictures,
                           const QuantizeOptions& options) {
  return Quantizer(pictures, options).run(graph);
}

}  // namespace slipway::compile
