#pragma once
// Walking two tensors that broadcast to a common shape.

#include <vector>

#include "ir/op.h"
#include "tensor/shape.h"

namespace slipway::ops {

/// For each element of the output, in order, the index of the element of one input that it uses.
/// Needs `input` to broadcast to `output`.
class BroadcastIndex {
 public:
  BroadcastIndex(const Shape& input, const Shape& output) : output_(output.begin(), output.end()) {
    const auto dense = strides_of(input);
    strides_.assign(output.rank(), 0);
    for (std::size_t i = 0; i < input.rank(); ++i) {
      const std::size_t axis = output.rank() - input.rank() + i;
      strides_[axis] = input[i] == 1 ? 0 : dense[i];
    }
    position_.assign(output.rank(), 0);
  }

  [[nodiscard]] std::size_t index() const { return static_cast<std::size_t>(index_); }

  void next() {
    for (std::size_t axis = output_.size(); axis-- > 0;) {
      index_ += strides_[axis];
      if (++position_[axis] < output_[axis]) return;
      index_ -= strides_[axis] * output_[axis];
      position_[axis] = 0;
    }
  }

 private:
  std::vector<std::int64_t> output_;
  std::vector<std::int64_t> strides_;
  std::vector<std::int64_t> position_;
  std::int64_t index_ = 0;
};

/// Calls write(index, a[i], b[j]) for each element of the output, a and b being inputs 0 and 1.
template <class T, class Write>
void each_pair(const EvalIo& io, const Shape& output, Write write) {
  const auto a = io.in<T>(0);
  const auto b = io.in<T>(1);
  BroadcastIndex i(io.input(0).shape(), output);
  BroadcastIndex j(io.input(1).shape(), output);
  const auto count = static_cast<std::size_t>(output.elements());
  for (std::size_t at = 0; at < count; ++at, i.next(), j.next())
    write(at, a[i.index()], b[j.index()]);
}

}  // namespace slipway::ops
