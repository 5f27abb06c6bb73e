#pragma once
// Steps that take many elements together: pools, reductions, places of the largest, and rows that
// become shares of one.

#include "engine/plan.h"
#include "kernels/pool.h"
#include "kernels/reduce.h"

namespace slipway::engine {

/// A unit is one row of the output.
struct PoolStep {
  StepHeader header;
  kernels::PoolShape shape;
  Place in;
  Place out;
};

/// out[o, i] = in[o, 0 … length - 1, i] taken together. A unit is `unit_rows` of o.
struct ReduceStep {
  StepHeader header;
  std::int64_t outer = 1;
  std::int64_t length = 1;
  std::int64_t inner = 1;
  std::int64_t unit_rows = 1;
  kernels::ReduceKind kind = kernels::ReduceKind::sum;
  std::uint32_t element_bytes = 4;
  kernels::ReduceScale scale;
  Place in;
  Place out;
};

/// The places of the largest (smallest) elements, the first or the last of equal ones; elements are
/// f32, u8 or i8 as pools have them. A unit is one o.
struct ArgStep {
  StepHeader header;
  std::int64_t length = 1;
  std::int64_t inner = 1;
  kernels::PoolType type = kernels::PoolType::f32;
  std::uint32_t smallest = 0;
  std::uint32_t last = 0;
  std::uint32_t wide = 0;  // places are i64, not i32
  Place in;
  Place out;
};

void run(const PoolStep& step, const Bases& bases, int first, int last);
void run(const ReduceStep& step, const Bases& bases, int first, int last);
void run(const ArgStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
