// Operators that only move elements: on values of every type and trust.

#include "onnx/random/sketch.h"
#include "ops/quant/quantize.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/matrix.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "ops/shape/squeeze.h"

namespace slipway::random_graphs {
namespace {

using namespace ops;  // NOLINT: as in elementwise.cc
using List = std::vector<std::int64_t>;

constexpr auto kMoves = Trust::exact;  // as far as the inputs are

ValueId any(Sketch& s, std::size_t least_rank = 0, std::size_t most_rank = 5) {
  return s.some({kAll, least_rank, most_rank, Trust::leaf});
}

List dims_of(Sketch& s, ValueId x) { return {s.shape(x).begin(), s.shape(x).end()}; }

bool reshape(Sketch& s) {
  const auto x = any(s);
  auto dims = dims_of(s, x);
  // Neighbours go together, or a new 1 comes in.
  if (dims.size() > 1 && s.once_in(2)) {
    const auto at = static_cast<std::size_t>(s.between(0, std::ssize(dims) - 2));
    dims[at] *= dims[at + 1];
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  } else {
    dims.insert(dims.begin() + s.between(0, std::ssize(dims)), 1);
  }
  if (s.once_in(2)) dims[static_cast<std::size_t>(s.between(0, std::ssize(dims) - 1))] = -1;
  return s.add(Reshape{}, {x, s.integers(dims)}, kMoves);
}

bool transpose(Sketch& s) {
  const auto x = any(s, 2);
  const auto n = s.rank(x);
  if (n == 4 && s.once_in(2))
    return s.add(Transpose{s.once_in(2) ? List{0, 3, 1, 2} : List{0, 2, 3, 1}}, {x}, kMoves);
  return s.add(Transpose{s.permutation(n)}, {x}, kMoves);
}

bool squeeze(Sketch& s) {
  const auto x = any(s);
  if (s.once_in(2))
    return s.add(Unsqueeze{{s.between(0, static_cast<std::int64_t>(s.rank(x)))}}, {x}, kMoves);
  List ones;
  const auto dims = dims_of(s, x);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 1 && s.once_in(2)) ones.push_back(static_cast<std::int64_t>(i));
  }
  return s.add(Squeeze{ones}, {x}, kMoves);
}

bool slice(Sketch& s) {
  const auto x = any(s, 1);
  const auto axes = s.some_axes(s.rank(x));
  if (s.once_in(3)) {
    List starts;
    List sizes;
    for (const auto dim : dims_of(s, x)) {
      starts.push_back(s.between(0, dim - 1));
      sizes.push_back(s.once_in(3) ? -1 : s.between(1, dim - starts.back()));
    }
    return s.add(Slice{true}, {x, s.integers(starts), s.integers(sizes)}, kMoves);
  }
  auto steps = s.list(axes.size(), 1, 2);
  if (s.once_in(3)) steps = s.list(axes.size(), -2, -1);
  return s.add(Slice{},
               {x, s.integers(s.list(axes.size(), -5, 5)), s.integers(s.list(axes.size(), -6, 9)),
                s.integers(axes), s.integers(steps)},
               kMoves);
}

bool strided_slice(Sketch& s) {
  const auto x = any(s, 1, 4);
  const auto n = static_cast<std::size_t>(s.between(1, static_cast<std::int64_t>(s.rank(x))));
  StridedSlice op;
  const auto mask = [&] { return static_cast<std::int32_t>(s.between(0, (1 << n) - 1)); };
  op.begin_mask = mask();
  op.end_mask = mask();
  if (s.once_in(3)) op.shrink_axis_mask = mask();
  if (s.once_in(3)) op.new_axis_mask = mask() & ~op.shrink_axis_mask;
  if (s.once_in(4)) op.ellipsis_mask = 1 << s.between(0, static_cast<std::int64_t>(n) - 1);
  const auto steps = s.once_in(4) ? s.list(n, -2, -1) : s.list(n, 1, 2);
  return s.add(op,
               {x, s.integers(s.list(n, -2, 2)), s.integers(s.list(n, 1, 6)), s.integers(steps)},
               kMoves);
}

bool split(Sketch& s) {
  const auto x = any(s, 1);
  const auto axis = s.axis(s.rank(x));
  const auto dim = dims_of(
      s,
      x)[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(s.rank(x)) : axis)];
  if (s.once_in(2)) {
    const auto first = s.between(1, dim);
    if (first == dim) return false;
    return s.add(Split{axis, 2}, {x, s.integers({first, s.once_in(2) ? -1 : dim - first})}, kMoves);
  }
  if (s.once_in(3)) return s.add(Unpack{axis, dim}, {x}, kMoves);
  return s.add(Split{axis, s.between(1, dim), s.once_in(4)}, {x}, kMoves);
}

bool concat(Sketch& s) {
  const auto x = any(s, 0, 4);
  const auto axis = s.axis(std::max<std::size_t>(s.rank(x), 1));
  const bool packs = s.rank(x) == 0 || s.once_in(3);
  std::vector<ValueId> inputs = {x};
  for (auto more = s.between(0, 2); more > 0; --more) {
    auto dims = dims_of(s, x);
    if (s.once_in(2) || s.once_in(2)) {
      inputs.push_back(s.partner(x, Trust::leaf));
      continue;
    }
    if (!packs)
      dims[static_cast<std::size_t>(axis < 0 ? axis + std::ssize(dims) : axis)] = s.between(1, 3);
    inputs.push_back(s.given({s.dtype(x), *Shape::make(dims), {}}));
  }
  return packs ? s.add(Pack{axis}, inputs, kMoves) : s.add(Concat{axis}, inputs, kMoves);
}

