// Taking tensors apart, putting them together, and padding them.

#include <algorithm>
#include <limits>
#include <numeric>

#include "formats/onnx/write.h"
#include "ops/shape/concat.h"
#include "ops/shape/move.h"
#include "ops/shape/pad.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

std::int64_t counted(std::int64_t axis, std::size_t rank) {
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

/// Whether the inputs had better stay with channels first: all have that twin, one has no other.
bool all_first(const OnnxWriter& writer) {
  bool any = false;
  for (std::size_t i = 0; i < writer.input_count(); ++i) {
    if (writer.known(i) != nullptr) continue;
    if (!writer.lies_first(i)) return false;
    any = true;
  }
  return any;
}

Result<void> concat(OnnxWriter& writer) {
  const auto rank = writer.output_type(0).shape.rank();
  auto axis = counted(writer.as<ops::Concat>().axis, rank);
  const bool first = all_first(writer) && rank > 2;
  if (first) {
    const auto perm = first_of_last(rank);
    axis = std::find(perm.begin(), perm.end(), axis) - perm.begin();
  }
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < writer.input_count(); ++i)
    inputs.push_back(first ? writer.first(i) : writer.last(i));
  const auto y = writer.add("Concat", inputs, {{"axis", axis}});
  if (first) {
    writer.result_first(0, y);
  } else {
    writer.result(0, y);
  }
  return {};
}

/// Whether the inputs have scales that the output does not share.
bool rescales(const OnnxWriter& writer) {
  const auto& y = writer.node().outputs[0].type.quant;
  for (std::size_t i = 0; i < writer.input_count(); ++i) {
    if (writer.has(i) && writer.stated_type(i).quant != y) return true;
  }
  return false;
}

Result<void> pack(OnnxWriter& writer) {
  const auto axis = counted(writer.as<ops::Pack>().axis, writer.output_type(0).shape.rank());
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < writer.input_count(); ++i)
    inputs.push_back(writer.add("Unsqueeze", {writer.last(i), writer.indices({axis})}));
  writer.result(0, writer.add("Concat", inputs, {{"axis", axis}}));
  return {};
}

Result<void> split_into(OnnxWriter& writer, std::int64_t axis, const List& sizes, bool squeeze) {
  if (sizes.size() == 1) {
    const auto x = writer.last(0);
    writer.result(0, squeeze ? writer.add("Squeeze", {x, writer.indices({axis})}) : x);
    return {};
  }
  const auto parts = writer.add_all("Split", {writer.last(0), writer.indices(sizes)},
                                    {{"axis", axis}}, sizes.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    writer.result(i,
                  squeeze ? writer.add("Squeeze", {parts[i], writer.indices({axis})}) : parts[i]);
  }
  return {};
}

Result<void> unpack(OnnxWriter& writer) {
  const auto axis = counted(writer.as<ops::Unpack>().axis, writer.type(0).shape.rank());
  return split_into(writer, axis, List(writer.output_count(), 1), true);
}

Result<void> split(OnnxWriter& writer) {
  writer.ignore(1);  // the outputs' types say the lengths
  const auto axis = counted(writer.as<ops::Split>().axis, writer.type(0).shape.rank());
  List sizes;
  for (std::size_t i = 0; i < writer.output_count(); ++i) {
    sizes.push_back(writer.output_type(i).shape[static_cast<std::size_t>(axis)]);
    if (sizes.back() == Shape::kUnknown)
      return fail(Code::unsupported, "pieces whose lengths are only known when the graph runs");
  }
  return split_into(writer, axis, sizes, false);
}

Result<void> slice(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Slice>();
  std::vector<std::string> inputs = {writer.last(0), writer.index(1, 1)};
  if (!op.sizes) {
    for (std::size_t i = 2; i < writer.input_count(); ++i)
      inputs.push_back(writer.has(i) ? writer.index(i, 1) : "");
  } else if (writer.known(1) != nullptr && writer.known(2) != nullptr) {
    const auto starts = SLIPWAY_TRY(writer.integers(1));
    auto ends = SLIPWAY_TRY(writer.integers(2));
    for (std::size_t i = 0; i < ends.size(); ++i)
      ends[i] = ends[i] < 0 ? kMost : starts[i] + ends[i];
    inputs.push_back(writer.indices(ends));
  } else {
    const auto sizes = writer.index(2, 1);
    const auto all = writer.add("Less", {sizes, writer.number(DType::i64, 0)});
    const auto ends = writer.add("Add", {inputs[1], sizes});
    inputs.push_back(writer.add("Where", {all, writer.indices({kMost}), ends}));
  }
  writer.result(0, writer.add("Slice", inputs));
  return {};
}

