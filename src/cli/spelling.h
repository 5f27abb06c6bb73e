#pragma once
// What people type and scripts export for other benchmarks, in our words.

#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/world.h"

namespace slipway::cli {

struct Spelled {
  std::vector<std::string> words;         // ours: flags, and the model
  std::vector<std::string> no_effect;     // accepted, but nothing here answers to it
  std::vector<std::string> from_outside;  // "BATCH_SIZE=4": what a variable said
};

/// The words of a command line of run_model.sh or benchmark_app as words of `bench`: flags are
/// renamed ("--arch M", "-niter 100"), hints become streams and threads, and variables
/// (MODEL_NAME, BATCH_SIZE, ...) fill in what no flag says. Words that are ours already stay as
/// they are; what is neither stays, too, for the parser to complain about. `options` are ours: what
/// translates into a flag that is not among them has no effect. `cores`: that may be used.
///
/// Errors  invalid_input: a flag of theirs without its value, or with one that it does not take
[[nodiscard]] Result<Spelled> spelled(const World& world, const std::vector<std::string>& words,
                                      std::span<const Option> options, int cores);

/// What was wrong with a flag, where a variable said it and no word did: "the variable STREAMS says
/// 'x': --streams takes …"; else `message` as it is.
[[nodiscard]] std::string blame_variable(const World& world, const std::vector<std::string>& words,
                                         const std::string& message);

/// The same for a command, which says later what it did.
class Spelling {
 public:
  /// Errors  of usage
  Result<std::vector<std::string>> translate(World& world, const Options& options,
                                             const std::vector<std::string>& words);

  /// One note on what came from variables, and one on what has no effect.
  void note(World& world) const;

 private:
  Spelled spelled_;
};

}  // namespace slipway::cli
