#include "compile/mixed.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "compile/comparison.h"

namespace slipway::compile {
namespace {

using quant::Drop;
using quant::Phase;

/// The output that has one number per class.
Result<std::size_t> class_output(const Graph& graph) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    const auto& type = graph.type(graph.outputs()[i]);
    if (type.dtype != DType::f32 || !is_scores(type)) continue;
    if (found) return fail(Code::unsupported, "several outputs have one number per class");
    found = i;
  }
  if (!found)
    return fail(Code::unsupported,
                "what is lost is counted in classes, and no output has one number per class")
        .with_remedy("--keep-float NAME keeps layers in floats by name");
  return *found;
}

class Search {
 public:
  Search(Calibration& calibration, const Networks& networks, const Pictures& pictures,
         const QuantizeOptions& options)
      : calibration_(calibration), networks_(networks), pictures_(pictures), options_(options) {
    for (std::int32_t n = 0; n < std::ssize(networks.layered.nodes()); ++n) {
      const auto role = networks.points.roles[static_cast<std::size_t>(n)];
      if (role != quant::Role::layer && role != quant::Role::mean) continue;
      if (role == quant::Role::layer) ++with_weights_;
      layers_.push_back(n);
    }
  }

  Result<Mixed> run() {
    output_ = SLIPWAY_TRY(class_output(networks_.floats));
    const bool here = calibration_.enter(Phase::choice);
    const auto count = SLIPWAY_TRY(fewest());
    if (here) calibration_.leave(Phase::choice);
    Mixed out{choice().drops[static_cast<std::int32_t>(count)], {}};
    for (std::size_t i = 0; i < count; ++i) {
      const auto layer = static_cast<std::size_t>(choice().order[i]);
      out.in_floats[layers_[layer]] = choice().alone[layer].sqnr_db();
    }
    return out;
  }

 private:
  quant::Choice& choice() { return calibration_.state().choice; }

  [[nodiscard]] const std::string& name(std::size_t layer) const {
    return networks_.layered.nodes()[static_cast<std::size_t>(layers_[layer])].outputs[0].name;
  }

  /// How many layers of the order are to be in floats: twice as many each time until so little is
  /// lost, then halfway between too few and enough.
  Result<std::size_t> fewest() {
    const auto is_enough = [&](std::size_t count) -> Result<bool> {
      return SLIPWAY_TRY(measure(count)).is_within(*options_.max_drop);
    };
    if (SLIPWAY_TRY(is_enough(0))) return 0U;
    if (choice().order.empty()) SLIPWAY_TRY(rank());
    std::size_t most = 0;  // that leave a layer with weights in bytes
    while (weights_in_floats(most + 1) < with_weights_) ++most;
    std::size_t few = 0;
    std::size_t enough = std::min<std::size_t>(1, most);
    while (enough > few && !SLIPWAY_TRY(is_enough(enough))) {
      few = enough;
      enough = std::min(2 * enough, most);
    }
    if (enough == few) return unreachable(SLIPWAY_TRY(measure(most)));
    while (enough - few > 1) {
      const auto between = few + (enough - few) / 2;
      (SLIPWAY_TRY(is_enough(between)) ? enough : few) = between;
    }
    return enough;
  }

