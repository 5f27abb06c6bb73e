#pragma once
// What a calibration has found so far, for one that goes on where another was ended.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quant/correct.h"
#include "quant/histogram.h"
#include "quant/quality.h"

namespace slipway::quant {

/// What pictures are looked at for, in this order.
enum class Phase : std::uint8_t { maxima, ranges, errors, quality, done };

struct State {
  std::string key;       // of the model, the pictures and what ranges depend on
  std::string settings;  // on which the rest depends
  Phase phase = Phase::maxima;
  std::size_t next = 0;                     // the picture that comes next in that phase
  std::map<std::size_t, std::string> lost;  // pictures that cannot be used, and why
  std::vector<std::vector<float>> maxima;   // of the channels of each cut value
  std::vector<Histogram> seen;              // of each value
  std::vector<LayerErrors> errors;          // of each layer
  std::vector<Quality> quality;             // of each output

  bool operator==(const State&) const = default;
};

/// Numbers are written such that they read back the same.
[[nodiscard]] std::string to_text(const State& state);

/// Errors  corrupt: not what to_text() wrote
Result<State> parse_state(std::string_view text);

}  // namespace slipway::quant
