// gemm_u8 in the matrix unit: 32 rows x 32 channels, or 64 x 16, in four of its registers.

#include "kernels/tiles_amx.h"
#include "kernels/vector512.h"
// behind the vectors
#include "kernels/gemm_u8_finish.h"

namespace slipway::kernels {
namespace {

using V = Vector<64>;

struct Bytes {
  template <int kSums, int kA, int kW>
  static SLIPWAY_INLINE void multiply() {
    asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kA), "i"(kW));
  }
};

/// The extra steps of a panel.
template <int kWidth>
__attribute__((noinline)) void add_extras(const GemmU8& job, const Panel& panel, int row, int rows,
                                          std::int32_t* sums) {
  const std::byte* at = panel.weights + panel.bytes;
  for (int e = 0; e < panel.extras; ++e, at += extra_bytes(kWidth)) {
    PanelExtra extra;
    __builtin_memcpy(&extra, at, sizeof extra);
    const std::uint8_t* from = job.a[extra.segment] + extra.byte + row * job.a_stride;
    for (int i = 0; i < rows; ++i, from += job.a_stride) {
      int quad;
      __builtin_memcpy(&quad, from, 4);
      for (int v = 0; v < kWidth; v += 16) {
        std::int32_t* to = sums + i * kWidth + v;
        V::store_all(to, V::dot(V::load(to), V::of_ints(quad), V::load(at + sizeof extra + v * 4)));
      }
    }
  }
}

template <int kWidth>
__attribute__((noinline)) void floats_of(const GemmU8& job, const Panel& panel, int row, int rows,
                                         const std::int32_t* sums) {
  for (int i = 0; i < rows; ++i) {
    V::I line[1][kWidth / 16];
    for (int v = 0; v < kWidth / 16; ++v) line[0][v] = V::load(sums + i * kWidth + v * 16);
    store_floats<V>(job, row + i, panel, line);
  }
}

/// What becomes of the sums of some pixels of a line.
template <int kWidth>
SLIPWAY_INLINE void finish_run(const GemmU8& all, const Panel& panel, int line, int pixel,
                               int count, const std::int32_t* sums) {
  const bool floats = all.shape.output == GemmOutput::floats;
  const auto finish_job = [&](const GemmU8& job) __attribute__((always_inline)) {
    floats ? floats_of<kWidth>(job, panel, pixel, count, sums)
           : finish<kWidth>(job, panel, pixel, count, sums);
  };
  if (line == 0) return finish_job(all);
  GemmU8 job = all;
  const std::ptrdiff_t to = line * all.lines.c;
  if (floats) {
    job.y += to;
  } else if (job.shape.output == GemmOutput::sums) {
    job.sums += to;
  } else {
    job.c += to;
  }
  if (job.shape.output == GemmOutput::added) job.residual += line * all.lines.residual;
  finish_job(job);
}

/// All rows of one panel.
template <int kWidth>
__attribute__((noinline)) void rows_of_panel(const GemmU8& job, const TileSegments& a,
                                             const TileSplit& split, const Panel& panel,
                                             std::byte* memory) {
  multiply_rows<Bytes, kWidth>(
      a, split, {panel.scales, panel.weights, static_cast<std::ptrdiff_t>(panel.bytes)}, memory,
      [&](int row, int rows, std::byte* at) {
        auto* const sums = reinterpret_cast<std::int32_t*>(at);
        if (panel.extras > 0) add_extras<kWidth>(job, panel, row, rows, sums);
        each_run(job.lines, row, rows, [&](int first, int count, int line, int pixel) {
          finish_run<kWidth>(job, panel, line, pixel, count, sums + first * kWidth);
        });
      });
}

}  // namespace

void gemm_u8_amx(const GemmU8& job) {
  if (job.m < 1) return;
  constexpr int kPanel = 32;
  const auto& shape = job.shape;
  const int groups = quads_of(shape);
  const TileSplit split(job.m);
  const TileSegments a{reinterpret_cast<const std::byte* const*>(job.a), job.a_stride,
                       shape.segments, groups / kGroups, groups % kGroups};
  const TileRegisters registers(split.rows, a.last);
  alignas(64) std::byte memory[kTileMemory];
  const int all = columns_of(job);
  for (int n = 0; n < all; n += kPanel) {
    std::uint64_t begin;
    __builtin_memcpy(&begin, job.panels + (job.first + n) / kPanel * 8, sizeof begin);
    PanelHeader header;
    __builtin_memcpy(&header, job.panels + begin, sizeof header);
    const int width = panel_width(job.first + n, shape, kPanel);
    const std::byte* const scales = job.panels + begin + sizeof header;
    const std::byte* const weights = scales + constants_bytes(width);
    const Panel panel{scales,
                      weights,
                      job.panels + directory_bytes(shape, kPanel),
                      header.extras,
                      all - n < width ? all - n : width,
                      n,
                      static_cast<Requantize>(header.kind),
                      weights,
                      weight_bytes(shape, width),
                      static_cast<std::size_t>(width) * 4};
    width == kPanel ? rows_of_panel<kPanel>(job, a, split, panel, memory)
                    : rows_of_panel<kPanel / 2>(job, a, split, panel, memory);
  }
}

}  // namespace slipway::kernels
