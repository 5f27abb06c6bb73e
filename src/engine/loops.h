#pragma once
// Walking several tensors that broadcast to one shape.

#include <cstdint>

namespace slipway::engine {

inline constexpr int kLoopsRank = 6;
inline constexpr int kLoopsInputs = 3;

/// Positions of the output, which is dense, and for each input how many elements further the next
/// position of a dimension is: 0 where it broadcasts. In the last dimension that is 0 or 1. A unit
/// is `unit_rows` of the first dimension.
struct Loops {
  std::int32_t rank = 1;
  std::int32_t reserved = 0;
  std::int64_t unit_rows = 1;
  std::int64_t dims[kLoopsRank] = {1};
  std::int64_t steps[kLoopsInputs][kLoopsRank] = {};
};

/// Calls line(output index, indices of the inputs, count) for each run along the last dimension of
/// the units from `first` up to `last`.
template <class Line>
void each_line(const Loops& loops, int first, int last, Line line) {
  const int inner = loops.rank - 1;
  std::int64_t dims[kLoopsRank];
  std::int64_t row = 1;  // elements of the output in one of the first dimension
  for (int axis = 0; axis < loops.rank; ++axis) {
    dims[axis] = loops.dims[axis];
    if (axis > 0) row *= dims[axis];
  }
  const std::int64_t begin = first * loops.unit_rows;
  const std::int64_t behind = last * loops.unit_rows;
  dims[0] = (behind < dims[0] ? behind : dims[0]) - begin;
  std::int64_t to = begin * row;
  std::int64_t from[kLoopsInputs];
  for (int i = 0; i < kLoopsInputs; ++i) from[i] = begin * loops.steps[i][0];
  std::int64_t at[kLoopsRank] = {};
  for (;;) {
    line(to, from, dims[inner]);
    to += dims[inner];
    int axis = inner - 1;
    for (; axis >= 0; --axis) {
      for (int i = 0; i < kLoopsInputs; ++i) from[i] += loops.steps[i][axis];
      if (++at[axis] < dims[axis]) break;
      for (int i = 0; i < kLoopsInputs; ++i) from[i] -= loops.steps[i][axis] * dims[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace slipway::engine
