#pragma once
// What NVIDIA's own program says about its GPUs.

#include <memory>

#include "measure/telemetry/source.h"

namespace slipway::measure {

/// For each GPU n: gpu<n>_load in %, gpu<n>_frequency in MHz, gpu<n>_temperature in °C,
/// gpu<n>_memory_used in MiB, gpu<n>_power in W. Asked once a second: the program runs for a while.
///
/// Source  nvidia-smi --help-query-gpu
[[nodiscard]] std::unique_ptr<Source> make_nvidia_smi(const Doors& doors);

}  // namespace slipway::measure
