#pragma once
// Dense 3x3 convolutions by Winograd's minimal filtering.

#include "engine/picture_steps.h"
#include "kernels/winograd_f32.h"
#include "kernels/winograd_u8.h"

namespace slipway::engine {

/// A unit is some rows of tiles of one picture, or some output channels of all pictures. Units that
/// run at the same time have workspaces of their own: units done in turn by one thread share that
/// of the first.
struct WinogradF32Step {
  StepHeader header;
  Sliding window;
  kernels::WinogradF32Shape shape;
  std::int32_t unit_rows = 1;
  std::uint32_t adds = 0;           // whether there is a residual
  std::int64_t unit_workspace = 0;  // bytes
  float low = 0;
  float high = 0;
  std::uint32_t rounded_in = 0;  // what is bfloat16 in memory
  std::uint32_t rounded_out = 0;
  std::uint32_t rounded_residual = 0;
  std::int32_t unit_columns = 0;  // 0: a unit is rows
  std::int64_t out_stride = 0;    // numbers between two pixels
  std::int64_t residual_stride = 0;
  std::int64_t in_stride[kernels::kMostInputs] = {};
  std::int32_t in_channels[kernels::kMostInputs] = {};  // 0: there are no more inputs
  Place in[kernels::kMostInputs];
  Place out;
  Place panels;
  Place workspace;
  Place residual;
};

/// The same of bytes.
struct WinogradU8Step {
  StepHeader header;
  Sliding window;
  kernels::WinogradU8Shape shape;
  std::int64_t unit_workspace = 0;  // bytes
  std::int64_t out_stride = 0;      // bytes between two pixels
  std::int64_t in_stride[kernels::kMostInputsU8] = {};
  std::int32_t in_channels[kernels::kMostInputsU8] = {};  // 0: there are no more inputs
  Place in[kernels::kMostInputsU8];
  Place out;
  Place panels;
  Place workspace;
  std::int32_t unit_rows = 1;
  std::uint32_t outside = 0;
  kernels::Requantization requantization;
  std::uint16_t reserved = 0;
};

void run(const WinogradF32Step& step, const Bases& bases, int first, int last);
void run(const WinogradU8Step& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
