#pragma once
// planar_f32, private to each file that includes it. Lanes of a vector are pixels: the channels of
// a block of pixels become rows first, then each weight meets whole vectors of a row.

#include "kernels/floats.h"
#include "kernels/move_transpose.h"
#include "kernels/planar_f32_isa.h"

namespace slipway::kernels {
namespace {

using F = Floats::F;

constexpr int kBlock = 64;  // pixels
constexpr int kVectors = Floats::kRegisters >= 32 ? 4 : 2;
constexpr int kStripe = kVectors * Floats::kLanes;  // pixels whose sums are in registers
constexpr int kMostOutputs = 6;                     // and for so many outputs
static_assert(kBlock % kStripe == 0);

/// The rows of a block: [inputs][kBlock].
struct Rows {
  alignas(64) float x[kPlanarMostInputs * kBlock];
};

int whole(int count, int each) { return (count + each - 1) / each * each; }

/// The channels of kBlock pixels, and of what lies behind them up to a whole vector of them.
void read_rows(const float* in, std::ptrdiff_t stride, const PlanarF32& job, Rows& rows) {
  const auto* from = reinterpret_cast<const std::byte*>(in);
  auto* to = reinterpret_cast<std::byte*>(rows.x);
  constexpr int kRows = kWidth / 4;
  for (int i = 0; i < kBlock; i += kRows) {
    for (int k = 0; k < job.inputs; k += 4)
      block<std::uint32_t, kWidth, false>(from + i * stride * 4 + k * 4, stride * 4,
                                          to + k * kBlock * 4 + i * 4, kBlock * 4);
  }
}

void read_rows(const std::uint8_t* in, std::ptrdiff_t stride, const PlanarF32& job, Rows& rows) {
  alignas(64) std::uint8_t turned[kPlanarMostInputs * kBlock];
  blocks<std::uint8_t, kWidth>(reinterpret_cast<const std::byte*>(in), stride,
                               reinterpret_cast<std::byte*>(turned), kBlock, kBlock,
                               whole(job.inputs, 16));
  const std::int32_t zero = job.zero;
  for (int i = 0; i < job.inputs * kBlock; ++i)
    rows.x[i] = static_cast<float>(std::int32_t{turned[i]} - zero);
}

/// The channels of fewer pixels.
template <class T>
void read_some(const T* in, std::int64_t pixels, const PlanarF32& job, Rows& rows) {
  T some[kBlock * kPlanarMostInputs] = {};
  for (std::int64_t i = 0; i < pixels; ++i) {
    for (int k = 0; k < job.inputs; ++k) some[i * kPlanarMostInputs + k] = in[i * job.stride + k];
  }
  read_rows(some, kPlanarMostInputs, job, rows);
}

/// Has the next block come while this one is computed.
template <class T>
void fetch_block(const T* in, std::ptrdiff_t stride) {
  constexpr std::ptrdiff_t kLine = 64 / sizeof(T);
  for (std::ptrdiff_t i = 0; i < kBlock * stride; i += kLine) Floats::prefetch(in + i);
}

/// kOutputs planes of a block.
template <int kOutputs>
void add_up(const PlanarF32& job, const float* x, int first, float* out, std::ptrdiff_t plane,
            bool far) {
  const bool clamps = job.low > -std::numeric_limits<float>::infinity() ||
                      job.high < std::numeric_limits<float>::infinity();
  for (int i = 0; i < kBlock; i += kStripe) {
    F sums[kOutputs][kVectors];
    for (int j = 0; j < kOutputs; ++j)
      for (int v = 0; v < kVectors; ++v) sums[j][v] = Floats::all(job.bias[first + j]);
    const float* row = x + i;
    const float* w = job.weights + first;
    for (int k = 0; k < job.inputs; ++k, row += kBlock, w += job.outputs) {
      F a[kVectors];
      for (int v = 0; v < kVectors; ++v) a[v] = Floats::load(row + v * Floats::kLanes);
      SLIPWAY_UNROLL
      for (int j = 0; j < kOutputs; ++j) {
        const F weight = Floats::all(w[j]);
        SLIPWAY_UNROLL
        for (int v = 0; v < kVectors; ++v) sums[j][v] = Floats::fused(a[v], weight, sums[j][v]);
      }
    }
    if (clamps) {
      const F low = Floats::all(job.low);
      const F high = Floats::all(job.high);
      for (auto& sum : sums)
        for (auto& v : sum) v = Floats::at_most(high, Floats::at_least(low, v));
    }
    for (int j = 0; j < kOutputs; ++j) {
      float* to = out + j * plane + i;
      for (int v = 0; v < kVectors; ++v, to += Floats::kLanes) {
        if (far) {
          store_far(reinterpret_cast<F*>(to), sums[j][v]);
        } else {
          Floats::store(to, sums[j][v]);
        }
      }
    }
  }
}

using AddUp = void (*)(const PlanarF32& job, const float* x, int first, float* out,
                       std::ptrdiff_t plane, bool far);

constexpr AddUp kAddUp[] = {add_up<1>, add_up<2>, add_up<3>, add_up<4>, add_up<5>, add_up<6>};
static_assert(sizeof(kAddUp) / sizeof(kAddUp[0]) == kMostOutputs);

/// All planes of a block, or of its first pixels.
void run_block(const PlanarF32& job, const Rows& rows, float* out, std::int64_t pixels, bool far) {
  const int groups = (job.outputs + kMostOutputs - 1) / kMostOutputs;
  for (int g = 0; g < groups; ++g) {
    const int first = job.outputs * g / groups;
    const int count = job.outputs * (g + 1) / groups - first;
    if (pixels == kBlock) {
      kAddUp[count - 1](job, rows.x, first, out + first * job.plane, job.plane, far);
      continue;
    }
    alignas(64) float made[kMostOutputs * kBlock];
    kAddUp[count - 1](job, rows.x, first, made, kBlock, false);
    for (int j = 0; j < count; ++j) {
      for (std::int64_t i = 0; i < pixels; ++i)
        out[(first + j) * job.plane + i] = made[j * kBlock + i];
    }
  }
}

/// Whether every vector of the result is a whole line, or its neighbours make one with it.
bool has_lines(const PlanarF32& job) {
  constexpr std::uintptr_t kLine = 64;
  constexpr int kLineFloats = kLine / sizeof(float);
  return kStripe >= kLineFloats && job.pixels % kLineFloats == 0 && job.plane % kLineFloats == 0 &&
         reinterpret_cast<std::uintptr_t>(job.out) % kLine == 0;
}

template <class T>
void run_pixels(const PlanarF32& job, const T* in) {
  Rows rows;
  const bool far = job.far && has_lines(job);
  if (job.pixels < kBlock) {
    if (job.pixels <= 0) return;
    read_some(in, job.pixels, job, rows);
    run_block(job, rows, job.out, job.pixels, false);
    return;
  }
  for (std::int64_t at = 0; at < job.pixels; at += kBlock) {
    // The last block may overlap the one before it.
    const std::int64_t i = at + kBlock <= job.pixels ? at : job.pixels - kBlock;
    read_rows(in + i * job.stride, job.stride, job, rows);
    if (i + kBlock < job.pixels) fetch_block(in + (i + kBlock) * job.stride, job.stride);
    run_block(job, rows, job.out + i, kBlock, far);
  }
  if (far) finish_far();
}

void run_planar(const PlanarF32& job) {
  job.floats != nullptr ? run_pixels(job, job.floats) : run_pixels(job, job.bytes);
}

}  // namespace
}  // namespace slipway::kernels
