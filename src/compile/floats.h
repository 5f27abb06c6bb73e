#pragma once
// In what numbers a network's floats are computed: whether bfloat16 or half floats may be taken.

#include <optional>

#include "base/json.h"
#include "device/cpu/lower.h"
#include "ir/graph.h"

namespace slipway::compile {

/// Floats of 16 bits are taken by themselves where no output changes by more than this part of its
/// range. Peers that take it without asking change the same networks by 0.4 to 1 per cent.
inline constexpr double kMostRounding = 1e-2;

/// Networks of fewer multiplications keep exact floats: they run for a millisecond, and rounding
/// changes the class of 6 in 1,000 pictures (ResNet-8 on CIFAR-10).
inline constexpr std::int64_t kWorthRounding = 100'000'000;

/// What was decided.
struct Floats {
  cpu::Precision precision = cpu::Precision::fp32;
  /// Of what `rounding` was measured.
  cpu::Precision tried = cpu::Precision::fp32;
  /// The largest difference that rounding makes, as a part of an output's range; nothing where it
  /// was not measured. It stands here too where it was the reason against rounding.
  std::optional<double> rounding = std::nullopt;
};

/// "precision", and "rounding" where it was measured.
void set_floats(Json& document, const Floats& floats);

/// The floats of 16 bits that this processor may multiply faster than others, with instructions up
/// to `isa`, if the network is large enough and does not say its own precision by being quantized;
/// else fp32.
[[nodiscard]] cpu::Precision to_try(const Graph& graph, kernels::Isa isa);

/// In what numbers the steps of a plan are.
[[nodiscard]] cpu::Precision precision_of(const cpu::BuiltPlan& plan);

/// What a plan that runs here computes.
[[nodiscard]] std::vector<Tensor> outputs_of(const Graph& graph, const cpu::BuiltPlan& plan,
                                             const std::vector<Tensor>& inputs);

/// How far the outputs of a network with some kernels lie from those in float32, as a part of the
/// range of each: the largest over some inputs, given or random. Outputs that are not floats are
/// the same (0) or not (1). Where an op picks some of its inputs (the best boxes, the largest
/// number), what it picks from is compared: that two are nearly equal does not make them wrong.
class RoundingMeter {
 public:
  /// Errors  as cpu::lower()
  static Result<RoundingMeter> make(const Graph& graph, kernels::Isa isa,
                                    const std::vector<Tensor>& inputs, std::uint64_t seed);

  /// Of a plan with these kernels, over all inputs.
  ///
  /// Errors  as cpu::lower()
  [[nodiscard]] Result<double> measure(const cpu::LowerOptions& rounded) const;

  /// The mean of the squares of the differences, on the first input, as parts of the squares of the
  /// outputs' ranges: it hardly depends on chance, as the largest difference does, and that of
  /// errors that are independent is the sum of theirs.
  ///
  /// Errors  as cpu::lower()
  [[nodiscard]] Result<double> mean_square(const cpu::LowerOptions& rounded) const;

 private:
  struct Example {
    std::vector<Tensor> inputs;
    std::vector<Tensor> outputs;  // in float32
  };

  RoundingMeter() = default;

  Graph graph_;
  std::vector<Example> examples_;  // one at least
};

}  // namespace slipway::compile
