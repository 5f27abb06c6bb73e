#pragma once
// Sums and other reductions over some dimensions. All share one struct; a row of the table in
// reduce.cc says what each computes.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = the elements of x along `axes`, taken together. No axes: x itself.
///
/// Shapes  x [...], axes i64[A] where only running tells them (then the field is empty)
///         ->  y [... without the axes, or with 1 in their place]
/// Types   floats and whole numbers, which wrap around at the ends of their type; f16 and bf16 are
///         computed in f32 and rounded once. ReduceMean, ReduceSum, ReduceProd: also quantized
///         integers, rescaled as quantized_arithmetic.md says; ReduceMax, ReduceMin: those as they
///         are; ReduceAny, ReduceAll: bool
/// Errors  invalid_input: an axis that x does not have; unsupported: other types
/// Cost    one operation per element of x
/// Source  ONNX ReduceMean-18 and its kin; TensorFlow Lite MEAN and its kin
template <class Kind>
struct Reduce {
  std::vector<std::int64_t> axes;
  bool keep_dims = false;

  static constexpr auto kName = Kind::kName;
  static constexpr auto kFields =
      std::tuple{Field{"axes", &Reduce::axes}, Field{"keep_dims", &Reduce::keep_dims}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Reduce&) const = default;
};

/// What a reduction does with quantized integers.
enum class OfScaled : std::uint8_t { refused, as_they_are, rescaled };

struct AllKind {
  static constexpr auto kName = "ReduceAll";
  static constexpr OfScaled kOfScaled = OfScaled::refused;
};

struct AnyKind {
  static constexpr auto kName = "ReduceAny";
  static constexpr OfScaled kOfScaled = OfScaled::refused;
};

/// The sum of the sizes of the elements.
struct L1Kind {
  static constexpr auto kName = "ReduceL1";
  static constexpr OfScaled kOfScaled = OfScaled::refused;
};

/// The root of the sum of the squares.
struct L2Kind {
  static constexpr auto kName = "ReduceL2";
  static constexpr OfScaled kOfScaled = OfScaled::refused;
};

struct LogSumKind {
  static constexpr auto kName = "ReduceLogSum";
  static constexpr OfScaled kOfScaled = OfScaled::refused;
};

/// log(the sum of e^x), such that e^x does not overflow
struct LogSumExpKind {
  static constexpr auto kName = "ReduceLogSumExp";
  static constexpr OfScaled kOfScaled = OfScaled::refused;
};

struct MaxKind {
  static constexpr auto kName = "ReduceMax";
  static constexpr OfScaled kOfScaled = OfScaled::as_they_are;
};

struct MeanKind {
  static constexpr auto kName = "ReduceMean";
  static constexpr OfScaled kOfScaled = OfScaled::rescaled;
};

struct MinKind {
  static constexpr auto kName = "ReduceMin";
  static constexpr OfScaled kOfScaled = OfScaled::as_they_are;
};

struct ProdKind {
  static constexpr auto kName = "ReduceProd";
  static constexpr OfScaled kOfScaled = OfScaled::rescaled;
};

struct SumKind {
  static constexpr auto kName = "ReduceSum";
  static constexpr OfScaled kOfScaled = OfScaled::rescaled;
};

struct SumSquareKind {
  static constexpr auto kName = "ReduceSumSquare";
  static constexpr OfScaled kOfScaled = OfScaled::refused;
};

using ReduceAll = Reduce<AllKind>;
using ReduceAny = Reduce<AnyKind>;
using ReduceL1 = Reduce<L1Kind>;
using ReduceL2 = Reduce<L2Kind>;
using ReduceLogSum = Reduce<LogSumKind>;
using ReduceLogSumExp = Reduce<LogSumExpKind>;
using ReduceMax = Reduce<MaxKind>;
using ReduceMean = Reduce<MeanKind>;
using ReduceMin = Reduce<MinKind>;
using ReduceProd = Reduce<ProdKind>;
using ReduceSum = Reduce<SumKind>;
using ReduceSumSquare = Reduce<SumSquareKind>;

}  // namespace slipway::ops
