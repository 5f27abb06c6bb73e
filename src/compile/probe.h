#pragma once
// Values inside of a network, for many inputs: with kernels where they compute it.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "kernels/isa.h"

namespace slipway::compile {

class Probe {
 public:
  struct Options {
    kernels::Isa isa = kernels::Isa::portable;
    int threads = 1;         // 0: one per core
    bool interpret = false;  // by the definition of each operator, which is slow
    bool kernels_only = false;
  };

  /// `graph` went through the passes. Floats are computed in float32. What no kernel computes is
  /// interpreted, all of it, unless there are to be kernels only.
  ///
  /// Errors  internal: our own mistake; unsupported: no kernels where there are to be some
  static Result<Probe> make(const Graph& graph, std::vector<ValueId> values,
                            const Options& options);

  Probe(Probe&&) noexcept;
  Probe& operator=(Probe&&) noexcept;
  ~Probe();

  /// The values, in the order in which they were asked for.
  ///
  /// Errors  invalid_input: inputs of another count, element type or shape; those of the
  ///         interpreter
  Result<std::vector<Tensor>> run(const std::vector<Tensor>& inputs);

  /// Why it is interpreted; nothing where kernels compute.
  [[nodiscard]] const std::optional<std::string>& why_slow() const { return why_slow_; }

 private:
  struct Kernels;

  Probe();

  Graph graph_;
  std::unique_ptr<Kernels> kernels_;
  std::vector<std::ptrdiff_t> place_;  // of each value: an output, or an input as -1 - i
  std::optional<std::string> why_slow_;
};

}  // namespace slipway::compile
