#pragma once
// What the ops that only move elements share. They work on bytes, so on every element type.

#include <cstdint>
#include <span>
#include <vector>

#include "ir/op.h"

namespace slipway::ops {

/// Along one dimension of an output, the place in the input that each step comes from.
using Places = std::vector<std::int64_t>;

/// start, start + step, …
[[nodiscard]] Places places(std::int64_t count, std::int64_t start = 0, std::int64_t step = 1);

/// y[p0, p1, …] = x[from[0][p0], from[1][p1], …], and `fill` where one of the places is negative.
/// Needs one list per dimension of x, places within x, and y to be as large as the lists say.
void pick(const Tensor& x, const std::vector<Places>& from, BytesView fill, std::span<std::byte> y);

/// The type of x's elements after a move: one scale stays, scales per axis do not.
[[nodiscard]] TensorType moved(const TensorType& x, Shape shape);

/// A shape of `rank` dimensions that only running the graph will tell.
///
/// Errors  unsupported: the rank itself is unknown, or over Shape::kMaxRank
Result<Shape> open_shape(std::int64_t rank);

/// The product of dimensions `from` up to and without `to`. Needs shape.is_known().
[[nodiscard]] std::int64_t elements_between(const Shape& shape, std::size_t from, std::size_t to);

/// `index` counted from the front; -1 is the last.
///
/// Errors  invalid_input: outside [-size, size)
Result<std::int64_t> checked_index(std::int64_t index, std::int64_t size);

/// The one element of an integer tensor.
///
/// Errors  invalid_input: more or fewer elements, or no integers
Result<std::int64_t> to_integer(const Tensor& tensor);

/// The bytes of an element with the real value 0: the zero point of a quantized type.
[[nodiscard]] std::vector<std::byte> zero_of(const TensorType& type);

/// Positions of `dims` in row-major order.
class Walk {
 public:
  explicit Walk(std::span<const std::int64_t> dims)
      : dims_(dims.begin(), dims.end()), at_(dims.size(), 0) {
    for (const auto dim : dims_) done_ = done_ || dim == 0;
  }

  [[nodiscard]] bool done() const { return done_; }

  [[nodiscard]] std::span<const std::int64_t> at() const { return at_; }

  void next() {
    for (std::size_t axis = dims_.size(); axis-- > 0;) {
      if (++at_[axis] < dims_[axis]) return;
      at_[axis] = 0;
    }
    done_ = true;
  }

 private:
  std::vector<std::int64_t> dims_;
  std::vector<std::int64_t> at_;
  bool done_ = false;
};

}  // namespace slipway::ops
