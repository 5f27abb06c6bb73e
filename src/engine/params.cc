#include "engine/params.h"

#include <cstring>

#include "engine/variants.h"

namespace slipway::engine {
namespace {

constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15;

std::uint64_t mix(std::uint64_t lane, std::uint64_t word) {
  const std::uint64_t x = (lane ^ word) * kPrime;
  return (x << 29U) | (x >> 35U);
}

constexpr auto kCorrupt = Refusal::Kind::corrupt;
constexpr auto kUnsupported = Refusal::Kind::unsupported;

const char* name_of(Processor processor) {
  switch (processor) {
    case Processor::x86_64:
      return "x86_64";
    case Processor::aarch64:
      return "aarch64";
  }
  return "another kind of processor";
}

/// What all variants need, or everything where there is one plan.
Refusal check_front(const std::byte* bytes, std::size_t count) {
  const auto& header = *reinterpret_cast<const ParamsHeader*>(bytes);
  const std::size_t front = header.version == kVariantsVersion ? header.front : count;
  if (front < sizeof header || front > count) return refuse(kCorrupt, "its header is damaged");
  if (checksum(bytes + sizeof header, front - sizeof header) != header.body)
    return refuse(kCorrupt, "it is damaged: the checksum of its contents differs");
  return {};
}

/// The header, once it is known that it is one for here.
Refusal check_header(const std::byte* bytes, std::size_t count) {
  const auto& header = *reinterpret_cast<const ParamsHeader*>(bytes);
  if (count < sizeof header || header.magic != kParamsMagic)
    return refuse(kCorrupt, "it is not a deploy.params, or its beginning is damaged");
  if (checksum(bytes, sizeof header - sizeof header.header) != header.header)
    return refuse(kCorrupt, "its header is damaged: the checksum differs");
  if (header.version != kParamsVersion && header.version != kVariantsVersion) {
    return refuse(kUnsupported,
                  "it has version %u of the format, this library reads versions %u and %u",
                  header.version, kParamsVersion, kVariantsVersion);
  }
  if (header.processor != kProcessor) {
    return refuse(kUnsupported, "it was compiled for %s, this is %s", name_of(header.processor),
                  name_of(kProcessor));
  }
  if (std::memcmp(header.engine, engine_id(), sizeof header.engine) != 0)
    return refuse(kUnsupported, "it was compiled for another version of this library");
  if (header.file_bytes != count) {
    return refuse(kCorrupt, "it has %llu bytes, not the %llu that were written",
                  static_cast<unsigned long long>(count),
                  static_cast<unsigned long long>(header.file_bytes));
  }
  return {};
}

/// What is right in every file that was written by us; the checksums know it already, unless
/// somebody made a file on purpose.
bool describes_itself(const std::byte* bytes, std::size_t count, const Variant& variant,
                      Params& params) {
  const auto& header = *params.header;
  const std::uint64_t tensors = std::uint64_t{header.inputs} + header.outputs;
  const bool inside = lies_inside(header.tensors, count, sizeof(TensorRecord)) &&
                      lies_inside(variant.steps, count, sizeof(StepRecord)) &&
                      lies_inside(header.constants, count, 1) &&
                      lies_inside(variant.plan, count, 8) && lies_inside(header.texts, count, 1) &&
                      lies_inside(header.scales, count, 4);
  if (!inside || header.tensors.bytes != tensors * sizeof(TensorRecord) ||
      variant.plan.bytes < sizeof(PlanHeader) || header.texts.bytes == 0) {
    return false;
  }
  params.inputs = reinterpret_cast<const TensorRecord*>(bytes + header.tensors.offset);
  params.outputs = params.inputs + header.inputs;
  params.steps = reinterpret_cast<const StepRecord*>(bytes + variant.steps.offset);
  params.step_count = static_cast<std::uint32_t>(variant.steps.bytes / sizeof(StepRecord));
  params.plan = reinterpret_cast<const PlanHeader*>(bytes + variant.plan.offset);
  params.plan_bytes = variant.plan.bytes;
  params.constants = bytes + header.constants.offset;
  params.texts = reinterpret_cast<const char*>(bytes + header.texts.offset);
  params.scales = reinterpret_cast<const float*>(bytes + header.scales.offset);
  if (params.texts[header.texts.bytes - 1] != '\0') return false;
  const std::uint64_t scales = header.scales.bytes / 4;
  for (std::uint64_t i = 0; i < tensors; ++i) {
    const auto& tensor = params.inputs[i];
    const bool fits = tensor.name < header.texts.bytes && tensor.rank >= 0 &&
                      tensor.rank <= kMostRank && tensor.bytes <= UINT64_C(1) << 40U &&
                      std::uint64_t{tensor.scale_at} + tensor.scale_count <= scales &&
                      std::uint64_t{tensor.zero_point_at} + tensor.scale_count <= scales;
    if (!fits) return false;
  }
  for (std::uint32_t i = 0; i < params.step_count; ++i) {
    if (params.steps[i].name >= header.texts.bytes || params.steps[i].kernel >= header.texts.bytes)
      return false;
  }
  return true;
}

/// Whether a place begins inside of its space.
bool begins_inside(const Place& place, const Params& params) {
  switch (place.space) {
    case Space::constants:
      return place.offset <= params.header->constants.bytes;
    case Space::arena:
      return place.offset <= params.plan->arena_bytes;
    case Space::input:
      return place.index < params.header->inputs &&
             place.offset <= params.inputs[place.index].bytes;
    case Space::output:
      return place.index < params.header->outputs &&
             place.offset <= params.outputs[place.index].bytes;
  }
  return false;
}

Refusal check_steps(const Params& params) {
  const auto& plan = *params.plan;
  const auto& header = *params.header;
  if (plan.magic != kPlanMagic || plan.step_bytes != params.plan_bytes - sizeof plan ||
      plan.inputs != header.inputs || plan.outputs != header.outputs ||
      plan.arena_bytes > UINT64_C(1) << 40U) {
    return refuse(kCorrupt, "its plan is damaged");
  }
  std::uint32_t count = 0;
  std::uint64_t left = plan.step_bytes;
  for (const StepHeader* step = begin(plan); left != 0; step = next(step), ++count) {
    const StepRow* row = left >= sizeof *step ? row_of(step->kind) : nullptr;
    const bool fits = row != nullptr && row->run != nullptr && step->bytes == row->bytes &&
                      step->bytes <= left && count < params.step_count && step->units <= INT32_MAX;
    if (!fits) return refuse(kCorrupt, "step %u of its plan is damaged", count);
    for (const auto offset : row->places) {
      if (offset == 0) break;
      Place place;
      std::memcpy(&place, reinterpret_cast<const std::byte*>(step) + offset, sizeof place);
      if (!begins_inside(place, params))
        return refuse(kCorrupt, "step %u of its plan, %s, reaches out of its memory", count,
                      row->name);
    }
    left -= step->bytes;
  }
  if (count != params.step_count) return refuse(kCorrupt, "its plan ends early");
  return {};
}

}  // namespace

std::uint64_t checksum(const std::byte* bytes, std::size_t count) {
  // Each step maps lane and word one to one, so that no change of one word is lost; eight lanes
  // keep the multiplier busy. The processor asks for memory too late by itself, and not across
  // pages.
  constexpr std::size_t kLanes = 8;
  constexpr std::size_t kAhead = 4096;
  std::uint64_t lanes[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = (i + 1) * kPrime ^ count;
  std::uint64_t words[kLanes];
  std::size_t at = 0;
  for (; count - at >= sizeof words; at += sizeof words) {
    __builtin_prefetch(bytes + at + kAhead);  // behind the end: no fault, no effect
    std::memcpy(words, bytes + at, sizeof words);
    for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = mix(lanes[i], words[i]);
  }
  std::memset(words, 0, sizeof words);
  if (count != at) std::memcpy(words, bytes + at, count - at);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kLanes; ++i) sum = mix(sum, mix(lanes[i], words[i]));
  return sum ^ (sum >> 32U);
}

Refusal open_params(const std::byte* bytes, std::size_t count, const char* isa, Params& params) {
  if (count < sizeof(ParamsHeader)) return refuse(kCorrupt, "it has only %zu bytes", count);
  if (auto refusal = check_header(bytes, count)) return refusal;
  if (auto refusal = check_front(bytes, count)) return refusal;
  params.header = reinterpret_cast<const ParamsHeader*>(bytes);
  Variant variant;
  if (auto refusal = choose_variant(bytes, count, isa, variant)) return refusal;
  params.isa = variant.isa;
  if (!describes_itself(bytes, count, variant, params))
    return refuse(kCorrupt, "its header is damaged");
  return check_steps(params);
}

}  // namespace slipway::engine
