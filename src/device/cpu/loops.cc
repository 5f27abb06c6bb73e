#include "device/cpu/loops.h"

#include <algorithm>
#include <vector>

namespace slipway::cpu {
namespace {

struct Dimension {
  std::int64_t size;
  std::int64_t steps[engine::kLoopsInputs];
};

/// Whether the inner dimension goes on where the outer one steps: both can be one.
bool continues(const Dimension& outer, const Dimension& inner) {
  for (int i = 0; i < engine::kLoopsInputs; ++i)
    if (outer.steps[i] != inner.steps[i] * inner.size) return false;
  return true;
}

}  // namespace

Result<engine::Loops> loops_of(const Shape& y, std::span<const Shape> inputs) {
  std::vector<Dimension> all;
  for (std::size_t axis = 0; axis < y.rank(); ++axis) {
    if (y[axis] == 1) continue;
    Dimension next{y[axis], {}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto& shape = inputs[i];
      if (axis + shape.rank() < y.rank()) continue;
      const std::size_t own = axis + shape.rank() - y.rank();
      next.steps[i] = shape[own] == 1 ? 0 : strides_of(shape)[own];
    }
    if (!all.empty() && continues(all.back(), next)) {
      next.size *= all.back().size;
      all.back() = next;
    } else {
      all.push_back(next);
    }
  }
  if (all.size() > engine::kLoopsRank)
    return fail(Code::unsupported, "{} dimensions that broadcast apart", all.size());
  engine::Loops loops;
  loops.rank = std::max<std::int32_t>(static_cast<std::int32_t>(all.size()), 1);
  for (std::size_t axis = 0; axis < all.size(); ++axis) {
    loops.dims[axis] = all[axis].size;
    for (std::size_t i = 0; i < engine::kLoopsInputs; ++i)
      loops.steps[i][axis] = all[axis].steps[i];
  }
  return loops;
}

std::int64_t unit_rows(std::int64_t row_bytes) {
  constexpr std::int64_t kUnitBytes = 1 << 15;
  return std::max<std::int64_t>(kUnitBytes / std::max<std::int64_t>(row_bytes, 1), 1);
}

std::uint32_t cut(engine::Loops& loops, std::int64_t element_bytes) {
  std::int64_t row = element_bytes;
  for (int axis = 1; axis < loops.rank; ++axis) row *= loops.dims[axis];
  loops.unit_rows = unit_rows(row);
  return static_cast<std::uint32_t>((loops.dims[0] + loops.unit_rows - 1) / loops.unit_rows);
}

}  // namespace slipway::cpu
