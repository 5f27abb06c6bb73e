#pragma once
// planar_f32, private to each file that includes it. Lanes of a vector are pixels: the channels of
// a block of pixels become rows first, then each weight meets whole vectors of a row.

#include "kernels/floats.h"
#include "kernels/move_transpose.h"
#include "kernels/planar_f32_isa.h"

namespace slipway::kernels {
namespace {

using F = Floats::F;

constexpr int kLine = 64;   // bytes
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
void read_some(const T* in, const PlanarF32& job, Rows& rows) {
  T some[kBlock * kPlanarMostInputs] = {};
  for (std::int64_t i = 0; i < job.pixels; ++i) {
    for (int k = 0; k < job.inputs; ++k) some[i * kPlanarMostInputs + k] = in[i * job.stride + k];
  }
  read_rows(some, kPlanarMostInputs, job, rows);
}

/// The lines of the next block, which come while this one is computed: a few at a time, for the
/// processor keeps only some in flight.
struct Ahead {
  const char* at = nullptr;
  int lines = 0;  // at a time
};

/// Where the planes of a block go.
struct Target {
  float* out = nullptr;
  std::ptrdiff_t plane = 0;
  bool far = false;
};

/// The planes of kOutputs outputs from `first` on.
template <int kOutputs>
void add_up(const PlanarF32& job, const Rows& rows, int first, const Target& to, Ahead& ahead) {
  const bool clamps = job.low > -std::numeric_limits<float>::infinity() ||
                      job.high < std::numeric_limits<float>::infinity();
  for (int i = 0; i < kBlock; i += kStripe) {
    for (int line = 0; line < ahead.lines; ++line, ahead.at += kLine) Floats::prefetch(ahead.at);
    F sums[kOutputs][kVectors];
    for (int j = 0; j < kOutputs; ++j)
      for (int v = 0; v < kVectors; ++v) sums[j][v] = Floats::all(job.bias[first + j]);
    const float* row = rows.x + i;
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
      float* out = to.out + j * to.plane + i;
      for (int v = 0; v < kVectors; ++v, out += Floats::kLanes) {
        if (to.far) {
          store_far(reinterpret_cast<F*>(out), sums[j][v]);
        } else {
          Floats::store(out, sums[j][v]);
        }
      }
    }
  }
}

using AddUp = void (*)(const PlanarF32& job, const Rows& rows, int first, const Target& to,
                       Ahead& ahead);

constexpr AddUp kAddUp[] = {add_up<1>, add_up<2>, add_up<3>, add_up<4>, add_up<5>, add_up<6>};
static_assert(sizeof(kAddUp) / sizeof(kAddUp[0]) == kMostOutputs);

int groups_of(const PlanarF32& job) { return (job.outputs + kMostOutputs - 1) / kMostOutputs; }

/// All planes of a block.
void run_block(const PlanarF32& job, const Rows& rows, const Target& to, Ahead ahead) {
  const int groups = groups_of(job);
  for (int g = 0; g < groups; ++g) {
    const int first = job.outputs * g / groups;
    const int count = job.outputs * (g + 1) / groups - first;
    kAddUp[count - 1](job, rows, first, {to.out + first * to.plane, to.plane, to.far}, ahead);
  }
}

/// All planes of fewer pixels than a block has.
template <class T>
void run_some(const PlanarF32& job, const T* in) {
  Rows rows;
  read_some(in, job, rows);
  Ahead nothing;
  for (int j = 0; j < job.outputs; ++j) {
    alignas(64) float made[kBlock];
    add_up<1>(job, rows, j, {made, kBlock, false}, nothing);
    std::memcpy(job.out + j * job.plane, made, static_cast<std::size_t>(job.pixels) * 4);
  }
}

/// Whether every vector of the result is a whole line, or its neighbours make one with it.
bool has_lines(const PlanarF32& job) {
  constexpr int kLineFloats = kLine / sizeof(float);
  return kStripe >= kLineFloats && job.pixels % kLineFloats == 0 && job.plane % kLineFloats == 0 &&
         reinterpret_cast<std::uintptr_t>(job.out) % kLine == 0;
}

template <class T>
void run_blocks(const PlanarF32& job, const T* in) {
  Rows rows;
  const bool far = job.far && has_lines(job);
  const auto lines = kBlock * job.stride * static_cast<std::ptrdiff_t>(sizeof(T)) / kLine;
  const std::ptrdiff_t times = std::ptrdiff_t{groups_of(job)} * (kBlock / kStripe);
  for (std::int64_t at = 0; at < job.pixels; at += kBlock) {
    // The last block may overlap the one before it.
    const std::int64_t i = at + kBlock <= job.pixels ? at : job.pixels - kBlock;
    const T* block = in + i * job.stride;
    read_rows(block, job.stride, job, rows);
    Ahead ahead;
    if (i + kBlock < job.pixels) {
      ahead.at = reinterpret_cast<const char*>(block + kBlock * job.stride);
      ahead.lines = static_cast<int>((lines + times - 1) / times);
    }
    run_block(job, rows, {job.out + i, job.plane, far}, ahead);
  }
  if (far) finish_far();
}

template <class T>
void run_pixels(const PlanarF32& job, const T* in) {
  if (job.pixels >= kBlock) {
    run_blocks(job, in);
  } else if (job.pixels > 0) {
    run_some(job, in);
  }
}

void run_planar(const PlanarF32& job) {
  job.floats != nullptr ? run_pixels(job, job.floats) : run_pixels(job, job.bytes);
}

}  // namespace
}  // namespace slipway::kernels
