#pragma once
// What a calibration has found so far, for one that goes on where another was ended.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quant/correct.h"
#include "quant/drop.h"
#include "quant/histogram.h"
#include "quant/quality.h"
#include "quant/weights.h"

namespace slipway::quant {

/// What pictures are looked at for, in this order.
enum class Phase : std::uint8_t {
  maxima,
  ranges,
  draft,
  methods,
  errors,
  rounding,
  rounded,
  choice,
  quality,
  done
};

/// What was found in search of the layers that stay in floats.
struct Choice {
  std::map<std::int32_t, Drop> drops;  // by how many of `order` are in floats; whole ones
  std::vector<Quality> alone;          // of the outputs, where only that layer is in bytes
  std::vector<std::int32_t> order;  // layers by their place in `alone`, those that lose most first

  bool operator==(const Choice&) const = default;
};

struct State {
  std::string key;       // of the model, the pictures and what ranges depend on
  std::string settings;  // on which the rest depends
  Phase phase = Phase::maxima;
  std::size_t next = 0;                     // the picture that comes next in that phase
  std::map<std::size_t, std::string> lost;  // pictures that cannot be used, and why
  std::vector<std::vector<float>> maxima;   // of the channels of each cut value
  std::vector<Histogram> seen;              // of each value
  std::vector<LayerErrors> draft;           // as `errors`, with ranges of all that was seen
  std::vector<Quality> tried;               // of each way to choose ranges, of each output
  std::vector<LayerErrors> errors;          // of each layer, its weights rounded to the nearest
  std::vector<Flips> flips;                 // of each layer, where rounding is learned
  std::vector<LayerErrors> rounded;         // of each layer with these
  Choice choice;
  std::vector<Quality> quality;  // of each output

  bool operator==(const State&) const = default;
};

/// Numbers are written such that they read back the same.
[[nodiscard]] std::string to_text(const State& state);

/// Errors  corrupt: not what to_text() wrote
Result<State> parse_state(std::string_view text);

}  // namespace slipway::quant
