#pragma once
// Floats that meet weights of bytes: quantized on the fly, multiplied as bytes by other steps, and
// scaled back.

#include "engine/plan.h"

namespace slipway::engine {

/// What the values of one picture were quantized with.
struct DynamicScale {
  float scale = 1;
  std::int32_t zero = 0;
};

/// Finds the range of each picture and spreads it over bytes, zero point and all moved by 128: in
/// larger pictures whose borders stand for 0. Or, where `floats` says so, gives whole numbers
/// without their zero point as floats, in pictures of the same size. A unit is one picture.
struct DynamicQuantizeStep {
  StepHeader header;
  std::int32_t channels = 0;
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t out_height = 0;
  std::int32_t out_width = 0;
  std::int32_t pad_top = 0;
  std::int32_t pad_left = 0;
  std::uint32_t asymmetric = 0;
  std::uint32_t floats = 0;
  std::uint32_t reserved = 0;
  std::int64_t in_stride = 0;  // elements between two pixels
  Place in;
  Place out;
  Place scales;  // DynamicScale of each picture
};

/// Makes floats of sums, in place: kernels::ScaleSums. A unit is `unit_rows` rows of one picture,
/// each `row_pixels`.
struct ScaleSumsStep {
  StepHeader header;
  std::int32_t columns = 0;
  std::int32_t rows = 1;  // of one picture
  std::int32_t row_pixels = 1;
  std::int32_t unit_rows = 1;
  std::int64_t stride = 0;    // elements between two pixels
  std::uint32_t floats = 0;   // what the sums are
  std::uint32_t in_turn = 0;  // the order of two products
  float low = 0;
  float high = 0;
  Place c;
  Place scales;
  Place constants;  // f32 scale[columns], f32 bias[columns], i32 weights[columns]
};

void run(const DynamicQuantizeStep& step, const Bases& bases, int first, int last);
void run(const ScaleSumsStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
