#pragma once
// The flags that decide what a model becomes on a processor: instruction set, precision, and how
// kernels are chosen.

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/tuning_flags.h"
#include "cli/world.h"
#include "compile/compiler.h"

namespace slipway::cli {

/// The words that --isa takes.
[[nodiscard]] std::vector<std::string> isa_names();

/// The newest instruction set of this processor, or the one that SLIPWAY_ISA says.
///
/// Errors  of usage: no such word; unsupported: this processor lacks it
Result<kernels::Isa> isa_here(World& world);

class CompileFlags {
 public:
  void describe(Options& options);

  /// The same without --host-arch, for what runs here and now.
  void describe_for_here(Options& options);

  /// Whether a flag was given.
  [[nodiscard]] bool asks() const {
    return arch_ || isa_ || precision_ || !tuning_.words().empty();
  }

  /// Sets processor, instruction set, precision and how kernels are chosen, for options that say
  /// already whether it is for several instruction sets.
  ///
  /// Errors  of usage: a word in SLIPWAY_ISA that is none; unsupported: an instruction set that the
  ///         processor lacks
  Result<void> apply(World& world, compile::CompileOptions& options) const;

  /// What was said, for a deployment's provenance.
  [[nodiscard]] std::vector<std::string> words(const World& world) const;

 private:
  Result<kernels::Isa> choose_isa(World& world, engine::Processor processor, bool portable) const;

  std::optional<std::string> arch_;
  std::optional<std::string> isa_;
  std::optional<std::string> precision_;
  TuningFlags tuning_;
};

/// What was decided about floats, for people; nothing where there is nothing to say.
[[nodiscard]] std::string words_of(const compile::Floats& floats);

/// Gives inputs that leave only their batch open one of `batch`.
///
/// Errors  invalid_input: another dimension is open; what set_input_shapes says
Result<void> close_batches(Graph& graph, std::int64_t batch = 1);

}  // namespace slipway::cli
