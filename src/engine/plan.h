#pragma once
// A compiled network: steps that call kernels, one after the other. It lies in a file as it lies in
// memory, is never changed, and any number of streams run it at once, each with its own arena.

#include <cstddef>
#include <cstdint>

namespace slipway::engine {

/// What an offset counts from.
enum class Space : std::uint32_t {
  constants,
  arena,   // of the stream
  input,   // of the run
  output,  // of the run
};

/// Bytes in one of the spaces; `index` is which input or output.
struct Place {
  Space space = Space::constants;
  std::uint32_t index = 0;
  std::uint64_t offset = 0;
};

/// So many bytes further.
[[nodiscard]] constexpr Place moved(Place place, std::int64_t bytes) {
  place.offset += static_cast<std::uint64_t>(bytes);
  return place;
}

/// Where the spaces lie for one run. Constants and arena are aligned to 64 bytes, and 64 bytes
/// behind every part of the arena may be read.
struct Bases {
  const std::byte* constants = nullptr;
  std::byte* arena = nullptr;
  const std::byte* const* inputs = nullptr;
  std::byte* const* outputs = nullptr;
};

/// Row of steps() by number; what lies in files keeps its number.
enum class StepKind : std::uint32_t {
  product_u8,
  product_f32,
  depthwise_u8,
  depthwise_f32,
  border,
  quantize_picture,
  mean_u8,
  move,
  runs,
  lookup,
  lookup2,
  unary_f32,
  binary_f32,
  compare_f32,
  select,
  winograd_f32,
  pool,
  reduce,
  arg,
  product_bf16,
  softmax_f32,
  softmax_bytes,
  resize,
  resample,
  quantize,
  detect,
  detection_output,
  dequantize,
  winograd_u8,
  planar,
  dynamic_quantize,
  scale_sums,
  normalize,
  product_f16,
  chain,
};

/// Every step begins with it. Steps follow each other at multiples of 8 bytes.
struct StepHeader {
  StepKind kind = StepKind::product_u8;
  std::uint32_t bytes = 0;    // to the next step
  std::uint32_t variant = 0;  // row of the kernel's table
  std::uint32_t units = 1;    // equal pieces of work that may run at the same time
};

/// A plan as the file has it: this, then the steps.
struct PlanHeader {
  std::uint64_t magic = 0;
  std::uint64_t step_bytes = 0;
  std::uint64_t arena_bytes = 0;
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
};

/// "SLIPWAY" and the version of the layout of steps.
inline constexpr std::uint64_t kPlanMagic = 0x01'59'41'57'50'49'4C'53;

/// What a kind of step does.
struct StepRow {
  const char* name;
  std::uint32_t bytes;  // of its structure
  void (*run)(const StepHeader& step, const Bases& bases, int first, int last);
  std::uint16_t places[10];  // where the structure has its places; 0 behind the last
};

/// The row of a kind, or nullptr.
[[nodiscard]] const StepRow* row_of(StepKind kind);

/// The step behind this one.
[[nodiscard]] inline const StepHeader* next(const StepHeader* step) {
  return reinterpret_cast<const StepHeader*>(reinterpret_cast<const std::byte*>(step) +
                                             step->bytes);
}

/// The first step, and what lies behind the last.
[[nodiscard]] inline const StepHeader* begin(const PlanHeader& plan) {
  return reinterpret_cast<const StepHeader*>(&plan + 1);
}

[[nodiscard]] inline const StepHeader* end(const PlanHeader& plan) {
  return reinterpret_cast<const StepHeader*>(reinterpret_cast<const std::byte*>(&plan + 1) +
                                             plan.step_bytes);
}

class Pool;

/// What the calling thread does after each step. Threads meet for it; without it they go on at once
/// where they may.
struct AfterStep {
  void (*call)(void* context) = nullptr;
  void* context = nullptr;
};

/// Runs all steps, on the calling thread and, where there is a pool, on its threads.
///
/// Needs a plan that was checked when it was loaded, for this processor.
void run(const PlanHeader& plan, const Bases& bases, Pool* pool = nullptr, AfterStep after = {});

/// Runs one step of it.
void run(const StepHeader& step, const Bases& bases, Pool* pool = nullptr);

}  // namespace slipway::engine
