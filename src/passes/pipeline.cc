#include "passes/pipeline.h"

#include <algorithm>

#include "base/suggest.h"
#include "ir/verify.h"

namespace slipway::passes {

std::span<const PassRow> pipeline() {
  // clang-format off
  static constexpr PassRow kRows[] = {  // one to a line
      {"fold_constants", fold_constants},
      {"drop_dead", drop_dead},
      {"split_fake_quantize", split_fake_quantize},
      {"move_shuffles", move_shuffles},
      {"sink_transposes", sink_transposes},
      {"drop_dead", drop_dead},  // reshapes that transpositions became
      {"dense_layers", dense_layers},
      {"fold_batch_norm", fold_batch_norm},
      {"fold_dilations", fold_dilations},
      {"fold_pads", fold_pads},
      {"match_activations", match_activations},
      {"fuse_activations", fuse_activations},
      {"hoist_uniform", hoist_uniform},
      {"move_bytes", move_bytes},
      {"cancel_pairs", cancel_pairs},
      {"tabulate", tabulate},
      {"raise_lookups", raise_lookups},
      {"unsigned_activations", unsigned_activations},  // sums of floats do not move once quantized
      {"quantize_pairs", quantize_pairs},
      {"unsigned_activations", unsigned_activations},
      {"expand_normalizations", expand_normalizations},
      {"fold_weights", fold_weights},
      {"join_pointwise", join_pointwise},  // of weights that are floats by now
  };
  // clang-format on
  return kRows;
}

Result<void> run_pipeline(Graph& graph, const RunOptions& options) {
  std::vector<std::string> names;
  for (const auto& row : pipeline()) names.emplace_back(row.name);
  for (const auto& name : options.without) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const auto nearest = suggest(name, names);
    return fail(Code::invalid_input, "there is no pass '{}'{}", name,
                nearest.empty() ? std::string() : fmt::format("; the nearest is '{}'", nearest));
  }
  const auto now = [&] { return options.clock == nullptr ? Clock::Time() : options.clock->now(); };
  for (const auto& row : pipeline()) {
    if (options.without.contains(std::string(row.name))) continue;
    const auto start = now();
    PassRun run{.name = row.name};
    run.changed = SLIPWAY_TRY(row.run(graph).during("pass {}", row.name));
    run.ms = milliseconds(start, now());
    SLIPWAY_TRY(verify(graph).during("after pass {}", row.name));
    if (options.observe) options.observe(run, graph);
  }
  return {};
}

}  // namespace slipway::passes
