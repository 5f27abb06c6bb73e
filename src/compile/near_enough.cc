#include "compile/near_enough.h"

#include <algorithm>

#include "device/cpu/rounded.h"

namespace slipway::compile {
namespace {

/// A layer, and what its rounding alone moves.
struct Moving {
  cpu::RoundingLayer layer;
  double square = 0;
  bool rounds = true;

  /// How much it moves for the time that it saves.
  [[nodiscard]] double price() const { return square / std::max(layer.gain, 1e-12); }
};

double gain_of(const std::vector<Moving>& layers) {
  double sum = 0;
  for (const auto& one : layers) sum += one.rounds ? one.layer.gain : 0;
  return sum;
}

/// The layers of a network that round, and whether those that do at the moment are near enough.
class Search {
 public:
  Search(const RoundingMeter& meter, const cpu::LowerOptions& options, double most)
      : meter_(meter), options_(options), most_(most) {}

  /// Finds them, by what they move for the time they save: the most first.
  Result<void> find(const Graph& graph, const cpu::ExactWays& exact, const LayersDone& done) {
    const auto plan = SLIPWAY_TRY(cpu::lower(graph, options_));
    for (auto& layer : cpu::rounding_layers(graph, plan, options_.choices, exact))
      layers_.push_back({std::move(layer), 0, false});
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (done) done(i, layers_.size());
      layers_[i].rounds = true;
      layers_[i].square = SLIPWAY_TRY(meter_.mean_square(now()));
      layers_[i].rounds = false;
    }
    for (auto& one : layers_) one.rounds = true;
    all_ = gain_of(layers_);
    std::ranges::stable_sort(layers_, std::ranges::greater(), &Moving::price);
    return {};
  }

  /// Takes layers to floats until outputs are near enough, or no layer is left: as many at once as
  /// it takes by the sum of squares.
  Result<void> leave() {
    double moves = SLIPWAY_TRY(meter_.measure(now()));
    double left = 0;
    for (const auto& one : layers_) left += one.square;
    for (auto next = layers_.begin(); next != layers_.end() && moves > most_;) {
      const double scale = moves * moves / std::max(left, 1e-30);
      do {
        next->rounds = false;
        left -= next->square;
        ++next;
      } while (next != layers_.end() && scale * left > most_ * most_);
      moves = SLIPWAY_TRY(meter_.measure(now()));
    }
    return {};
  }

  /// Has those come back with which outputs stay near enough, the cheapest first.
  Result<void> come_back() {
    for (auto one = layers_.rbegin(); one != layers_.rend(); ++one) {
      if (one->rounds) continue;
      one->rounds = true;
      one->rounds = SLIPWAY_TRY(meter_.measure(now())) <= most_;
    }
    return {};
  }

  [[nodiscard]] bool is_worth_it() const { return gain_of(layers_) > kWorthMixing * all_; }

  [[nodiscard]] cpu::Choices choices() const { return now().choices; }

 private:
  [[nodiscard]] cpu::LowerOptions now() const {
    auto out = options_;
    for (const auto& one : layers_)
      if (!one.rounds) out.choices.insert_or_assign(one.layer.layer, one.layer.exact);
    return out;
  }

  const RoundingMeter& meter_;
  const cpu::LowerOptions& options_;
  const double most_;
  std::vector<Moving> layers_;
  double all_ = 0;  // what they save together
};

}  // namespace

Result<std::optional<cpu::Choices>> near_enough(const Graph& graph, const RoundingMeter& meter,
                                                const cpu::LowerOptions& options,
                                                const cpu::ExactWays& exact, double most,
                                                const LayersDone& done) {
  Search search(meter, options, most);
  SLIPWAY_TRY(search.find(graph, exact, done));
  SLIPWAY_TRY(search.leave());
  SLIPWAY_TRY(search.come_back());
  return search.is_worth_it() ? std::optional(search.choices()) : std::nullopt;
}

}  // namespace slipway::compile
