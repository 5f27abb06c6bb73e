#include "ops/shape/move.h"

#include <algorithm>
#include <cstring>

namespace slipway::ops {
namespace {

bool is_identity(const Places& from, std::int64_t size) {
  if (static_cast<std::int64_t>(from.size()) != size) return false;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

}  // namespace

Places places(std::int64_t count, std::int64_t start, std::int64_t step) {
  Places out(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = start + step * static_cast<std::int64_t>(i);
  return out;
}

void pick(const Tensor& x, const std::vector<Places>& from, BytesView fill,
          std::span<std::byte> y) {
  if (y.empty()) return;
  const auto size = static_cast<std::size_t>(size_of(x.dtype()));
  // The trailing dimensions that stay whole move as one block.
  std::size_t moving = from.size();
  std::size_t block = 1;
  while (moving > 0 && is_identity(from[moving - 1], x.shape()[moving - 1]))
    block *= from[--moving].size();
  const auto strides = strides_of(x.shape());
  std::vector<std::int64_t> outer;
  for (std::size_t axis = 0; axis < moving; ++axis)
    outer.push_back(static_cast<std::int64_t>(from[axis].size()));
  auto to = y.begin();
  for (Walk walk(outer); !walk.done(); walk.next()) {
    std::int64_t index = 0;
    bool outside = false;
    for (std::size_t axis = 0; axis < moving; ++axis) {
      const auto place = from[axis][static_cast<std::size_t>(walk.at()[axis])];
      outside = outside || place < 0;
      index += place * strides[axis];
    }
    if (outside) {
      for (std::size_t i = 0; i < block; ++i) to = std::copy(fill.begin(), fill.end(), to);
    } else {
      const auto piece = x.bytes().subspan(static_cast<std::size_t>(index) * size, block * size);
      to = std::copy(piece.begin(), piece.end(), to);
    }
  }
}

TensorType moved(const TensorType& x, Shape shape) {
  TensorType y = x.with_shape(std::move(shape));
  if (y.quant && y.quant->per_axis())
    y.quant.reset();  // the file states where the axis went, if anywhere
  return y;
}

Result<Shape> open_shape(std::int64_t rank) {
  if (rank < 0 || rank > static_cast<std::int64_t>(Shape::kMaxRank))
    return fail(Code::unsupported, "a shape of unknown or too great length");
  const std::vector<std::int64_t> open(static_cast<std::size_t>(rank), Shape::kUnknown);
  return Shape::make(open);
}

std::int64_t elements_between(const Shape& shape, std::size_t from, std::size_t to) {
  std::int64_t product = 1;
  for (std::size_t axis = from; axis < to; ++axis) product *= shape[axis];
  return product;
}

Result<std::int64_t> checked_index(std::int64_t index, std::int64_t size) {
  if (index < -size || index >= size)
    return fail(Code::invalid_input, "index {} into a dimension of {}", index, size);
  return index < 0 ? index + size : index;
}

Result<std::int64_t> to_integer(const Tensor& tensor) {
  if (tensor.elements() != 1)
    return fail(Code::invalid_input, "one number is needed, not {}", tensor.type().text());
  return SLIPWAY_TRY(to_integers(tensor))[0];
}

std::vector<std::byte> zero_of(const TensorType& type) {
  std::vector<std::byte> zero(static_cast<std::size_t>(size_of(type.dtype)));
  if (!type.quant || type.quant->per_axis()) return zero;
  visit(type.dtype, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>) {
      const T value = static_cast<T>(type.quant->zero_point[0]);
      std::memcpy(zero.data(), &value, sizeof value);
    }
  });
  return zero;
}

}  // namespace slipway::ops
