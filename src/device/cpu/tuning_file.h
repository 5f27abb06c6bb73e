#pragma once
// What was measured on a machine, as a file: {"format": "slipway tuning", "version": 1, "machine":
// "…", "layers": {"conv f32 …": {"choice": "avx512", "us": {"avx512": 12.5, "avx2": 20.1}}}}, and
// of layers whose choice rounds "exact": what they would take otherwise

#include "base/file.h"
#include "device/cpu/tune.h"

namespace slipway::cpu {

struct Tuning {
  std::string machine;
  std::vector<LayerTimes> layers;

  /// The best candidate of each layer.
  [[nodiscard]] Choices choices() const { return with_best({}, layers); }

  /// The same, with the ways that round nothing.
  [[nodiscard]] Chosen chosen() const { return chosen_of(layers); }

  /// Adds layers, in place of those of the same name.
  void add(std::span<const LayerTimes> measured);
};

/// The processor that measures here: its maker, family, model and stepping, its instruction sets
/// and the version of our kernels. Choices are worth something only where it is the same.
[[nodiscard]] std::string this_machine(const Files& files);

[[nodiscard]] std::string text_of(const Tuning& tuning);

/// Errors  corrupt: not such a file, or of a newer version
Result<Tuning> parse_tuning(std::string_view text);

/// Where choices for a machine are kept between runs: below $XDG_CACHE_HOME, or ~/.cache.
[[nodiscard]] std::string cache_path(std::string_view cache_home, std::string_view machine);

}  // namespace slipway::cpu