/// What StridedSlice means as a slice, dimensions that go and dimensions that come.
struct Strided {
  List starts, ends, axes, steps, gone, made;
};

bool bit(std::int32_t mask, std::size_t i) {
  return i < 32 && ((static_cast<std::uint32_t>(mask) >> i) & 1U) != 0;
}

Strided strided(const ops::StridedSlice& op, const List& begin, const List& end, const List& step,
                std::size_t rank) {
  std::size_t named = 0;
  for (std::size_t i = 0; i < begin.size(); ++i)
    named += bit(op.ellipsis_mask, i) || bit(op.new_axis_mask, i) ? 0 : 1;
  Strided out;
  std::int64_t axis = 0;
  std::int64_t place = 0;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    if (bit(op.ellipsis_mask, i)) {
      axis += static_cast<std::int64_t>(rank - named);
      place += static_cast<std::int64_t>(rank - named);
      continue;
    }
    if (bit(op.new_axis_mask, i)) {
      out.made.push_back(place++);
      continue;
    }
    const bool one = bit(op.shrink_axis_mask, i);
    const auto limit = op.offset ? begin[i] + end[i] : end[i];
    const auto forward = one || step[i] > 0;
    out.axes.push_back(axis);
    out.steps.push_back(one ? 1 : step[i]);
    const auto from = one && step[i] < 0 ? -1 : forward ? 0 : kMost;
    out.starts.push_back(bit(op.begin_mask, i) ? from : begin[i]);
    out.ends.push_back(bit(op.end_mask, i) ? (forward ? kMost : kLeast) : limit);
    if (one) {
      out.ends.back() = out.starts.back() == -1 ? kMost : out.starts.back() + 1;
      out.gone.push_back(axis);
    } else {
      ++place;
    }
    ++axis;
  }
  return out;
}

Result<void> strided_slice(OnnxWriter& writer) {
  const auto begin = SLIPWAY_TRY(writer.integers(1));
  const auto end = SLIPWAY_TRY(writer.integers(2));
  const auto step = SLIPWAY_TRY(writer.integers(3));
  const auto parts =
      strided(writer.as<ops::StridedSlice>(), begin, end, step, writer.type(0).shape.rank());
  auto y = writer.last(0);
  if (!parts.axes.empty()) {
    y = writer.add("Slice", {y, writer.indices(parts.starts), writer.indices(parts.ends),
                             writer.indices(parts.axes), writer.indices(parts.steps)});
  }
  if (!parts.gone.empty()) y = writer.add("Squeeze", {y, writer.indices(parts.gone)});
  if (!parts.made.empty()) y = writer.add("Unsqueeze", {y, writer.indices(parts.made)});
  writer.result(0, y);
  return {};
}

Result<void> reverse(OnnxWriter& writer) {
  const auto& axes = writer.as<ops::Reverse>().axes;
  if (axes.empty()) {
    writer.result(0, writer.last(0));
    return {};
  }
  writer.result(
      0, writer.add("Slice", {writer.last(0), writer.indices(List(axes.size(), -1)),
                              writer.indices(List(axes.size(), kLeast)), writer.indices(axes),
                              writer.indices(List(axes.size(), -1))}));
  return {};
}

/// ONNX's operator wants batches and time in front.
Result<void> reverse_sequence(OnnxWriter& writer) {
  const auto& op = writer.as<ops::ReverseSequence>();
  const auto rank = writer.type(0).shape.rank();
  const auto batch = counted(op.batch_axis, rank);
  const auto time = counted(op.time_axis, rank);
  List perm = {batch, time};
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rank); ++i) {
    if (i != batch && i != time) perm.push_back(i);
  }
  List back(rank);
  for (std::size_t i = 0; i < rank; ++i)
    back[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  const bool moves = !std::is_sorted(perm.begin(), perm.end());
  const auto x = moves ? writer.transpose(writer.last(0), perm) : writer.last(0);
  const auto y =
      writer.add("ReverseSequence", {x, writer.index(1, 1)}, {{"batch_axis", 0}, {"time_axis", 1}});
  writer.result(0, moves ? writer.transpose(y, back) : y);
  return {};
}

