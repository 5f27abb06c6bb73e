#pragma once
// From a graph to a plan: which kernel computes which nodes, with which constants.

#include <map>
#include <string>

#include "device/cpu/plan_builder.h"
#include "kernels/isa.h"

namespace slipway::cpu {

/// Which candidate each layer takes, by what the layer is: "conv 1x56x56x64 3x3 …" -> "avx512".
using Choices = std::map<std::string, std::string>;

/// In what numbers floats are computed.
enum class Precision : std::uint8_t {
  fp32,
  bf16,   // operands of products rounded to bfloat16, where that is faster; sums are floats
  fp16,   // products in half floats, where that is faster; sums of some of them are floats
  mixed,  // some layers in bf16, others in fp16: whatever is faster
};

[[nodiscard]] constexpr std::string_view name_of(Precision precision) {
  constexpr std::string_view kNames[] = {"fp32", "bf16", "fp16", "mixed"};
  return kNames[static_cast<int>(precision)];
}

[[nodiscard]] constexpr bool has_bf16(Precision precision) {
  return precision == Precision::bf16 || precision == Precision::mixed;
}

[[nodiscard]] constexpr bool has_fp16(Precision precision) {
  return precision == Precision::fp16 || precision == Precision::mixed;
}

/// That of which has_bf16() and has_fp16() say this.
[[nodiscard]] constexpr Precision precision_with(bool bf16, bool fp16) {
  if (bf16 && fp16) return Precision::mixed;
  return bf16 ? Precision::bf16 : fp16 ? Precision::fp16 : Precision::fp32;
}

/// Which floats lie in memory as bfloat16 where products round their operands.
enum class Stored : std::uint8_t {
  all,   // all that can: windows of each channel alone, Winograd's filtering, residuals and means
         // read what was rounded once more
  same,  // those of which nothing but products that round them anyway sees a difference
};

struct LowerOptions {
  kernels::Isa isa = kernels::Isa::portable;  // the newest that may be used
  Choices choices = {};  // layers that are not in it take their first candidate
  Precision precision = Precision::fp32;
  Stored stored = Stored::all;  // for bf16
};

/// A plan for a graph that went through the passes: one picture, integers inside.
///
/// Errors  unsupported: a node that no kernel takes, by its name and why
Result<BuiltPlan> lower(const Graph& graph, const LowerOptions& options);

}  // namespace slipway::cpu
