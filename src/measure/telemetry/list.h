#pragma once
// The sources that there are.

#include <memory>
#include <span>
#include <string_view>

#include "measure/telemetry/source.h"

namespace slipway::measure {

struct SourceEntry {
  std::string_view name;
  std::unique_ptr<Source> (*make)(const Doors& doors);
};

[[nodiscard]] std::span<const SourceEntry> all_sources();

/// Those of these names; all where none is given.
///
/// Errors  not_found: no source of that name
Result<std::vector<std::unique_ptr<Source>>> make_sources(const Doors& doors,
                                                          std::span<const std::string> names);

}  // namespace slipway::measure
