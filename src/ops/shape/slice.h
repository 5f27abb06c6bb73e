#pragma once
// Parts of a tensor, forwards and backwards.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The elements from `starts` up to and without `ends`, in steps. Negative numbers count from the
/// end, and numbers beyond the ends are brought back to them. With `sizes`, the third input says
/// how many elements instead, -1 all that are left, and nothing may lie outside.
///
/// Shapes  x [...], starts, ends, optional axes, optional steps, each i32 or i64 [n]  ->  y [...]
/// Errors  invalid_input: lists of different lengths, a step of 0, with `sizes` a part outside x
/// Source  ONNX Slice-13; TensorFlow Lite SLICE
struct Slice {
  bool sizes = false;

  static constexpr auto kName = "Slice";
  static constexpr auto kFields = std::tuple{Field{"sizes", &Slice::sizes}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Slice&) const = default;
};

/// x[begin:end:stride, …] as NumPy writes it. Bit i of a mask speaks of the i-th number of begin,
/// end and strides: begin_mask and end_mask leave that number out; the one ellipsis stands for all
/// dimensions that the others do not name; new_axis inserts a dimension of 1; shrink_axis takes
/// the one element at `begin` and drops the dimension. With `offset`, end counts from begin.
///
/// Shapes  x [...], begin, end, strides i32 or i64 [n]  ->  y [...]
/// Errors  invalid_input: too many numbers, a stride of 0, or a single element outside of x
/// Source  TensorFlow Lite STRIDED_SLICE; TensorFlow, tf.strided_slice
struct StridedSlice {
  std::int32_t begin_mask = 0;
  std::int32_t end_mask = 0;
  std::int32_t ellipsis_mask = 0;
  std::int32_t new_axis_mask = 0;
  std::int32_t shrink_axis_mask = 0;
  bool offset = false;

  static constexpr auto kName = "StridedSlice";
  static constexpr auto kFields =
      std::tuple{Field{"begin_mask", &StridedSlice::begin_mask},
                 Field{"end_mask", &StridedSlice::end_mask},
                 Field{"ellipsis_mask", &StridedSlice::ellipsis_mask},
                 Field{"new_axis_mask", &StridedSlice::new_axis_mask},
                 Field{"shrink_axis_mask", &StridedSlice::shrink_axis_mask},
                 Field{"offset", &StridedSlice::offset}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const StridedSlice&) const = default;
};

/// x backwards along `axes`.
///
/// Source  TensorFlow Lite REVERSE_V2
struct Reverse {
  std::vector<std::int64_t> axes;

  static constexpr auto kName = "Reverse";
  static constexpr auto kFields = std::tuple{Field{"axes", &Reverse::axes}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Reverse&) const = default;
};

/// For each slice b of `batch_axis`, the first lengths[b] elements along `time_axis` backwards, the
/// others as they are.
///
/// Shapes  x [...], lengths i32 or i64 [batches]  ->  y as x
/// Errors  invalid_input: a length over the dimension, or below 0
/// Source  ONNX ReverseSequence-10; TensorFlow Lite REVERSE_SEQUENCE
struct ReverseSequence {
  std::int64_t batch_axis = 1;
  std::int64_t time_axis = 0;

  static constexpr auto kName = "ReverseSequence";
  static constexpr auto kFields = std::tuple{Field{"batch_axis", &ReverseSequence::batch_axis},
                                             Field{"time_axis", &ReverseSequence::time_axis}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ReverseSequence&) const = default;
};

}  // namespace slipway::ops
