#pragma once
// From a network of floats and pictures to one of bytes.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "kernels/isa.h"
#include "quant/drop.h"
#include "quant/equalize.h"
#include "quant/range.h"
#include "quant/state.h"

namespace slipway::compile {

struct QuantizeOptions {
  quant::RangeOptions range = {};
  bool choose_method = false;  // of ranges: that with the least error at the outputs
  bool per_tensor = false;     // one scale for all weights of a layer
  bool equalize = true;
  bool correct_bias = true;
  bool learn_rounding = false;            // weights go up or down as the outputs want it
  std::set<std::string> keep_float = {};  // names of layers

  /// The most percentage points of top-1 that may be lost. Every second picture is then held out,
  /// and layers stay in floats until no more is lost on those.
  std::optional<double> max_drop = {};

  kernels::Isa isa = kernels::Isa::portable;
  int threads = 1;

  /// Told before each picture: what it is looked at for, and how many there are.
  std::function<void(std::string_view what, std::size_t done, std::size_t total)> progress = {};

  /// Told after each picture what was found so far.
  std::function<Result<void>(const quant::State&)> save = {};

  /// What another run found; its key is not looked at.
  std::optional<quant::State> resume = {};
};

/// The pictures that a network is calibrated with.
struct Pictures {
  std::size_t count = 0;

  /// The inputs of the network for one of them; called several times for each. One that fails the
  /// first time is left out.
  std::function<Result<std::vector<Tensor>>(std::size_t)> read = {};

  /// The class of one of them where somebody knows it; empty: nobody does.
  std::function<std::optional<std::int64_t>(std::size_t)> truth = {};

  /// Told of pictures that are left out.
  std::function<void(std::size_t, const Error&)> lost = [](std::size_t, const Error&) {};
};

/// A layer, sum or function that computes with bytes.
struct QuantizedLayer {
  std::string name;
  std::string op;
  bool gives_floats = false;  // there is no range then
  float low = 0;
  float high = 0;
  double saturated = 0;                          // the part of all numbers
  std::optional<double> sqnr_db = std::nullopt;  // of what a layer with weights computes by itself
  std::optional<double> nearest_db = std::nullopt;  // the same before its rounding was learned
};

/// A way to make ranges that was tried: the SQNR of the outputs in dB, the mean where there are
/// several.
struct TriedRange {
  quant::RangeOptions range;
  double sqnr_db = 0;
};

struct InFloat {
  std::string name;
  std::string op;
  std::string reason;
};

struct OutputQuality {
  std::string name;
  quant::Quality quality;
};

struct Quantized {
  Graph graph;
  std::vector<QuantizedLayer> layers;
  std::vector<InFloat> in_float;
  quant::Equalized equalized;
  std::optional<quant::Drop> drop;     // with a greatest one: what is lost on pictures held out
  double macs_in_float = 0;            // the part of the multiplications of layers in floats
  quant::RangeOptions range;           // as it was given, or chosen
  std::vector<TriedRange> tried;       // where it was chosen
  std::vector<OutputQuality> outputs;  // those that are floats
  std::size_t pictures = 0;            // that were used
  std::map<std::size_t, std::string> lost;
  quant::State state;  // all that was found
};

/// Calibrates with kernels of this processor, in float32, one picture at a time: what it keeps does
/// not grow with their number. The same pictures give the same bytes, also in several runs of which
/// each goes on where the one before ended.
///
/// Errors  invalid_input: no picture can be used (the first one's error), a network that is
///         quantized already, a layer that is not there; unsupported: no layer that can be
///         quantized, a greatest drop that cannot be kept, and what cpu::lower() says; those of
///         `save`
Result<Quantized> quantize(const Graph& graph, const Pictures& pictures,
                           const QuantizeOptions& options);

}  // namespace slipway::compile
