#pragma once
// Instruction sets that kernels have variants for, and which of them this processor has.

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::kernels {

/// In the order of preference where nothing was measured: later ones are usually faster.
enum class Isa : std::uint8_t {
  portable,  // plain C++, runs everywhere; the one that all others are compared with
  avx2,      // 256-bit vectors, fused multiply-add
  avx_vnni,  // avx2 with dot products of bytes
  avx512,    // 512-bit vectors of floats, words and bytes (x86-64-v4)
  vnni512,   // avx512 with dot products of bytes
  bf16_512,  // vnni512 with dot products of bfloat16
  fp16_512,  // bf16_512 with arithmetic in half floats
  amx,       // fp16_512 with a matrix unit for bytes and bfloat16
  neon,      // 128-bit vectors, fused multiply-add; every 64-bit Arm processor has it
  dotprod,   // neon with dot products of bytes
  fp16,      // dotprod with arithmetic in half floats
};

inline constexpr int kIsaCount = 11;

/// A kind of processor, as ELF numbers them.
enum class Processor : std::uint32_t { x86_64 = 62, aarch64 = 183 };

/// The kind that this program is compiled for.
#if defined(__x86_64__)
inline constexpr Processor kProcessor = Processor::x86_64;
#elif defined(__aarch64__)
inline constexpr Processor kProcessor = Processor::aarch64;
#else
inline constexpr Processor kProcessor{};  // one for which there is portable code alone
#endif

/// Whether processors of that kind may have it.
[[nodiscard]] constexpr bool belongs_to(Isa isa, Processor processor) {
  if (isa == Isa::portable) return true;
  return processor == (isa < Isa::neon ? Processor::x86_64 : Processor::aarch64);
}

/// "avx2"; the words that SLIPWAY_ISA takes.
[[nodiscard]] std::string_view name_of(Isa isa);

/// The instruction set of that name.
[[nodiscard]] std::optional<Isa> isa_named(std::string_view name);

/// Whether every processor that runs `isa` runs `other`, too.
[[nodiscard]] bool includes(Isa isa, Isa other);

/// Whether kernels for it are in this program: those of its own kind of processor are.
[[nodiscard]] constexpr bool is_built(Isa isa) { return belongs_to(isa, kProcessor); }

/// The newest that all processors of that kind run.
[[nodiscard]] constexpr Isa common_to(Processor processor) {
  return processor == Processor::aarch64 ? Isa::neon : Isa::portable;
}

/// The one of that kind with arithmetic in half floats.
[[nodiscard]] constexpr Isa half_floats_of(Processor processor) {
  return processor == Processor::aarch64 ? Isa::fp16 : Isa::fp16_512;
}

/// Whether this processor and its operating system run code of that kind.
[[nodiscard]] bool runs_here(Isa isa);

/// The last one that this processor runs.
[[nodiscard]] Isa newest_here();

}  // namespace slipway::kernels
