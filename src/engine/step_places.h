#pragma once
// Where the structure of each kind of step has its places, for the check of a plan that comes from
// a file.

#include <cstdint>

#include "engine/plan.h"

namespace slipway::engine {

struct StepPlaces {
  int count = 0;
  std::uint16_t offsets[8] = {};
};

/// The places of a kind of step; none for a kind that has no row here.
[[nodiscard]] StepPlaces places_of(StepKind kind);

}  // namespace slipway::engine