// --- padding -------------------------------------------------------------------------------------

/// What ONNX Runtime's Pad takes.
DType padded_in(DType dtype) {
  return dtype == DType::i16 || dtype == DType::u16 || dtype == DType::f16 || dtype == DType::bf16
             ? computed_in(dtype)
             : dtype;
}

/// The real value 0 of a type, as a constant.
std::string zero_of(OnnxWriter& writer, const TensorType& type) {
  const double zero = type.quant ? type.quant->zero_point[0] : 0;
  return writer.number(padded_in(type.dtype), zero);
}

/// Pads as (before…, after…), whichever way they are given.
List pads_of(const List& given, bool in_pairs) {
  if (!in_pairs) return given;
  List pads;
  for (std::size_t side = 0; side < 2; ++side) {
    for (std::size_t i = side; i < given.size(); i += 2) pads.push_back(given[i]);
  }
  return pads;
}

/// Pads of some axes as pads of all.
List on_all_axes(const List& pads, const List& axes, std::size_t rank) {
  List all(2 * rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(counted(axes[i], rank));
    all[axis] = pads[i];
    all[rank + axis] = pads[axes.size() + i];
  }
  return all;
}

/// Mirrored behind the last element, which ONNX lacks: each dimension picked by number.
Result<void> pad_symmetric(OnnxWriter& writer, const List& pads) {
  const auto& shape = writer.type(0).shape;
  auto y = writer.last(0);
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const auto before = pads[axis];
    const auto after = pads[shape.rank() + axis];
    if (before == 0 && after == 0) continue;
    const auto n = shape[axis];
    if (n == Shape::kUnknown)
      return fail(Code::unsupported, "mirrored padding of a length that is not known before");
    List from;
    for (std::int64_t i = -before; i < n + after; ++i)
      from.push_back(i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i);
    y = writer.add("Gather", {y, writer.indices(from)},
                   {{"axis", static_cast<std::int64_t>(axis)}});
  }
  writer.result(0, y);
  return {};
}

Result<void> pad(OnnxWriter& writer) {
  const auto mode = writer.as<ops::Pad>().mode;
  const auto& x = writer.type(0);
  auto pads = pads_of(SLIPWAY_TRY(writer.integers(1)), writer.type(1).shape.rank() == 2);
  if (mode == PadMode::wrap) writer.needs_opset(19);
  if (writer.has(3)) pads = on_all_axes(pads, SLIPWAY_TRY(writer.integers(3)), x.shape.rank());
  if (mode == PadMode::symmetric) return pad_symmetric(writer, pads);
  const auto rank = x.shape.rank();
  const bool first = writer.lies_first(0) && rank > 2;
  if (first) {
    const auto perm = first_of_last(rank);
    const List given = pads;
    for (std::size_t i = 0; i < rank; ++i) {
      pads[i] = given[static_cast<std::size_t>(perm[i])];
      pads[rank + i] = given[rank + static_cast<std::size_t>(perm[i])];
    }
  }
  const DType wide = padded_in(x.dtype);
  std::vector<std::string> inputs = {
      writer.cast(first ? writer.first(0) : writer.last(0), x.dtype, wide), writer.indices(pads)};
  if (mode == PadMode::constant && writer.has(2)) {
    const auto value = writer.cast(writer.last(2), writer.type(2).dtype, wide);
    inputs.push_back(writer.type(2).shape.rank() == 0 ? value : writer.reshape(value, {}));
  } else if (mode == PadMode::constant) {
    inputs.push_back(zero_of(writer, x));
  }
  const auto y =
      writer.cast(writer.add("Pad", inputs, {{"mode", std::string(name_of(mode))}}), wide, x.dtype);
  if (first) {
    writer.result_first(0, y);
  } else {
    writer.result(0, y);
  }
  return {};
}

// --- squares that become batches -----------------------------------------------------------------

struct Blocks {
  List block;
  List before;
  List after;
};

