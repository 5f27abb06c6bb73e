#include "kernels/isa.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace slipway::kernels {

std::string_view name_of(Isa isa) {
  constexpr std::string_view kNames[kIsaCount] = {"portable", "avx2",     "avx_vnni", "avx512",
                                                  "vnni512",  "bf16_512", "fp16_512", "amx",
                                                  "neon",     "dotprod",  "fp16"};
  return kNames[static_cast<int>(isa)];
}

std::optional<Isa> isa_named(std::string_view name) {
  for (int i = 0; i < kIsaCount; ++i)
    if (name_of(static_cast<Isa>(i)) == name) return static_cast<Isa>(i);
  return std::nullopt;
}

bool includes(Isa isa, Isa other) {
  if (other == isa || other == Isa::portable) return true;
  switch (other) {
    case Isa::avx2:
      return isa > Isa::avx2 && isa < Isa::neon;
    case Isa::avx512:
    case Isa::vnni512:
    case Isa::bf16_512:
    case Isa::fp16_512:
      return isa > other && isa < Isa::neon;
    case Isa::neon:
    case Isa::dotprod:
      return isa > other;
    default:  // AVX-VNNI came after AVX-512, and not all who have one have the other
      return false;
  }
}

Isa newest_here() {
  int newest = kIsaCount - 1;
  while (newest > 0 && !runs_here(static_cast<Isa>(newest))) --newest;
  return static_cast<Isa>(newest);
}

#if defined(__x86_64__)

namespace {

/// Registers of a page of leaf 7; zeros where there is no such page.
struct Leaf7 {
  unsigned int a = 0;
  unsigned int b = 0;
  unsigned int c = 0;
  unsigned int d = 0;

  explicit Leaf7(unsigned int page) { __get_cpuid_count(7, page, &a, &b, &c, &d); }
};

// The compiler has no names for these yet.
bool has_avx_vnni() { return (Leaf7(1).a & (1U << 4U)) != 0; }

bool has_avx512_fp16() { return (Leaf7(0).d & (1U << 23U)) != 0; }

bool has_v4() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}

/// Asks the operating system to save the unit's registers, which it does for no process unasked.
bool may_use_matrix_unit() {
#if defined(__linux__)
  constexpr long kRequest = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
#else
  return false;
#endif
}

bool has_matrix_unit() {
  constexpr unsigned kAll = 1U << 22U | 1U << 24U | 1U << 25U;  // bfloat16, registers, bytes
  return (Leaf7(0).d & kAll) == kAll && may_use_matrix_unit();
}

}  // namespace

// The compiler's run-time library asks the operating system about the registers, too.
bool runs_here(Isa isa) {
  const bool v3 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  switch (isa) {
    case Isa::portable:
      return true;
    case Isa::neon:
    case Isa::dotprod:
    case Isa::fp16:
      return false;
    case Isa::avx2:
      return v3;
    case Isa::avx_vnni:
      return v3 && has_avx_vnni();
    case Isa::avx512:
      return v3 && has_v4();
    case Isa::vnni512:
      return v3 && has_v4() && __builtin_cpu_supports("avx512vnni") != 0;
    case Isa::bf16_512:
    case Isa::fp16_512:
      return v3 && has_v4() && __builtin_cpu_supports("avx512vnni") != 0 &&
             __builtin_cpu_supports("avx512bf16") != 0 &&
             (isa == Isa::bf16_512 || has_avx512_fp16());
    case Isa::amx:
      return runs_here(Isa::fp16_512) && has_matrix_unit();
  }
  return false;
}

#elif defined(__aarch64__)

bool runs_here(Isa isa) {
  constexpr unsigned long kDotProducts = 1UL << 20U;             // HWCAP_ASIMDDP
  constexpr unsigned long kHalfFloats = 1UL << 9U | 1UL << 10U;  // HWCAP_FPHP, HWCAP_ASIMDHP
  constexpr unsigned long kBoth = kDotProducts | kHalfFloats;
  const unsigned long has = getauxval(AT_HWCAP);
  if (isa == Isa::dotprod) return (has & kDotProducts) != 0;
  if (isa == Isa::fp16) return (has & kBoth) == kBoth;
  return isa == Isa::portable || isa == Isa::neon;
}

#else

bool runs_here(Isa isa) { return isa == Isa::portable; }

#endif

}  // namespace slipway::kernels
