#pragma once
// The seam between graphs and what runs them: a Device compiles a graph into a Program.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace slipway {

/// Where the times of a device's runs come from. Every output that shows a time names it.
enum class Timing : std::uint8_t {
  measured,  // by a clock, while the device worked
  modelled,  // computed by a model of hardware that is not here
};

/// A graph made ready for one device. State of its own, so it is not shared between threads; it
/// may be used after its Device is gone.
class Program {
 public:
  virtual ~Program() = default;

  /// The outputs for these inputs, both in the graph's order.
  ///
  /// Errors  invalid_input: inputs of another count, element type or shape; those of the device
  virtual Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) = 0;

  /// Seconds the last run would have taken on the modelled hardware; nothing where the device's
  /// times are measured.
  [[nodiscard]] virtual std::optional<double> modelled_seconds() const { return std::nullopt; }
};

/// One compute target. Everything the compiler and the farm need to know about it is here.
class Device {
 public:
  virtual ~Device() = default;

  /// Stable short name, as in "--device"; upper and lower case are the same there. No spaces.
  [[nodiscard]] virtual std::string name() const = 0;

  /// One line for people: what it is, and that it is simulated where it is.
  [[nodiscard]] virtual std::string description() const = 0;

  [[nodiscard]] virtual Timing timing() const { return Timing::measured; }

  /// Nothing if the device runs this node; otherwise the reason, in words for the user. `node` is
  /// one of `graph`.
  [[nodiscard]] virtual std::optional<std::string> refuses(const Graph& graph,
                                                           const Node& node) const = 0;

  /// Seconds for one run of `part`, estimated without running it.
  [[nodiscard]] virtual double estimate_seconds(const Graph& part) const = 0;

  /// Errors  unsupported: refuses() names a node of `part`
  virtual Result<std::unique_ptr<Program>> compile(const Graph& part) = 0;
};

}  // namespace slipway
