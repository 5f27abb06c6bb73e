#pragma once
// Moving elements to mean 0 and variance 1, and then to a learnt scale and bias.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y[..., c] = (x[..., c] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c]
///
/// Shapes  x [..., C], scale [C], bias [C], mean [C], variance [C]  ->  y [..., C]
/// Types   f32, f16, bf16, f64, each input its own; y has the type of x
/// Errors  invalid_input: sizes that differ; unsupported: other types
/// Cost    two operations per element
/// Source  Ioffe, Szegedy 2015; ONNX BatchNormalization-15, inference
struct BatchNormalization {
  float epsilon = 1e-5F;

  static constexpr auto kName = "BatchNormalization";
  static constexpr auto kFields = std::tuple{Field{"epsilon", &BatchNormalization::epsilon}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const BatchNormalization&) const = default;
};

/// y[n, ..., c] = (x[n, ..., c] - mean) / sqrt(variance + epsilon) * scale[c] + bias[c], mean and
/// variance over the elements of picture n in c's group of C / groups channels. As many groups as
/// channels: instance normalization; that is what 0 groups mean.
///
/// Shapes  x [N, ..., C], scale [C], bias [C]  ->  y [N, ..., C]
/// Types   f32, f16, bf16, f64, each input its own; y has the type of x
/// Errors  invalid_input: fewer than two dimensions, sizes that differ, groups that do not divide
///         C; unsupported: other types
/// Cost    six operations per element
/// Source  Wu, He 2018; ONNX GroupNormalization-21, InstanceNormalization-6
struct GroupNormalization {
  std::int64_t groups = 0;
  float epsilon = 1e-5F;

  static constexpr auto kName = "GroupNormalization";
  static constexpr auto kFields = std::tuple{Field{"groups", &GroupNormalization::groups},
                                             Field{"epsilon", &GroupNormalization::epsilon}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const GroupNormalization&) const = default;
};

/// y = (x - mean) / sqrt(variance + epsilon) * scale + bias, mean and variance over the dimensions
/// from `axis` on. Not `centred`: without a mean, divided by sqrt(mean of x^2 + epsilon).
/// With `statistics`, mean and 1 / sqrt(variance + epsilon) are outputs, too.
///
/// Shapes  x [...], scale and bias [broadcast to x], bias optional
///         ->  y [...], mean and inverse [... with 1 from axis on]
/// Types   f32, f16, bf16, f64, each input its own; y has the type of x, the statistics are f32
/// Errors  invalid_input: an axis that x does not have, a scale or bias that does not broadcast to
///         x; unsupported: other types
/// Cost    six operations per element
/// Source  Ba et al. 2016; ONNX LayerNormalization-17, RMSNormalization-23
struct LayerNormalization {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
  bool centred = true;
  bool statistics = false;

  static constexpr auto kName = "LayerNormalization";
  static constexpr auto kFields = std::tuple{Field{"axis", &LayerNormalization::axis},
                                             Field{"epsilon", &LayerNormalization::epsilon},
                                             Field{"centred", &LayerNormalization::centred},
                                             Field{"statistics", &LayerNormalization::statistics}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const LayerNormalization&) const = default;
};

}  // namespace slipway::ops