Result<Blocks> blocks_of(OnnxWriter& writer) {
  Blocks out{SLIPWAY_TRY(writer.integers(1)), {}, {}};
  const auto edges = SLIPWAY_TRY(writer.integers(2));
  if (!writer.type(0).shape.is_known() || !writer.output_type(0).shape.is_known())
    return fail(Code::unsupported, "a shape that is only known when the graph runs");
  for (std::size_t i = 0; i < out.block.size(); ++i) {
    out.before.push_back(edges[2 * i]);
    out.after.push_back(edges[2 * i + 1]);
  }
  return out;
}

Result<void> space_to_batch(OnnxWriter& writer) {
  const auto [block, before, after] = SLIPWAY_TRY(blocks_of(writer));
  const auto& x = writer.type(0);
  const auto rank = x.shape.rank();
  const auto m = block.size();
  List pads(2 * rank, 0);
  List split = {x.shape[0]};
  for (std::size_t i = 0; i < m; ++i) {
    pads[1 + i] = before[i];
    pads[rank + 1 + i] = after[i];
    split.push_back((x.shape[1 + i] + before[i] + after[i]) / block[i]);
    split.push_back(block[i]);
  }
  split.insert(split.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(1 + m), x.shape.end());
  List perm;
  for (std::size_t i = 0; i < m; ++i) perm.push_back(static_cast<std::int64_t>(2 * i + 2));
  for (std::size_t i = 0; i <= m; ++i)
    perm.push_back(i == 0 ? 0 : static_cast<std::int64_t>(2 * i - 1));
  for (std::size_t i = 2 * m + 1; i < split.size(); ++i)
    perm.push_back(static_cast<std::int64_t>(i));
  const DType wide = padded_in(x.dtype);
  auto y = writer.cast(writer.last(0), x.dtype, wide);
  y = writer.add("Pad", {y, writer.indices(pads), zero_of(writer, x)});
  y = writer.transpose(writer.reshape(y, split), perm);
  const auto& shape = writer.output_type(0).shape;
  y = writer.reshape(y, List(shape.begin(), shape.end()));
  writer.result(0, writer.cast(y, wide, x.dtype));
  return {};
}

Result<void> batch_to_space(OnnxWriter& writer) {
  const auto [block, before, after] = SLIPWAY_TRY(blocks_of(writer));
  const auto& x = writer.type(0).shape;
  const auto m = block.size();
  std::int64_t batch = x[0];
  for (const auto b : block) batch /= std::max<std::int64_t>(b, 1);
  List split(block);
  split.push_back(batch);
  split.insert(split.end(), x.begin() + 1, x.end());
  List perm = {static_cast<std::int64_t>(m)};
  List joined = {batch};
  List starts;
  List ends;
  List axes;
  for (std::size_t i = 0; i < m; ++i) {
    perm.push_back(static_cast<std::int64_t>(m + 1 + i));
    perm.push_back(static_cast<std::int64_t>(i));
    joined.push_back(x[1 + i] * block[i]);
    starts.push_back(before[i]);
    ends.push_back(joined.back() - after[i]);
    axes.push_back(static_cast<std::int64_t>(1 + i));
  }
  for (std::size_t i = 2 * m + 1; i < split.size(); ++i)
    perm.push_back(static_cast<std::int64_t>(i));
  joined.insert(joined.end(), x.begin() + static_cast<std::ptrdiff_t>(1 + m), x.end());
  auto y = writer.transpose(writer.reshape(writer.last(0), split), perm);
  y = writer.reshape(y, joined);
  writer.result(0, writer.add("Slice", {y, writer.indices(starts), writer.indices(ends),
                                        writer.indices(axes)}));
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_slice() {
  static constexpr OnnxWriteRow kRows[] = {
      {"BatchToSpace", "", batch_to_space, never},
      {"Concat", "axis", concat, rescales},
      {"Pack", "axis", pack, never},
      {"Pad", "mode", pad, never},
      {"Reverse", "axes", reverse, never},
      {"ReverseSequence", "batch_axis time_axis", reverse_sequence, never},
      {"Slice", "sizes", slice, never},
      {"SpaceToBatch", "", space_to_batch, never},
      {"Split", "axis parts smaller_last", split, never},
      {"StridedSlice", "begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask offset",
       strided_slice, never},
      {"Unpack", "axis count", unpack, never},
  };
  return kRows;
}

}  // namespace slipway::formats
