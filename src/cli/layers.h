#pragma once
// What a model is made of, counted: the numbers behind `inspect`.

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "ir/graph.h"

namespace slipway::cli {

/// One operation of a network.
struct Layer {
  ValueId node;  // its first output
  std::string name;
  std::string op;
  TensorType output;
  Cost cost;
  std::int64_t parameters = 0;  // elements of its weights and biases
  std::int64_t parameter_bytes = 0;
  std::int64_t bytes = 0;  // that one run reads and writes: inputs, parameters, outputs
};

struct Totals {
  std::int64_t layers = 0;
  Cost cost;
  std::int64_t parameters = 0;  // shared ones count once
  std::int64_t parameter_bytes = 0;
  std::int64_t bytes = 0;
  std::int64_t peak_bytes = 0;  // the most that activations take at one time, in the graph's order
};

/// Every node but inputs and constants, in the order in which they run. Sizes that only the data
/// tells count as 0.
[[nodiscard]] std::vector<Layer> layers_of(const Graph& graph);
[[nodiscard]] Totals totals_of(const Graph& graph, const std::vector<Layer>& layers);

[[nodiscard]] Json to_json(const Totals& totals);

/// Arithmetic operations (a multiply-accumulate is two) per byte read or written; 0 without bytes.
[[nodiscard]] double intensity(const Cost& cost, std::int64_t bytes);

}  // namespace slipway::cli
