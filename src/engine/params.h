#pragma once
// The file deploy.params: a header, what inputs, outputs and steps are called, the plan, and the
// constants, each as it is used when the file is mapped. There may be several plans, for processors
// with different instruction sets. docs/formats/deployment.md has the bytes.

#include <cstddef>
#include <cstdint>

#include "engine/plan.h"
#include "engine/refusal.h"
#include "kernels/isa.h"

namespace slipway::engine {

/// Bytes of the file, at a multiple of 64; constants at one of 4096.
struct Section {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

using kernels::kProcessor;
using kernels::Processor;

struct ParamsHeader {
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  Processor processor = kProcessor;
  std::uint32_t isa = 0;  // kernels::Isa: the most that a step needs; 0 where there are variants
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  std::uint32_t front = 0;  // bytes of the file that all variants need; 0: it has no variants
  char engine[16] = {};     // engine_id() of those who may run it
  std::uint64_t file_bytes = 0;
  Section tensors;  // a TensorRecord per input, then per output
  Section steps;    // a StepRecord per step; or a VariantRecord per variant, the first choice first
  Section constants;         // what places of the plan count from
  Section plan;              // or a PartRecord per part of the bytes behind the front
  Section texts;             // of names, each with a zero at its end
  Section scales;            // floats, then as many zero points
  std::uint64_t body = 0;    // checksum of all bytes behind the header, up to the end of the front
  std::uint64_t header = 0;  // checksum of all in front of it
};

static_assert(sizeof(ParamsHeader) == 168);

inline constexpr std::uint64_t kParamsMagic = 0x1A'59'41'57'50'49'4C'53;  // "SLIPWAY", end of text
inline constexpr std::uint32_t kParamsVersion = 1;
inline constexpr std::uint32_t kVariantsVersion = 2;  // with variants
inline constexpr int kMostRank = 8;

struct TensorRecord {
  std::uint64_t bytes = 0;
  std::int64_t shape[kMostRank] = {};
  std::uint32_t name = 0;   // where it begins in texts
  std::uint32_t dtype = 0;  // slipway_dtype
  std::uint32_t layout = 0;
  std::int32_t rank = 0;
  std::int32_t axis = -1;
  std::uint32_t scale_count = 0;
  std::uint32_t scale_at = 0;       // in scales, as a number of floats
  std::uint32_t zero_point_at = 0;  // the same
};

struct StepRecord {
  std::uint32_t name = 0;  // where they begin in texts
  std::uint32_t kernel = 0;
};

/// One of several plans that compute the same.
struct VariantRecord {
  std::uint32_t isa = 0;
  std::uint32_t reserved = 0;
  Section steps;
  Section plan;
};

/// Bytes that some variants need: nothing of the others is looked at when one is opened.
struct PartRecord {
  Section bytes;
  std::uint64_t variants = 0;  // bit i: variant i
  std::uint64_t checksum = 0;
};

/// A deploy.params that lies in memory and is as it should be.
struct Params {
  const ParamsHeader* header = nullptr;
  kernels::Isa isa = kernels::Isa::portable;  // of the plan
  const TensorRecord* inputs = nullptr;
  const TensorRecord* outputs = nullptr;
  const StepRecord* steps = nullptr;
  std::uint32_t step_count = 0;
  const PlanHeader* plan = nullptr;
  std::uint64_t plan_bytes = 0;
  const std::byte* constants = nullptr;
  const char* texts = nullptr;
  const float* scales = nullptr;
};

/// Sees every change of one place, and all but one in 2^64 of others. Not against forgers.
[[nodiscard]] std::uint64_t checksum(const std::byte* bytes, std::size_t count);

/// What the sources of engine and kernels are, as 16 hexadecimal digits: steps of a plan are rows
/// of their tables.
[[nodiscard]] const char* engine_id();

/// Checks every byte of the variant that runs, and that no step reaches out of its spaces. Nothing
/// is copied: `bytes` must begin at a multiple of 64 and outlive `params`. `isa` names the variant;
/// nullptr: the first that this processor runs.
Refusal open_params(const std::byte* bytes, std::size_t count, const char* isa, Params& params);

}  // namespace slipway::engine
