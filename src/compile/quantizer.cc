#include "compile/quantizer.h"

#include <algorithm>
#include <limits>

#include "compile/calibrator.h"
#include "compile/learn.h"
#include "compile/methods.h"
#include "compile/mixed.h"
#include "passes/pipeline.h"
#include "quant/correct.h"
#include "quant/insert.h"
#include "quant/points.h"
#include "quant/ties.h"

namespace slipway::compile {
namespace {

using quant::Phase;

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
    out_.range = options_.range;
    // What is joined would share one scale.
    SLIPWAY_TRY(passes::run_pipeline(floats_, {.without = {"join_pointwise"}}));
    SLIPWAY_TRY(quant::prepare(floats_));
    if (options_.max_drop) SLIPWAY_TRY(can_choose_floats(floats_, calibration_));
    truth_ = floats_;
    keep_float_ = options_.keep_float;
    points_ = SLIPWAY_TRY(quant::find_points(floats_, keep_float_));
    if (options_.equalize) SLIPWAY_TRY(equalize());
    SLIPWAY_TRY(find_ranges());
    SLIPWAY_TRY(find_errors());
    if (options_.max_drop) SLIPWAY_TRY(leave_in_floats());
    out_.graph = SLIPWAY_TRY(quant::insert_pairs(floats_, points_, scheme_));
    integers_ = out_.graph;
    SLIPWAY_TRY(passes::run_pipeline(integers_));
    SLIPWAY_TRY(find_quality());
    describe();
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  quant::State& state() { return calibration_.state(); }

  Result<void> equalize() {
    const auto cut = quant::cut_values(floats_);
    if (!cut.empty()) {
      auto probe = SLIPWAY_TRY(watch(floats_, cut, options_));
      state().maxima.resize(cut.size());
      const auto visit = [&](std::size_t, const std::vector<Tensor>& inputs) -> Result<void> {
        const auto values = SLIPWAY_TRY(probe.run(inputs));
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto now = channel_maxima(values[i]);
          auto& most = state().maxima[i];
          most.resize(now.size(), 0);
          for (std::size_t c = 0; c < now.size(); ++c) most[c] = std::max(most[c], now[c]);
        }
        return {};
      };
      SLIPWAY_TRY(calibration_.look(Phase::maxima, "channels", calibration_.shown(), kAll, visit));
    }
    quant::ChannelMaxima maxima;
    for (std::size_t i = 0; i < cut.size(); ++i) maxima[cut[i]] = state().maxima[i];
    out_.equalized = SLIPWAY_TRY(quant::equalize(floats_, maxima));
    std::set<std::string> kept;  // clamps may have become part of their layer
    for (const auto& node : floats_.nodes())
      if (options_.keep_float.contains(node.outputs[0].name)) kept.insert(node.outputs[0].name);
    keep_float_ = std::move(kept);
    points_ = SLIPWAY_TRY(quant::find_points(floats_, keep_float_));
    return {};
  }

  Result<void> find_ranges() {
    std::vector<ValueId> values;
    for (const auto& group : points_.groups)
      values.insert(values.end(), group.seen.begin(), group.seen.end());
    state().seen.resize(values.size());
    auto probe = SLIPWAY_TRY(watch(floats_, values, options_));
    const auto visit = [&](std::size_t, const std::vector<Tensor>& inputs) -> Result<void> {
      const auto numbers = SLIPWAY_TRY(probe.run(inputs));
      for (std::size_t i = 0; i < numbers.size(); ++i)
        state().seen[i].add(numbers[i].values<float>());
      return {};
    };
    SLIPWAY_TRY(calibration_.look(Phase::ranges, "ranges", calibration_.shown(), kAll, visit));
    for (std::size_t i = 0; i < values.size(); ++i) seen_[values[i]] = &state().seen[i];
    for (std::int32_t n = 0; n < std::ssize(floats_.nodes()); ++n)
      if (points_.roles[static_cast<std::size_t>(n)] == quant::Role::layer) layers_.push_back(n);
    if (options_.choose_method) SLIPWAY_TRY(choose_method());
    scheme_ = SLIPWAY_TRY(scheme_for(points_, nullptr));
    return {};
  }

  /// Each way is tried with the mean errors of layers taken away, as they are with the first way:
  /// most of them come from the weights, which are the same in all as long as their scales are not
  /// parted from ties.
  Result<void> choose_method() {
    out_.range = ways_to_try(options_.range).front();
    if (options_.correct_bias) {
      scheme_ = SLIPWAY_TRY(scheme_for(points_, nullptr, false));
      SLIPWAY_TRY(measure_errors(Phase::draft, "layers", state().draft, kPicturesToChoose));
    }
    const BuildWith build = [&](const quant::RangeOptions& range) -> Result<Graph> {
      out_.range = range;
      const auto* errors = options_.correct_bias ? &state().draft : nullptr;
      const auto scheme = SLIPWAY_TRY(scheme_for(points_, errors, false));
      auto graph = SLIPWAY_TRY(quant::insert_pairs(floats_, points_, scheme));
      SLIPWAY_TRY(passes::run_pipeline(graph));
      return graph;
    };
    out_.tried = SLIPWAY_TRY(try_ranges(calibration_, truth_, build, options_));
    out_.range = best_of(out_.tried);
    return {};
  }

