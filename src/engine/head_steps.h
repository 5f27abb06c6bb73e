#pragma once
// Steps that stand at the ends of networks: shares of one, pictures of other sizes, and floats as
// bytes of any rounding.

#include "engine/plan.h"
#include "kernels/resize_f32.h"

namespace slipway::engine {

/// A unit is one o of [outer, length, inner].
struct SoftmaxF32Step {
  StepHeader header;
  std::int64_t length = 1;
  std::int64_t inner = 1;
  float beta = 1;
  std::uint32_t log = 0;
  Place in;
  Place out;
};

/// Shares of one of bytes, in steps of 1/256, as docs/formats/quantized_arithmetic.md says. A unit
/// is one row.
struct SoftmaxBytesStep {
  StepHeader header;
  std::int64_t length = 1;
  std::uint32_t is_signed = 0;
  std::int32_t farthest = 0;  // differences over that count as nothing
  Place table;                // i32[2][256]: e^-d, and the same with the bits of sums
  Place in;
  Place out;
};

using kernels::Tap;

/// Each element weighs its four neighbours. A unit is one row of the output. The variant is of
/// resize_f32, for floats.
struct ResizeStep {
  StepHeader header;
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t out_height = 0;
  std::int32_t out_width = 0;
  std::int32_t channels = 0;
  std::uint32_t type = 0;  // as kernels::PoolType
  Place rows;              // Tap[out_height]
  Place columns;           // Tap[out_width]
  Place in;
  Place out;
};

/// A share of one element.
struct WeightedTap {
  std::int32_t at = 0;
  float weight = 0;
};

/// out[o, j, i] = the sum of weight * in[o, at, i] over the taps of j, of floats. A unit is one o.
struct ResampleStep {
  StepHeader header;
  std::int64_t in_length = 1;
  std::int64_t out_length = 1;
  std::int64_t inner = 1;
  Place begins;  // i32[out_length + 1]: which taps are whose
  Place taps;    // WeightedTap
  Place in;
  Place out;
};

/// Floats as bytes: round(x / scale) + zero, halves away from zero or to even. A unit is
/// `unit_elements`.
struct QuantizeStep {
  StepHeader header;
  std::int64_t count = 0;
  std::int64_t unit_elements = 0;
  float scale = 1;
  std::int32_t zero = 0;
  std::uint32_t is_signed = 0;
  std::uint32_t halves_to_even = 0;
  Place in;
  Place out;
};

void run(const SoftmaxF32Step& step, const Bases& bases, int first, int last);
void run(const SoftmaxBytesStep& step, const Bases& bases, int first, int last);
void run(const ResizeStep& step, const Bases& bases, int first, int last);
void run(const ResampleStep& step, const Bases& bases, int first, int last);
void run(const QuantizeStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
