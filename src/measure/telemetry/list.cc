#include "measure/telemetry/list.h"

#include <algorithm>

#include "measure/telemetry/none.h"
#include "measure/telemetry/nvidia_smi.h"
#include "measure/telemetry/procfs.h"

namespace slipway::measure {

/// A new source is one line here.
std::span<const SourceEntry> all_sources() {
  static constexpr SourceEntry kSources[] = {
      {"none", make_none},
      {"nvidia-smi", make_nvidia_smi},
      {"procfs", make_procfs},
  };
  return kSources;
}

Result<std::vector<std::unique_ptr<Source>>> make_sources(const Doors& doors,
                                                          std::span<const std::string> names) {
  std::vector<std::unique_ptr<Source>> out;
  std::string known;
  for (const auto& entry : all_sources()) {
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
    if (names.empty() || std::ranges::find(names, entry.name) != names.end())
      out.push_back(entry.make(doors));
  }
  for (const auto& name : names)
    if (std::ranges::find(all_sources(), name, &SourceEntry::name) == all_sources().end())
      return fail(Code::not_found, "there is no telemetry source '{}'", name).with_remedy(known);
  return out;
}

}  // namespace slipway::measure
