#pragma once
// Walking along one dimension: where the largest element is, running sums.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The index of the largest (smallest) element along an axis; of equal ones the first, or the
/// `last`.
///
/// Shapes  x [...]  ->  y [... without the axis, or with 1 in its place]
/// Types   any; y is i64 or i32
/// Errors  invalid_input: an axis that x does not have, or along which it is empty;
///         unsupported: other types of y
/// Cost    one operation per element of x
/// Source  ONNX ArgMax-13; TensorFlow Lite ARG_MAX
template <class Kind>
struct Arg {
  std::int64_t axis = -1;
  bool keep_dims = false;
  DType to = DType::i64;
  bool last = false;

  static constexpr auto kName = Kind::kName;
  static constexpr auto kFields =
      std::tuple{Field{"axis", &Arg::axis}, Field{"keep_dims", &Arg::keep_dims},
                 Field{"to", &Arg::to}, Field{"last", &Arg::last}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Arg&) const = default;
};

struct ArgMaxKind {
  static constexpr auto kName = "ArgMax";
};

struct ArgMinKind {
  static constexpr auto kName = "ArgMin";
};

using ArgMax = Arg<ArgMaxKind>;
using ArgMin = Arg<ArgMinKind>;

/// Running sums along an axis: of the elements up to here, without this one if `exclusive`, from
/// the other end if `reverse`. Whole numbers wrap around at the ends of their type.
///
/// Shapes  x [...], axis [] where only running tells it (then the field is 0)  ->  y [...]
/// Types   floats and whole numbers; f16 and bf16 are summed in f32
/// Errors  invalid_input: an axis that x does not have; unsupported: other types
/// Cost    one operation per element
/// Source  ONNX CumSum-14; TensorFlow Lite CUMSUM
struct Cumsum {
  std::int64_t axis = 0;
  bool exclusive = false;
  bool reverse = false;

  static constexpr auto kName = "Cumsum";
  static constexpr auto kFields =
      std::tuple{Field{"axis", &Cumsum::axis}, Field{"exclusive", &Cumsum::exclusive},
                 Field{"reverse", &Cumsum::reverse}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Cumsum&) const = default;
};

}  // namespace slipway::ops
