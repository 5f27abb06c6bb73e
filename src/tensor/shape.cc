#include "tensor/shape.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway {

Shape::Shape(std::initializer_list<std::int64_t> dims) {
  auto made = make(std::span{dims.begin(), dims.size()});
  SLIPWAY_CHECK(made);
  *this = std::move(made).value();
}

Result<Shape> Shape::make(std::span<const std::int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return fail(Code::invalid_input, "{} dimensions, at most {} are possible", dims.size(),
                kMaxRank);
  }
  // Zeros count as 1 here: a dimension beside a zero must not overflow a stride either.
  std::int64_t elements = 1;
  for (const auto dim : dims) {
    if (dim == kUnknown) continue;
    if (dim < 0) return fail(Code::invalid_input, "dimension {} is negative", dim);
    if (dim > 1 && elements > kMaxElements / dim) {
      return fail(Code::invalid_input, "a tensor of over 2^40 elements");
    }
    elements *= std::max<std::int64_t>(dim, 1);
  }
  Shape shape;
  shape.dims_.assign(dims.begin(), dims.end());
  return shape;
}

bool Shape::is_known() const {
  return std::find(dims_.begin(), dims_.end(), kUnknown) == dims_.end();
}

std::int64_t Shape::elements() const {
  std::int64_t product = 1;
  for (const auto dim : dims_) {
    SLIPWAY_CHECK(dim != kUnknown);
    product *= dim;
  }
  return product;
}

std::string Shape::text() const {
  std::string out = "[";
  for (std::size_t i = 0; i < dims_.size(); ++i) {
    if (i > 0) out += ',';
    out += dims_[i] == kUnknown ? "?" : fmt::to_string(dims_[i]);
  }
  return out + "]";
}

Result<Shape> broadcast(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> dims(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t da = i < a.rank() ? a.back(i) : 1;
    const std::int64_t db = i < b.rank() ? b.back(i) : 1;
    if (da == db || db == 1) {
      dims[rank - 1 - i] = da;
    } else if (da == 1 || da == Shape::kUnknown) {
      dims[rank - 1 - i] = db;  // an unknown beside a number over 1 must turn out equal, or 1
    } else if (db == Shape::kUnknown) {
      dims[rank - 1 - i] = da;
    } else {
      return fail(Code::invalid_input, "shapes {} and {} do not fit together", a.text(), b.text());
    }
  }
  return Shape::make(dims);
}

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.rank());
  std::int64_t step = 1;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

Result<std::size_t> checked_axis(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    return fail(Code::invalid_input, "axis {} of a tensor with {} dimensions", axis, rank);
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

}  // namespace slipway
