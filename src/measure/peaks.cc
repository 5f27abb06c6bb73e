#include "measure/peaks.h"

#include <algorithm>
#include <bit>
#include <span>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/clock.h"
#include "kernels/isa.h"

namespace slipway::measure {
namespace {

constexpr int kChain = 60000;  // some 50 us
constexpr double kTolerance = 1.04;

double seconds_between(Clock::Time start, Clock::Time end) {
  return milliseconds(start, end) / 1e3;
}

double chain_seconds() {
  const SystemClock clock;
  std::uint64_t x = 3;
  const auto start = clock.now();
  for (int i = 0; i < kChain / 4; ++i) {
#if defined(__x86_64__)
    asm volatile("imul %0,%0\n imul %0,%0\n imul %0,%0\n imul %0,%0" : "+r"(x));
#elif defined(__aarch64__)
    asm volatile("mul %0,%0,%0\n mul %0,%0,%0\n mul %0,%0,%0\n mul %0,%0,%0" : "+r"(x));
#else
    for (int k = 0; k < 4; ++k) {
      x *= x;
      asm volatile("" : "+r"(x));
    }
#endif
  }
  return seconds_between(start, clock.now());
}

constexpr int kRounds = 2000;

// Twelve independent sums hide the latency of every processor so far.
#define SLIPWAY_TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define SLIPWAY_PEAK(NAME, TARGET, VECTOR, ZERO, INSTRUCTION) \
  __attribute__((target(TARGET))) void NAME() {               \
    const VECTOR a = ZERO;                                    \
    const VECTOR b = ZERO;                                    \
    VECTOR sums[12];                                          \
    for (auto& sum : sums) sum = ZERO;                        \
    for (int i = 0; i < kRounds; ++i) {                       \
      SLIPWAY_TWELVE(INSTRUCTION)                             \
    }                                                         \
    for (auto& sum : sums) asm volatile("" ::"v"(sum));       \
  }

#if defined(__x86_64__)
#define SLIPWAY_FMA(I) asm volatile("vfmadd231ps %2,%1,%0" : "+v"(sums[I]) : "v"(a), "v"(b));
#define SLIPWAY_DOT(I) asm volatile("vpdpbusd %2,%1,%0" : "+v"(sums[I]) : "v"(a), "v"(b));
#define SLIPWAY_VEX_DOT(I) \
  asm volatile("%{vex%} vpdpbusd %2,%1,%0" : "+x"(sums[I]) : "x"(a), "x"(b));
#define SLIPWAY_BF16(I) asm volatile("vdpbf16ps %2,%1,%0" : "+v"(sums[I]) : "v"(a), "v"(b));
#define SLIPWAY_HALF(I) asm volatile("vfmadd231ph %2,%1,%0" : "+v"(sums[I]) : "v"(a), "v"(b));
SLIPWAY_PEAK(fma256, "avx2,fma", __m256, _mm256_setzero_ps(), SLIPWAY_FMA)
SLIPWAY_PEAK(fma512, "avx512f", __m512, _mm512_setzero_ps(), SLIPWAY_FMA)
SLIPWAY_PEAK(vex_dot256, "avx2", __m256i, _mm256_setzero_si256(), SLIPWAY_VEX_DOT)
SLIPWAY_PEAK(dot256, "avx512vnni,avx512vl", __m256i, _mm256_setzero_si256(), SLIPWAY_DOT)
SLIPWAY_PEAK(dot512, "avx512vnni", __m512i, _mm512_setzero_si512(), SLIPWAY_DOT)
SLIPWAY_PEAK(bf16_512, "avx512bf16", __m512, _mm512_setzero_ps(), SLIPWAY_BF16)
SLIPWAY_PEAK(half_512, "avx512fp16", __m512, _mm512_setzero_ps(), SLIPWAY_HALF)

/// `multiply` has four sums, so three of it are the twelve instructions of a round.
template <class Multiply>
__attribute__((target("amx-tile"))) void each_tile(const Multiply& multiply) {
  struct alignas(64) Sizes {
    std::uint8_t palette = 1;
    std::uint8_t reserved[15] = {};
    std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16};
  };

  const Sizes sizes;
  asm volatile("ldtilecfg %0" ::"m"(sizes) : "memory");
  for (int i = 0; i < 3 * kRounds; ++i) multiply();
  _tile_release();
}

__attribute__((target("amx-tile,amx-int8"))) void tiles_of_bytes() {
  each_tile([]() __attribute__((target("amx-tile,amx-int8"))) {
    _tile_dpbusd(0, 4, 5);
    _tile_dpbusd(1, 4, 5);
    _tile_dpbusd(2, 4, 5);
    _tile_dpbusd(3, 4, 5);
  });
}

__attribute__((target("amx-tile,amx-bf16"))) void tiles_of_bf16() {
  each_tile([]() __attribute__((target("amx-tile,amx-bf16"))) {
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 5);
    _tile_dpbf16ps(2, 4, 5);
    _tile_dpbf16ps(3, 4, 5);
  });
}

#undef SLIPWAY_FMA
#undef SLIPWAY_DOT
#undef SLIPWAY_VEX_DOT
#undef SLIPWAY_BF16
#undef SLIPWAY_HALF
#endif