  /// The numbers that make bytes of floats where those of `points` become bytes, which are no
  /// others than those that were looked at. The means of `errors`, of all layers, leave the biases.
  /// Scales are `parted` such that no sum lies in the middle of two steps.
  Result<quant::Scheme> scheme_for(const quant::Points& points,
                                   const std::vector<quant::LayerErrors>* errors,
                                   bool parted = true) {
    quant::Scheme out;
    const auto steps = static_cast<float>(quant::most_steps(out_.range.reduced));
    for (const auto& group : points.groups) {
      const auto all = histogram_of(group);
      auto range = quant::range_of(all, out_.range);
      if (group.most) range = {0, *group.most * steps / (steps + 1)};
      out.steps.push_back(quant::steps_of(range, out_.range));
    }
    if (parted) quant::part_steps(floats_, points, out.steps);
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      const auto n = layers_[layer];
      if (points.roles[static_cast<std::size_t>(n)] != quant::Role::layer) continue;
      const auto& node = floats_.nodes()[static_cast<std::size_t>(n)];
      const auto& weights = *floats_.known(node.inputs[1]);
      const bool has_bias = node.inputs.size() > 2 && node.inputs[2].exists();
      const auto* bias = has_bias ? floats_.known(node.inputs[2]) : nullptr;
      std::optional<Tensor> made;
      if (errors != nullptr) made = quant::corrected_bias(bias, errors->at(layer));
      quant::LayerScales around{out.steps[points.group_of.at(node.inputs[0])].scale[0]};
      const auto gives = points.group_of.find({n, 0});
      if (parted && gives != points.group_of.end()) around.y = out.steps[gives->second].scale[0];
      const auto& flips = state().flips.empty() ? quant::Flips() : state().flips.at(layer);
      const auto learned = learned_.find(n);
      if (!flips.empty() && learned != learned_.end()) around.weights = learned->second;
      out.layers[n] = SLIPWAY_TRY(
          quant::quantize_weights(weights, made ? &*made : bias, around, options_.per_tensor, flips)
              .during("quantizing '{}'", node.outputs[0].name));
    }
    return out;
  }

  [[nodiscard]] quant::Histogram histogram_of(const quant::Group& group) const {
    quant::Histogram all;
    for (const auto id : group.seen) all.merge(*seen_.at(id));
    if (group.known) all.add(group.known->values<float>());
    return all;
  }

  Result<void> find_errors() {
    SLIPWAY_TRY(measure_errors(Phase::errors, "layers", state().errors));
    if (options_.learn_rounding) {
      for (const auto& [n, layer] : scheme_.layers)
        learned_[n] = layer.weights.type().quant->scale;  // what goes up or down is of these
      SLIPWAY_TRY(learn_rounding(calibration_, floats_, points_, layers_, scheme_, options_));
      scheme_ = SLIPWAY_TRY(scheme_for(points_, nullptr));
      SLIPWAY_TRY(measure_errors(Phase::rounded, "layers as rounded", state().rounded));
    }
    if (options_.correct_bias) scheme_ = SLIPWAY_TRY(scheme_for(points_, &errors()));
    return {};
  }

  Result<void> measure_errors(Phase phase, std::string_view what,
                              std::vector<quant::LayerErrors>& errors,
                              std::size_t most = 32) {  // means hardly change with more
    auto pairs = SLIPWAY_TRY(quant::error_graph(floats_, points_, scheme_));
    const auto outputs = pairs.graph.outputs();
    auto probe = SLIPWAY_TRY(watch(pairs.graph, {outputs.begin(), outputs.end()}, options_));
    errors.resize(pairs.layers.size());
    const auto visit = [&](std::size_t, const std::vector<Tensor>& inputs) -> Result<void> {
      const auto values = SLIPWAY_TRY(probe.run(inputs));
      for (std::size_t i = 0; i < pairs.layers.size(); ++i)
        errors[i].add(values[2 * i], values[2 * i + 1]);
      return {};
    };
    return calibration_.look(phase, what, calibration_.shown(), most, visit);
  }

  /// Of the layers as their weights are in the end.
  [[nodiscard]] const std::vector<quant::LayerErrors>& errors() {
    return options_.learn_rounding ? state().rounded : state().errors;
  }

  [[nodiscard]] const std::vector<quant::LayerErrors>* correction() {
    return options_.correct_bias ? &errors() : nullptr;
  }

  /// Layers that lose more than is allowed are left in floats.
  Result<void> leave_in_floats() {
    const auto points_with = [&](const std::set<std::string>& in_floats) {
      auto names = keep_float_;
      names.insert(in_floats.begin(), in_floats.end());
      return quant::find_points(floats_, names);
    };
    const Build build = [&](const std::set<std::string>& in_floats) -> Result<Graph> {
      const auto points = SLIPWAY_TRY(points_with(in_floats));
      const auto scheme = SLIPWAY_TRY(scheme_for(points, correction()));
      auto graph = SLIPWAY_TRY(quant::insert_pairs(floats_, points, scheme));
      SLIPWAY_TRY(passes::run_pipeline(graph));
      return graph;
    };
    const Networks networks{truth_, floats_, points_, build};
    const auto mixed = SLIPWAY_TRY(choose_floats(calibration_, networks, pictures_, options_));
    out_.drop = mixed.drop;
    if (mixed.in_floats.empty()) return {};
    std::set<std::string> names;
    for (const auto& [n, db] : mixed.in_floats)
      names.insert(floats_.nodes()[static_cast<std::size_t>(n)].outputs[0].name);
    points_ = SLIPWAY_TRY(points_with(names));
    for (const auto& [n, db] : mixed.in_floats)
      points_.reasons[n] = fmt::format("it loses too much: {:.1f} dB with it alone in bytes", db);
    scheme_ = SLIPWAY_TRY(scheme_for(points_, correction()));
    return {};
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
    auto floats = SLIPWAY_TRY(watch(truth_, should_be, options_));
    auto integers = SLIPWAY_TRY(watch(integers_, are, options_));
    const auto visit = [&](std::size_t, const std::vector<Tensor>& inputs) -> Result<void> {
      const auto should = SLIPWAY_TRY(floats.run(inputs));
      const auto is = SLIPWAY_TRY(integers.run(inputs));
      for (std::size_t i = 0; i < is.size(); ++i)
        state().quality[i].add(should[i].values<float>(), is[i].values<float>());
      return {};
    };
    SLIPWAY_TRY(calibration_.look(Phase::quality, "quality", calibration_.all(), kAll, visit));
    for (std::size_t i = 0; i < should_be.size(); ++i) out_.outputs[i].quality = state().quality[i];
    return {};
  }

  void describe_range(ValueId id, QuantizedLayer& row) const {
    const auto group = points_.group_of.find(id);
    row.gives_floats = group == points_.group_of.end();
    if (row.gives_floats) return;
    const auto& steps = scheme_.steps[group->second];
    const auto zero = static_cast<float>(steps.zero_point[0]);
    const auto most = quant::most_steps(out_.range.reduced);
    row.low = (0 - zero) * steps.scale[0];
    row.high = (static_cast<float>(most) - zero) * steps.scale[0];
    row.saturated =
        quant::saturated(histogram_of(points_.groups[group->second]), steps, out_.range.reduced);
  }

  void describe() {
    std::map<std::int32_t, std::size_t> layer_of;
    for (std::size_t i = 0; i < layers_.size(); ++i) layer_of[layers_[i]] = i;
    double all_macs = 0;
    for (const auto n : layers_) {
      const auto& node = floats_.nodes()[static_cast<std::size_t>(n)];
      const auto macs = static_cast<double>(cost_of(floats_, node).macs);
      const bool in_float = points_.role({n, 0}) == quant::Role::in_float;
      all_macs += macs;
      out_.macs_in_float += in_float ? macs : 0;
    }
    if (all_macs > 0) out_.macs_in_float /= all_macs;
    for (std::int32_t n = 0; n < std::ssize(floats_.nodes()); ++n) {
      const auto& node = floats_.nodes()[static_cast<std::size_t>(n)];
      const auto role = points_.roles[static_cast<std::size_t>(n)];
      const auto reason = points_.reasons.find(n);
      if (reason != points_.reasons.end())
        out_.in_float.push_back(
            {node.outputs[0].name, std::string(node.op.name()), reason->second});
      if (role == quant::Role::in_float || role == quant::Role::move) continue;
      QuantizedLayer row{.name = node.outputs[0].name, .op = std::string(node.op.name())};
      describe_range({n, 0}, row);
      if (role == quant::Role::layer) {
        const auto layer = layer_of.at(n);
        row.sqnr_db = errors().at(layer).sqnr_db(options_.correct_bias);
        if (options_.learn_rounding && !state().flips.at(layer).empty())
          row.nearest_db = state().errors.at(layer).sqnr_db(options_.correct_bias);
      }
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
  std::set<std::string> keep_float_;
  quant::Points points_;
  quant::Scheme scheme_;
  std::map<ValueId, const quant::Histogram*> seen_;
  std::vector<std::int32_t> layers_;                    // all that could be in bytes
  std::map<std::int32_t, std::vector<float>> learned_;  // scales of weights, where rounding is
  Quantized out_;
};

}  // namespace

Result<Quantized> quantize(const Graph& graph, const Pictures& pictures,
                           const QuantizeOptions& options) {
  return Quantizer(pictures, options).run(graph);
}

}  // namespace slipway::compile
