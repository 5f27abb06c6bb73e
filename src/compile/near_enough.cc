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

/// The layers of a network that could round, and those that do at the moment.
class Search {
 public:
  Search(const RoundingMeter& meter, const cpu::LowerOptions& options, double most,
         const LayersDone& done)
      : meter_(meter), options_(options), most_(most), done_(done) {}

  /// Finds them, by what they move for the time they save: the most first.
  Result<void> find(const Graph& graph, const cpu::ExactWays& exact) {
    const auto plan = SLIPWAY_TRY(cpu::lower(graph, options_));
    for (auto& layer : cpu::rounding_layers(graph, plan, options_.choices, exact))
      layers_.push_back({std::move(layer), 0, false});
    for (auto& one : layers_) {
      one.rounds = true;
      one.square = SLIPWAY_TRY(meter_.mean_square(options_now()));
      one.rounds = false;
      tell();
    }
    for (auto& one : layers_) one.rounds = true;
    all_ = gain_of(layers_);
    std::ranges::stable_sort(layers_, std::ranges::greater(), &Moving::price);
    return {};
  }

  /// Takes layers to floats until outputs, which `moves` now, are near enough, or no layer is left:
  /// as many at once as it takes by the sum of squares.
  Result<void> take_to_floats(double moves) {
    double left = 0;
    for (const auto& one : layers_) left += one.square;
    moves_ = moves;
    for (auto next = layers_.begin(); next != layers_.end() && moves_ > most_;) {
      const double scale = moves_ * moves_ / std::max(left, 1e-30);
      do {
        next->rounds = false;
        left -= next->square;
        ++next;
      } while (next != layers_.end() && scale * left > most_ * most_);
      moves_ = SLIPWAY_TRY(meter_.measure(options_now()));
    }
    return {};
  }

  /// Has those round again with which outputs stay near enough, the cheapest first.
  Result<void> bring_back() {
    if (moves_ > most_) return {};  // without any of them, too
    for (auto one = layers_.rbegin(); one != layers_.rend(); ++one) {
      tell();
      if (one->rounds) continue;
      one->rounds = true;
      const double moves = SLIPWAY_TRY(meter_.measure(options_now()));
      one->rounds = moves <= most_;
      if (one->rounds) moves_ = moves;
    }
    return {};
  }

  [[nodiscard]] std::optional<NearEnough> found() const {
    const double kept = all_ > 0 ? gain_of(layers_) / all_ : 0;
    if (moves_ > most_ || kept <= kWorthMixing) return std::nullopt;
    return NearEnough{options_now().choices, kept, moves_};
  }

 private:
  [[nodiscard]] cpu::LowerOptions options_now() const {
    auto out = options_;
    for (const auto& one : layers_)
      if (!one.rounds) out.choices.insert_or_assign(one.layer.layer, one.layer.exact);
    return out;
  }

  /// Each layer is looked at twice.
  void tell() {
    if (done_) done_(++looked_at_, 2 * layers_.size());
  }

  const RoundingMeter& meter_;
  const cpu::LowerOptions& options_;
  const double most_;
  const LayersDone& done_;
  std::vector<Moving> layers_;
  std::size_t looked_at_ = 0;
  double all_ = 0;    // what they save together
  double moves_ = 0;  // those that round at the moment
};

}  // namespace

Result<std::optional<NearEnough>> near_enough(const Graph& graph, const RoundingMeter& meter,
                                              const cpu::LowerOptions& options, double moves,
                                              const cpu::ExactWays& exact, double most,
                                              const LayersDone& done) {
  Search search(meter, options, most, done);
  SLIPWAY_TRY(search.find(graph, exact));
  SLIPWAY_TRY(search.take_to_floats(moves));
  SLIPWAY_TRY(search.bring_back());
  return search.found();
}

}  // namespace slipway::compile
