#pragma once
// Steps that move elements and compute nothing.

#include "engine/plan.h"
#include "kernels/move.h"

namespace slipway::engine {

/// A regular arrangement of elements in another one. A unit is `unit_rows` of the first dimension.
struct MoveStep {
  StepHeader header;
  std::int32_t element_bytes = 1;
  std::int32_t rank = 0;
  std::int64_t unit_rows = 1;
  std::int64_t dims[kernels::kMoveRank] = {};
  std::int64_t from[kernels::kMoveRank] = {};  // bytes
  std::int64_t to[kernels::kMoveRank] = {};
  Place in;
  Place out;
};

/// Bytes that lie side by side in both places; from < 0: filled with the element.
struct Run {
  std::uint32_t to = 0;
  std::int32_t from = 0;
  std::uint32_t bytes = 0;
};

/// Any arrangement of elements, run by run. A unit is `unit_runs` of them.
struct RunsStep {
  StepHeader header;
  std::int32_t runs = 0;
  std::int32_t unit_runs = 1;
  std::uint64_t fill = 0;  // an element
  std::int32_t element_bytes = 1;
  std::int32_t reserved = 0;
  Place table;  // Runs
  Place in;
  Place out;
};

void run(const MoveStep& step, const Bases& bases, int first, int last);
void run(const RunsStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
