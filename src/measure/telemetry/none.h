#pragma once
// The source without sensors: what sampling itself costs.

#include <memory>

#include "measure/telemetry/source.h"

namespace slipway::measure {

[[nodiscard]] std::unique_ptr<Source> make_none(const Doors& doors);

}  // namespace slipway::measure
