#pragma once
// What Linux says about processors, memory and energy below /proc and /sys, to any user.

#include <memory>

#include "measure/telemetry/source.h"

namespace slipway::measure {

/// cpu_load and cpu_steal in %, cpu_frequency in MHz (mean of all processors), cpu_temperature in
/// °C (the hottest sensor), memory_used in MiB (what is not available), context_switches in 1/s,
/// cpu_power in W (all packages that have a meter).
///
/// Source  proc(5); Documentation/power/powercap, Documentation/hwmon of Linux
[[nodiscard]] std::unique_ptr<Source> make_procfs(const Doors& doors);

}  // namespace slipway::measure
