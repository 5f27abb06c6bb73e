#pragma once
// Graphs of floats or bytes on kernels, and pictures shown to them.

#include "compile/probe.h"
#include "compile/quantizer.h"

namespace slipway::compile {

/// Values on kernels, as a quantizer asks for them.
///
/// Errors  as cpu::lower()
Result<Probe> watch(const Graph& graph, std::vector<ValueId> values,
                    const QuantizeOptions& options);

/// What a Softmax at the end is given: there an error is not hidden by a class that is certain.
[[nodiscard]] ValueId before_softmax(const Graph& graph, ValueId output);

/// What was found, and the pictures from which more is found.
class Calibration {
 public:
  using Visit = std::function<Result<void>(std::size_t, const std::vector<Tensor>&)>;

  /// With a greatest drop every second picture is held out; both must outlive it.
  Calibration(const Pictures& pictures, const QuantizeOptions& options);

  /// The pictures that say ranges and errors, and those that say what is lost.
  [[nodiscard]] const std::vector<std::size_t>& shown() const { return shown_; }

  [[nodiscard]] const std::vector<std::size_t>& held_out() const { return held_out_; }

  [[nodiscard]] const std::vector<std::size_t>& all() const { return all_; }

  /// In the phase `phase`, shows each usable one of the first `most` of `numbers` to `visit`.
  ///
  /// Errors  of `visit` and of saving; invalid_input: none can be used
  Result<void> look(quant::Phase phase, std::string_view what,
                    const std::vector<std::size_t>& numbers, std::size_t most, const Visit& visit);

  /// Inside a phase: calls `visit` for each of `total` turns, from where a run before this one was
  /// ended, with the picture `number(turn)`. Turns whose picture cannot be used are left out.
  Result<void> each(std::string_view what, std::size_t total,
                    const std::function<std::size_t(std::size_t)>& number, const Visit& visit);

  /// The inputs for one picture, or nothing where it cannot be used.
  Result<std::optional<std::vector<Tensor>>> picture(std::size_t number);

  /// Begins a phase, unless it is over.
  bool enter(quant::Phase phase);

  void leave(quant::Phase phase);

  quant::State& state() { return state_; }

 private:
  Result<void> lose(std::size_t number, const Error& error);

  const Pictures& pictures_;
  const QuantizeOptions& options_;
  std::vector<std::size_t> shown_;
  std::vector<std::size_t> held_out_;
  std::vector<std::size_t> all_;
  quant::State state_;
  std::optional<Error> first_error_;
};

}  // namespace slipway::compile
