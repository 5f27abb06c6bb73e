#include "measure/pin.h"

#include <cstddef>

#include "engine/pool.h"

namespace slipway::measure {

Pinned::Pinned(std::span<const int> cpus) {
  if (cpus.empty() || ::sched_getaffinity(0, sizeof before_, &before_) != 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<unsigned>(cpu), &set);
  is_kept_ = ::sched_setaffinity(0, sizeof set, &set) == 0;
}

Pinned::~Pinned() {
  if (is_kept_) ::sched_setaffinity(0, sizeof before_, &before_);
}

Cpus usable_cpus() {
  Cpus out(CPU_SETSIZE);
  out.resize(static_cast<std::size_t>(engine::usable_processors(out.data())));
  return out;
}

std::vector<Cpus> shared_out(std::span<const int> usable, int streams, int threads) {
  const auto each = static_cast<std::size_t>(threads);
  std::vector<Cpus> out;
  if (static_cast<std::size_t>(streams) * each > usable.size()) return out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(streams); ++i) {
    const auto own = usable.subspan(i * each, each);
    out.emplace_back(own.begin(), own.end());
  }
  return out;
}

}  // namespace slipway::measure
