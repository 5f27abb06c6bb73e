#pragma once
// 1x1 convolutions whose outputs are planes.

#include "engine/plan.h"
#include "kernels/planar_f32.h"

namespace slipway::engine {

/// Pictures of floats or bytes, channels last, become floats with their channels first. A unit is
/// `unit_pixels` of one picture.
struct PlanarStep {
  StepHeader header;
  std::int32_t pictures = 1;
  std::int32_t inputs = 0;
  std::int32_t outputs = 0;
  std::int32_t zero = 0;         // of bytes
  std::int64_t pixels = 0;       // of one picture
  std::int64_t in_stride = 0;    // elements between two pixels
  std::int64_t unit_pixels = 1;  // whole lines of a plane
  std::uint32_t of_bytes = 0;
  float low = 0;
  float high = 0;
  std::uint32_t reserved = 0;
  Place in;
  Place weights;  // [inputs, outputs] floats, with the scale of bytes in them
  Place bias;     // [outputs] floats
  Place out;
};

void run(const PlanarStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
