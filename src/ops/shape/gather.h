#pragma once
// Elements picked, or written, at places that other tensors name.

#include <tuple>

#include "ops/shape/reduction.h"

namespace slipway::ops {

/// Slices of x along `axis`, in the order of the indices. The first `batch_dims` dimensions of both
/// go together. Negative indices count from the end.
///
/// Shapes  x [batch…, before…, n, after…], indices i32 or i64 [batch…, k…]
///         ->  y [batch…, before…, k…, after…]
/// Errors  invalid_input: an index outside the dimension, or batches that differ
/// Source  ONNX Gather-13; TensorFlow Lite GATHER
struct Gather {
  std::int64_t axis = 0;
  std::int64_t batch_dims = 0;

  static constexpr auto kName = "Gather";
  static constexpr auto kFields =
      std::tuple{Field{"axis", &Gather::axis}, Field{"batch_dims", &Gather::batch_dims}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Gather&) const = default;
};

/// Each row of the indices names an element or slice of x. The first `batch_dims` dimensions of
/// both go together.
///
/// Shapes  x [batch…, d0, …, d(m-1), rest…], indices i32 or i64 [batch…, k…, m]
///         ->  y [batch…, k…, rest…]
/// Errors  invalid_input: an index outside its dimension, m over the rank of x, or batches that
///         differ
/// Source  ONNX GatherND-13; TensorFlow Lite GATHER_ND
struct GatherND {
  std::int64_t batch_dims = 0;

  static constexpr auto kName = "GatherND";
  static constexpr auto kFields = std::tuple{Field{"batch_dims", &GatherND::batch_dims}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const GatherND&) const = default;
};

/// x with elements or slices replaced by, or reduced with, the updates, at the places that the rows
/// of the indices name.
///
/// Shapes  x [d0, …, d(m-1), rest…], indices i32 or i64 [k…, m], updates [k…, rest…]  ->  y as x
/// Types   any; with a reduction all but bool
/// Errors  invalid_input: an index outside its dimension, or shapes that do not fit
/// Source  ONNX ScatterND-18; TensorFlow Lite SCATTER_ND
struct ScatterND {
  Reduction reduction = Reduction::none;

  static constexpr auto kName = "ScatterND";
  static constexpr auto kFields = std::tuple{Field{"reduction", &ScatterND::reduction}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ScatterND&) const = default;
};

/// x with `update` written over it from `starts` on, moved inside where it would stick out.
///
/// Shapes  x [...], update [...] no larger, starts i32 or i64 [rank]  ->  y as x
/// Errors  invalid_input: shapes that do not fit
/// Source  TensorFlow Lite DYNAMIC_UPDATE_SLICE
struct DynamicUpdateSlice {
  static constexpr auto kName = "DynamicUpdateSlice";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const DynamicUpdateSlice&) const = default;
};

}  // namespace slipway::ops