bool pad(Sketch& s) {
  const auto x = any(s, 1, 4);
  const auto n = s.rank(x);
  const Pad op{s.one_of({PadMode::constant, PadMode::constant, PadMode::reflect, PadMode::symmetric,
                         PadMode::edge, PadMode::wrap})};
  const auto low = op.mode == PadMode::constant && s.once_in(4) ? -1 : 0;
  if (s.once_in(3)) {
    const auto axes = s.some_axes(n);
    return s.add(op, {x, s.integers(s.list(2 * axes.size(), low, 2)), kNoValue, s.integers(axes)},
                 kMoves);
  }
  std::vector<ValueId> inputs = {x, s.integers(s.list(2 * n, low, 2))};
  if (op.mode == PadMode::constant && s.once_in(2)) inputs.push_back(s.given({s.dtype(x), {}, {}}));
  return s.add(op, inputs, kMoves);
}

bool repeat(Sketch& s) {
  const auto x = any(s, 0, 4);
  if (s.once_in(2)) return s.add(Tile{}, {x, s.integers(s.list(s.rank(x), 1, 3))}, kMoves);
  auto dims = dims_of(s, x);
  for (auto& dim : dims) dim = dim == 1 ? s.between(1, 3) : dim;
  if (s.once_in(2)) dims.insert(dims.begin(), s.between(1, 3));
  return s.add(Expand{}, {x, s.integers(dims)}, kMoves);
}

bool backwards(Sketch& s) {
  const auto x = any(s, 1);
  const auto n = static_cast<std::int64_t>(s.rank(x));
  if (n < 2 || s.once_in(2)) return s.add(Reverse{s.some_axes(s.rank(x))}, {x}, kMoves);
  const auto batch = s.between(0, 1);
  const auto dims = dims_of(s, x);
  const auto lengths = s.list(static_cast<std::size_t>(dims[static_cast<std::size_t>(batch)]), 1,
                              dims[static_cast<std::size_t>(1 - batch)]);
  return s.add(ReverseSequence{batch, 1 - batch}, {x, s.integers(lengths)}, kMoves);
}

bool batches(Sketch& s) {
  const auto x = s.some({kAll, 3, 4, Trust::leaf});
  const auto block = s.integers(s.list(2, 1, 2));
  const auto edges = s.list(4, 0, 1);
  const auto ids = {x, block, s.constant(Tensor::of({2, 2}, edges))};
  return s.once_in(2) ? s.add(SpaceToBatch{}, ids, kMoves) : s.add(BatchToSpace{}, ids, kMoves);
}

bool triangle(Sketch& s) {
  const auto x = any(s, 2, 4);
  if (s.once_in(3)) return s.add(Trilu{s.once_in(2)}, {x}, kMoves);
  const auto k = s.constant(Tensor::of<std::int64_t>({}, {s.between(-2, 2)}));
  return s.add(Trilu{s.once_in(2)}, {x, k}, kMoves);
}

bool middle(Sketch& s) {
  const auto x = any(s, 1, 4);
  const auto axes = s.some_axes(s.rank(x));
  return s.add(CenterCropPad{axes}, {x, s.integers(s.list(axes.size(), 1, 6))}, kMoves);
}

/// Of a value, only its shape counts; of a constant, everything is known before running.
bool from_shape(Sketch& s) {
  const auto x = any(s);
  switch (s.between(0, 4)) {
    case 0:
      return s.add(ShapeOf{s.one_of({DType::i32, DType::i64}), s.between(-2, 1)}, {x}, kMoves);
    case 1:
      return s.add(Size{}, {x}, kMoves);
    case 2:
      return s.add(Rank{}, {x}, kMoves);
    case 3:
      return s.add(ZerosLike{}, {x}, kMoves);
    default:
      return s.add(EyeLike{s.random_dtype(kNumbers), s.between(-2, 2)}, {x}, kMoves);
  }
}

bool fill(Sketch& s) {
  const auto value = s.given({s.random_dtype(kAll), {}, {}}, 1);
  return s.add(Fill{}, {s.integers(s.list(2, 1, 4)), value}, kMoves);
}

}  // namespace

std::span<const Maker> move_makers() {
  static constexpr Maker kMakers[] = {{"reshape", reshape},
                                      {"transpose", transpose},
                                      {"transpose", transpose},
                                      {"squeeze", squeeze},
                                      {"slice", slice},
                                      {"strided_slice", strided_slice},
                                      {"split", split},
                                      {"concat", concat},
                                      {"concat", concat},
                                      {"pad", pad},
                                      {"repeat", repeat},
                                      {"backwards", backwards},
                                      {"batches", batches},
                                      {"triangle", triangle},
                                      {"middle", middle},
                                      {"from_shape", from_shape},
                                      {"fill", fill}};
  return kMakers;
}

}  // namespace slipway::random_graphs
