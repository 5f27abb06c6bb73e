// Elements picked and written at places that numbers name.

#include <algorithm>

#include "onnx/random/sketch.h"
#include "ops/shape/col2im.h"
#include "ops/shape/distinct.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/gather_elements.h"
#include "ops/shape/search.h"

namespace slipway::random_graphs {
namespace {

using namespace ops;  // NOLINT: as in elementwise.cc

ValueId any(Sketch& s, std::size_t least_rank, std::size_t most_rank) {
  return s.some({kAll, least_rank, most_rank, Trust::leaf});
}

std::int64_t dim(Sketch& s, ValueId x, std::int64_t axis) {
  const auto& shape = s.shape(x);
  return shape[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.rank())
                                                 : axis)];
}

/// Places in a dimension of `size`, now and then from the end.
ValueId places(Sketch& s, Shape shape, std::int64_t size, bool distinct = false) {
  const auto count = static_cast<std::size_t>(shape.elements());
  auto values = s.list(count, s.once_in(2) ? 0 : -size, size - 1);
  if (distinct) {
    values = s.permutation(static_cast<std::size_t>(size));
    values.resize(count);
  }
  if (s.once_in(2)) return s.constant(Tensor::of(std::move(shape), values));
  return s.constant(
      Tensor::of(std::move(shape), std::vector<std::int32_t>(values.begin(), values.end())));
}

bool gather(Sketch& s) {
  const auto x = any(s, 1, 4);
  Gather op{s.axis(s.rank(x))};
  if (s.rank(x) > 1 && s.once_in(4)) {
    op = {1, 1};
    return s.add(op, {x, places(s, {dim(s, x, 0), s.between(1, 3)}, dim(s, x, 1))}, Trust::exact);
  }
  return s.add(op, {x, places(s, s.random_shape(0, 2, 4), dim(s, x, op.axis))}, Trust::exact);
}

bool gather_nd(Sketch& s) {
  const auto x = any(s, 1, 4);
  const auto smallest = *std::min_element(s.shape(x).begin(), s.shape(x).end());
  const auto depth = s.between(1, static_cast<std::int64_t>(s.rank(x)));
  return s.add(GatherND{}, {x, places(s, {s.between(1, 4), depth}, smallest)}, Trust::exact);
}

bool gather_elements(Sketch& s) {
  const auto x = any(s, 1, 4);
  const auto axis = s.axis(s.rank(x));
  std::vector<std::int64_t> dims(s.shape(x).begin(), s.shape(x).end());
  for (auto& d : dims) d = s.between(1, d);
  return s.add(GatherElements{axis}, {x, places(s, *Shape::make(dims), dim(s, x, axis))},
               Trust::exact);
}

/// Without a reduction no place is written twice: ONNX does not say which update stays.
bool scatter(Sketch& s) {
  const auto x = any(s, 1, 3);
  const auto reduction = s.one_of({Reduction::none, Reduction::none, Reduction::add, Reduction::mul,
                                   Reduction::max, Reduction::min});
  const bool once = reduction == Reduction::none;
  std::vector<std::int64_t> dims(s.shape(x).begin(), s.shape(x).end());
  if (s.once_in(2)) {
    const auto count = s.between(1, dims[0]);
    const auto indices = places(s, {count, 1}, dims[0], once);
    dims[0] = count;
    const auto updates = s.given({s.dtype(x), *Shape::make(dims), {}}, 2);
    return s.add(ScatterND{reduction}, {x, indices, updates}, Trust::near);
  }
  if (s.rank(x) > 1 && once) return false;
  const auto axis = s.axis(s.rank(x));
  const auto size = dim(s, x, axis);
  for (auto& d : dims) d = s.between(1, d);
  const auto indices = places(s, *Shape::make(dims), size, once);
  const auto updates = s.given({s.dtype(x), *Shape::make(dims), {}}, 2);
  return s.add(ScatterElements{axis, reduction}, {x, indices, updates}, Trust::near);
}

bool update(Sketch& s) {
  const auto x = any(s, 1, 4);
  std::vector<std::int64_t> dims(s.shape(x).begin(), s.shape(x).end());
  for (auto& d : dims) d = s.between(1, d);
  const auto part = s.given({s.dtype(x), *Shape::make(dims), {}}, 2);
  return s.add(DynamicUpdateSlice{}, {x, part, s.integers(s.list(dims.size(), 0, 3))},
               Trust::exact);
}

bool one_hot(Sketch& s) {
  const auto indices =
      s.some({.types = {DType::i32, DType::i64}, .most_rank = 3, .trust = Trust::exact});
  const auto dtype = s.random_dtype({DType::f32, DType::i32, DType::i64});
  const auto axis = s.between(-1, static_cast<std::int64_t>(s.rank(indices)));
  return s.add(OneHot{axis, s.once_in(2)},
               {indices, s.integer(s.between(1, 6)), s.random_constant({dtype, {}, {}}),
                s.random_constant({dtype, {}, {}})},
               Trust::exact);
}

/// How many there are only the data tell.
bool of_unknown_count(Sketch& s) {
  const auto x = s.some(
      {.types = {DType::f32, DType::i64}, .least_rank = 1, .most_rank = 3, .trust = Trust::exact});
  switch (s.between(0, 2)) {
    case 0:
      return s.add(NonZero{}, {x}, Trust::leaf);
    case 1: {
      const auto axis = s.axis(s.rank(x));
      const auto condition = s.given({DType::boolean, {s.between(1, dim(s, x, axis))}, {}}, 2);
      return s.add(Compress{axis}, {x, condition}, Trust::leaf);
    }
    default:
      return s.add(Unique{s.axis(s.rank(x)), s.once_in(2)}, {x}, Trust::leaf);
  }
}

bool col2im(Sketch& s) {
  const auto picture = s.list(2, 2, 6);
  const auto block = s.list(2, 1, 2);
  const auto blocks = (picture[0] - block[0] + 1) * (picture[1] - block[1] + 1);
  const auto x = s.input({DType::f32, {s.between(1, 2), 2 * block[0] * block[1], blocks}, {}});
  return s.add(Col2Im{}, {x, s.integers(picture), s.integers(block)}, Trust::near);
}

}  // namespace

std::span<const Maker> index_makers() {
  static constexpr Maker kMakers[] = {{"gather", gather},
                                      {"gather_nd", gather_nd},
                                      {"gather_elements", gather_elements},
                                      {"scatter", scatter},
                                      {"update", update},
                                      {"one_hot", one_hot},
                                      {"of_unknown_count", of_unknown_count},
                                      {"col2im", col2im}};
  return kMakers;
}

}  // namespace slipway::random_graphs
