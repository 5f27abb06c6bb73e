#pragma once
// Sums and other reductions over some dimensions. All share one struct; a row of the table in
// reduce.cc says what each computes.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = the elements of x along `axes`, taken together. No axes: x itself.
///
/// Shapes  x [...]  ->  y [... without the axes, or with 1 in their place]
/// Types   ReduceMean, ReduceSum, ReduceProd: f32, i32, i64 and quantized integers, rescaled as
///         quantized_arithmetic.md says; ReduceMax, ReduceMin: also u8, i8, i16 as they are;
///         ReduceAny, ReduceAll: bool. Whole numbers wrap around at the ends of their type
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

struct AllKind {
  static constexpr auto kName = "ReduceAll";
  static constexpr bool kRescales = false;
};

struct AnyKind {
  static constexpr auto kName = "ReduceAny";
  static constexpr bool kRescales = false;
};

struct MaxKind {
  static constexpr auto kName = "ReduceMax";
  static constexpr bool kRescales = false;
};

struct MeanKind {
  static constexpr auto kName = "ReduceMean";
  static constexpr bool kRescales = true;
};

struct MinKind {
  static constexpr auto kName = "ReduceMin";
  static constexpr bool kRescales = false;
};

struct ProdKind {
  static constexpr auto kName = "ReduceProd";
  static constexpr bool kRescales = true;
};

struct SumKind {
  static constexpr auto kName = "ReduceSum";
  static constexpr bool kRescales = true;
};

using ReduceAll = Reduce<AllKind>;
using ReduceAny = Reduce<AnyKind>;
using ReduceMax = Reduce<MaxKind>;
using ReduceMean = Reduce<MeanKind>;
using ReduceMin = Reduce<MinKind>;
using ReduceProd = Reduce<ProdKind>;
using ReduceSum = Reduce<SumKind>;

}  // namespace slipway::ops
