#pragma once
// What rounding does to each layer by itself, and the bias that takes its mean away.

#include <map>
#include <span>
#include <vector>

#include "base/json.h"
#include "quant/insert.h"

namespace slipway::quant {

/// A graph that computes each layer twice from what the network of floats gives it: in floats, and
/// with its input, weights and bias rounded. Activations are left out. Outputs are pairs, floats
/// first, in the order of `layers`.
struct ErrorGraph {
  Graph graph;
  std::vector<std::int32_t> layers;
};

/// Errors  those of Graph::add
Result<ErrorGraph> error_graph(const Graph& graph, const Points& points, const Scheme& scheme);

/// The differences of one layer on many pictures.
class LayerErrors {
 public:
  /// The last dimension is that of the outputs. Needs equal shapes.
  void add(const Tensor& should, const Tensor& is);

  /// The mean difference of each output.
  [[nodiscard]] std::vector<float> means() const;

  /// In dB, of what a bias cannot take away, or of all of it.
  [[nodiscard]] double sqnr_db(bool corrected) const;

  [[nodiscard]] Json to_json() const;

  /// Errors  corrupt: not what to_json() wrote
  static Result<LayerErrors> from_json(const Json& json);

  bool operator==(const LayerErrors&) const = default;

 private:
  std::vector<double> sums_;  // of differences, per output
  std::vector<double> squares_;
  double signal_ = 0;
  std::int64_t count_ = 0;  // of numbers per output
};

/// The bias, made where there is none, less the mean differences.
[[nodiscard]] Tensor corrected_bias(const Tensor* bias, const LayerErrors& errors);

}  // namespace slipway::quant