// Reads `lines` cache lines, two at a time. What was read is forgotten.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) void read_512(const std::byte* at, std::size_t lines) {
  for (std::size_t i = 0; i < lines; i += 2, at += 128)
    asm volatile("vmovups (%0), %%zmm0\n vmovups 64(%0), %%zmm1" ::"r"(at) : "xmm0", "xmm1");
}

__attribute__((target("avx2"))) void read_256(const std::byte* at, std::size_t lines) {
  for (std::size_t i = 0; i < lines; i += 2, at += 128)
    asm volatile(
        "vmovups (%0), %%ymm0\n vmovups 32(%0), %%ymm1\n"
        "vmovups 64(%0), %%ymm2\n vmovups 96(%0), %%ymm3" ::"r"(at)
        : "xmm0", "xmm1", "xmm2", "xmm3");
}
#endif

void read_plainly(const std::byte* at, std::size_t lines) {
  const auto* words = std::bit_cast<const std::uint64_t*>(at);
  std::uint64_t sums[4] = {};
  for (std::size_t i = 0; i < lines * 8; i += 4)
    for (std::size_t k = 0; k < 4; ++k) sums[k] += words[i + k];
  for (auto& sum : sums) asm volatile("" ::"r"(sum));
}

struct Loop {
  const char* name;
  kernels::Isa isa;
  Numbers numbers;
  int operations;  // of one instruction
  void (*run)();
};

constexpr Loop kLoops[] = {
#if defined(__x86_64__)
    {"f32 fma, 256 bits", kernels::Isa::avx2, Numbers::floats, 16, fma256},
    {"f32 fma, 512 bits", kernels::Isa::avx512, Numbers::floats, 32, fma512},
    {"u8 dot, 256 bits (VEX)", kernels::Isa::avx_vnni, Numbers::bytes, 64, vex_dot256},
    {"u8 dot, 256 bits", kernels::Isa::vnni512, Numbers::bytes, 64, dot256},
    {"u8 dot, 512 bits", kernels::Isa::vnni512, Numbers::bytes, 128, dot512},
    {"bf16 dot, 512 bits", kernels::Isa::bf16_512, Numbers::bf16, 64, bf16_512},
    {"f16 fma, 512 bits", kernels::Isa::fp16_512, Numbers::halves, 64, half_512},
    {"u8 matrix unit", kernels::Isa::amx, Numbers::bytes, 32768, tiles_of_bytes},
    {"bf16 matrix unit", kernels::Isa::amx, Numbers::bf16, 16384, tiles_of_bf16},
#endif
    {nullptr, kernels::Isa::portable, Numbers::floats, 0, nullptr},
};

}  // namespace

bool Stopwatch::full_clock() {
  const double chain = chain_seconds();
  fastest_chain_ = std::min(fastest_chain_, chain);
  return chain <= fastest_chain_ * kTolerance;
}

double Stopwatch::chain_ghz() const { return kChain / fastest_chain_ * 1e-9; }

double Stopwatch::best_seconds(const std::function<void()>& run, double seconds) {
  const SystemClock clock;
  const auto start = clock.now();
  run();  // caches and pages
  const auto first = clock.now();
  run();
  const double once = std::max(seconds_between(first, clock.now()), 1e-9);
  const int runs = static_cast<int>(std::clamp(3e-4 / once, 1.0, 1e6));
  double best = 1e9;
  double refused = 1e9;  // of samples that do not count, should none do
  bool before = full_clock();
  do {
    const auto begin = clock.now();
    for (int i = 0; i < runs; ++i) run();
    const double each = seconds_between(begin, clock.now()) / runs;
    const bool after = full_clock();
    ++samples_;
    if (before && after) {
      best = std::min(best, each);
    } else {
      ++refused_;
      refused = std::min(refused, each);
    }
    before = after;
  } while (seconds_between(start, clock.now()) < seconds);
  return best < 1e9 ? best : refused;
}

double measure_reading(Stopwatch& watch, kernels::Isa isa, std::size_t bytes, double seconds) {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kLeast = std::size_t{1} << 14U;
  const auto lines = std::max(bytes, kLeast) / kLine / 2 * 2;
  const std::vector<std::uint64_t> block(lines * kLine / sizeof(std::uint64_t), 1);
  const auto* at = std::as_bytes(std::span(block)).data();
  auto* read = read_plainly;
#if defined(__x86_64__)
  if (kernels::includes(isa, kernels::Isa::avx2)) read = read_256;
  if (kernels::includes(isa, kernels::Isa::avx512)) read = read_512;
#else
  static_cast<void>(isa);
#endif
  const double best = watch.best_seconds([&] { read(at, lines); }, seconds);
  return static_cast<double>(lines * kLine) / best * 1e-9;
}

std::vector<Peak> measure_peaks(Stopwatch& watch, double seconds) {
  std::vector<Peak> peaks;
  for (const auto& loop : kLoops) {
    if (loop.run == nullptr || !runs_here(loop.isa)) continue;
    const double best = watch.best_seconds(loop.run, seconds);
    peaks.push_back(
        {loop.name, loop.isa, loop.numbers, 12.0 * kRounds * loop.operations / best * 1e-9});
  }
  return peaks;
}

}  // namespace slipway::measure
