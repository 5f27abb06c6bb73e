// Sums and other reductions, and the places of extremes.

#include <algorithm>

#include "formats/onnx/write.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

bool always(const OnnxWriter&) { return true; }

/// A dimension of a value whose channels were moved to dimension 1.
std::int64_t axis_first(std::int64_t axis, std::size_t rank) {
  const auto last = static_cast<std::int64_t>(rank) - 1;
  if (axis < 0) axis += last + 1;
  if (axis == 0) return 0;
  return axis == last ? 1 : axis + 1;
}

struct Reduced {
  List axes;
  bool keep_dims;
};

/// Whether x may stay as it lies, channels first: what is summed, and the dimensions of y, must
/// come in the same order.
bool stays_first(const OnnxWriter& writer, const Reduced& op) {
  const auto rank = writer.type(0).shape.rank();
  if (!writer.lies_first(0) || rank <= 2) return false;
  const auto goes = [&](std::int64_t axis) {
    return std::find(op.axes.begin(), op.axes.end(), axis) != op.axes.end();
  };
  const auto channels = static_cast<std::int64_t>(rank) - 1;
  bool all_spatial = true;
  bool any_spatial = false;
  for (std::int64_t axis = 1; axis < channels; ++axis) {
    all_spatial = all_spatial && goes(axis);
    any_spatial = any_spatial || goes(axis);
  }
  if (goes(channels)) return !any_spatial;
  return op.keep_dims || all_spatial;
}

/// Whether whole numbers wrap around at the ends of their type; else they saturate.
bool is_wrapping(std::string_view name) {
  return name != "ReduceL2" && name != "ReduceLogSum" && name != "ReduceLogSumExp";
}

Result<void> reduce(OnnxWriter& writer, const std::string& name, Reduced op, DType wide) {
  const DType dtype = writer.type(0).dtype;
  if (writer.has(1)) op.axes = SLIPWAY_TRY(writer.integers(1));
  const auto rank = writer.type(0).shape.rank();
  if (op.axes.empty() || rank == 0) {
    writer.result(0, writer.last(0));
    return {};
  }
  for (auto& axis : op.axes) axis += axis < 0 ? static_cast<std::int64_t>(rank) : 0;
  std::sort(op.axes.begin(), op.axes.end());
  op.axes.erase(std::unique(op.axes.begin(), op.axes.end()), op.axes.end());
  const bool first = stays_first(writer, op);
  if (first) {
    for (auto& axis : op.axes) axis = axis_first(axis, rank);
    std::sort(op.axes.begin(), op.axes.end());
  }
  const auto x = writer.cast(first ? writer.first(0) : writer.last(0), dtype, wide);
  auto y = writer.reduced(name, x, op.axes, op.keep_dims);
  // Roots and logarithms of whole numbers saturate; sums wrap around.
  if (wide != dtype && is_integer(dtype) && !is_wrapping(name)) y = writer.clamp_to(y, wide, dtype);
  y = writer.cast(y, wide, dtype);
  if (first && op.keep_dims) {
    writer.result_first(0, y);
  } else {
    writer.result(0, y);
  }
  return {};
}

bool is_float_or_wide(const OnnxWriter& writer) {
  const DType dtype = writer.type(0).dtype;
  return is_float(dtype) || computed_in(dtype) == dtype;
}

template <class T>
Result<void> numbers(OnnxWriter& writer) {
  const auto& op = writer.as<T>();
  return reduce(writer, T::kName, {op.axes, op.keep_dims}, computed_in(writer.type(0).dtype));
}

Result<void> all(OnnxWriter& writer) {
  const auto& op = writer.as<ops::ReduceAll>();
  return reduce(writer, "ReduceMin", {op.axes, op.keep_dims}, DType::i32);
}

Result<void> any(OnnxWriter& writer) {
  const auto& op = writer.as<ops::ReduceAny>();
  return reduce(writer, "ReduceMax", {op.axes, op.keep_dims}, DType::i32);
}

template <class T>
Result<void> arg(OnnxWriter& writer) {
  const auto& op = writer.as<T>();
  const DType dtype = writer.type(0).dtype;
  const DType wide = dtype == DType::boolean ? DType::i32 : computed_in(dtype);
  const DType taken = wide == DType::i64 ? DType::f64 : wide;
  const auto x = writer.cast(writer.last(0), dtype, taken);
  const auto y = writer.add(T::kName, {x},
                            {{"axis", op.axis},
                             {"keepdims", op.keep_dims ? 1 : 0},
                             {"select_last_index", op.last ? 1 : 0}});
  writer.result(0, writer.cast(y, DType::i64, op.to));
  return {};
}

Result<void> cumsum(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Cumsum>();
  const DType dtype = writer.type(0).dtype;
  const auto axis =
      writer.has(1) ? writer.index(1, 0) : writer.number(DType::i64, static_cast<double>(op.axis));
  const auto x = writer.cast(writer.last(0), dtype, computed_in(dtype));
  const auto y = writer.add("CumSum", {x, axis},
                            {{"exclusive", op.exclusive ? 1 : 0}, {"reverse", op.reverse ? 1 : 0}});
  writer.result(0, writer.cast(y, computed_in(dtype), dtype));
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_reduce() {
  static constexpr OnnxWriteRow kRows[] = {
      {"ArgMax", "axis keep_dims to last", arg<ops::ArgMax>, never},
      {"ArgMin", "axis keep_dims to last", arg<ops::ArgMin>, never},
      {"Cumsum", "axis exclusive reverse", cumsum, always},
      {"ReduceAll", "axes keep_dims", all},
      {"ReduceAny", "axes keep_dims", any},
      {"ReduceL1", "axes keep_dims", numbers<ops::ReduceL1>},
      {"ReduceL2", "axes keep_dims", numbers<ops::ReduceL2>, always, is_float_or_wide},
      {"ReduceLogSum", "axes keep_dims", numbers<ops::ReduceLogSum>, always, is_float_or_wide},
      {"ReduceLogSumExp", "axes keep_dims", numbers<ops::ReduceLogSumExp>, always,
       is_float_or_wide},
      {"ReduceMax", "axes keep_dims", numbers<ops::ReduceMax>, never},
      {"ReduceMean", "axes keep_dims", numbers<ops::ReduceMean>},
      {"ReduceMin", "axes keep_dims", numbers<ops::ReduceMin>, never},
      {"ReduceProd", "axes keep_dims", numbers<ops::ReduceProd>},
      {"ReduceSum", "axes keep_dims", numbers<ops::ReduceSum>},
      {"ReduceSumSquare", "axes keep_dims", numbers<ops::ReduceSumSquare>},
  };
  return kRows;
}

}  // namespace slipway::formats