  /// How many of the first `count` layers of the order have weights.
  [[nodiscard]] std::size_t weights_in_floats(std::size_t count) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto node = layers_[static_cast<std::size_t>(choice().order[i])];
      if (networks_.points.roles[static_cast<std::size_t>(node)] == quant::Role::layer) ++out;
    }
    return out;
  }

  Result<Probe> watch(const Graph& graph) {
    return compile::watch(graph, {before_softmax(graph, graph.outputs()[output_])}, options_);
  }

  /// The drop with the first `count` layers of the order in floats, measured once.
  Result<Drop> measure(std::size_t count) {
    const auto known = choice().drops.find(static_cast<std::int32_t>(count));
    if (known != choice().drops.end()) return known->second;
    calibration_.state().next = 0;  // trials that a run did not end begin anew
    Drop drop;
    quant::Trials trials(drop);
    std::set<std::string> in_floats;
    for (std::size_t i = 0; i < count; ++i)
      in_floats.insert(name(static_cast<std::size_t>(choice().order[i])));
    auto floats = SLIPWAY_TRY(watch(networks_.floats));
    auto bytes = SLIPWAY_TRY(watch(SLIPWAY_TRY(networks_.build(in_floats))));
    const auto& held_out = calibration_.held_out();
    const auto visit = [&](std::size_t turn, const std::vector<Tensor>& inputs) -> Result<void> {
      const auto truth = pictures_.truth ? pictures_.truth(held_out[turn]) : std::nullopt;
      const auto should = SLIPWAY_TRY(floats.run(inputs));
      const auto is = SLIPWAY_TRY(bytes.run(inputs));
      trials.add(should[0].values<float>(), is[0].values<float>(), truth);
      return {};
    };
    const auto what = count == 0 ? std::string("drop") : fmt::format("drop, {} in floats", count);
    SLIPWAY_TRY(calibration_.each(
        what, held_out.size(), [&](std::size_t turn) { return held_out[turn]; }, visit));
    calibration_.state().next = 0;
    if (pictures_.truth && drop.known() == 0)
      return fail(Code::invalid_input, "the class of no picture that is held out is known")
          .with_remedy("--truth F.csv names every second picture, too");
    choice().drops[static_cast<std::int32_t>(count)] = drop;
    return drop;
  }

  /// Orders layers by what each loses alone in bytes, next to what it takes to compute it.
  Result<void> rank() {
    constexpr std::size_t kMostPictures = 16;
    const auto& shown = calibration_.shown();
    const auto each = std::min(shown.size(), kMostPictures);
    choice().alone.resize(layers_.size());
    auto floats = SLIPWAY_TRY(watch(networks_.floats));
    std::map<std::size_t, Tensor> logits;
    std::optional<Probe> bytes;
    std::size_t built = layers_.size();
    const auto visit = [&](std::size_t turn, const std::vector<Tensor>& inputs) -> Result<void> {
      const auto layer = turn / each;
      if (layer != built) {
        bytes = SLIPWAY_TRY(watch(SLIPWAY_TRY(networks_.build(all_but(layer)))));
        built = layer;
      }
      auto& should = logits[turn % each];
      if (should.shape().elements() == 0 || should.dtype() != DType::f32)
        should = SLIPWAY_TRY(floats.run(inputs))[0];
      const auto is = SLIPWAY_TRY(bytes->run(inputs));
      choice().alone[layer].add(should.values<float>(), is[0].values<float>());
      return {};
    };
    SLIPWAY_TRY(calibration_.each(
        "sensitivity", layers_.size() * each, [&](std::size_t turn) { return shown[turn % each]; },
        visit));
    calibration_.state().next = 0;
    choice().order = order_of(prices());
    return {};
  }

  [[nodiscard]] std::vector<Price> prices() {
    std::vector<Price> out;
    double all = 0;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      const auto& graph = networks_.layered;
      const auto& node = graph.nodes()[static_cast<std::size_t>(layers_[layer])];
      out.push_back(
          {choice().alone[layer].sqnr_db(), static_cast<double>(cost_of(graph, node).macs)});
      all += out.back().macs;
    }
    for (auto& price : out) price.macs /= std::max(all, 1.0);
    return out;
  }

  /// All that computes, but for a layer.
  [[nodiscard]] std::set<std::string> all_but(std::size_t layer) const {
    std::set<std::string> out;
    for (std::size_t i = 0; i < layers_.size(); ++i)
      if (i != layer) out.insert(name(i));
    return out;
  }

  [[nodiscard]] Error unreachable(const Drop& drop) const {
    return fail(Code::unsupported,
                "with one layer in bytes and all others in floats, {:.3g} points are lost on {} "
                "pictures, {:.3g} are expected on others, and {:.3g} are allowed",
                drop.points(), drop.pictures(), drop.expected_points(), *options_.max_drop)
        .with_remedy(fmt::format("allow more with --max-drop, or give more pictures: one of these "
                                 "makes {:.2g} points",
                                 drop.grain()));
  }

  Calibration& calibration_;
  const Networks& networks_;
  const Pictures& pictures_;
  const QuantizeOptions& options_;
  std::size_t output_ = 0;
  std::vector<std::int32_t> layers_;  // and means: all that may lose much by itself
  std::size_t with_weights_ = 0;      // of them
};

}  // namespace

std::vector<std::int32_t> order_of(const std::vector<Price>& layers) {
  constexpr double kTurns = 0.01;
  std::vector<double> gain;  // less noise at the output for the cost in floats
  for (const auto& layer : layers)
    gain.push_back(std::pow(10, -layer.sqnr_db / 10) / (kTurns + layer.macs));
  std::vector<std::int32_t> out(layers.size());
  std::iota(out.begin(), out.end(), 0);
  std::ranges::stable_sort(out, std::greater(),
                           [&](std::int32_t i) { return gain[static_cast<std::size_t>(i)]; });
  return out;
}

Result<void> can_choose_floats(const Graph& floats, const Calibration& calibration) {
  SLIPWAY_TRY(class_output(floats));
  if (!calibration.held_out().empty()) return {};
  return fail(Code::invalid_input, "there is one picture, and half of them is held out")
      .with_remedy("give more of them: what is lost is counted on the half that is held out");
}

Result<Mixed> choose_floats(Calibration& calibration, const Networks& networks,
                            const Pictures& pictures, const QuantizeOptions& options) {
  return Search(calibration, networks, pictures, options).run();
}

}  // namespace slipway::compile
