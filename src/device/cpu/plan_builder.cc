#include "device/cpu/plan_builder.h"

#include <algorithm>

namespace slipway::cpu {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kSlack = 64;  // behind each part, for kernels that read whole vectors

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

PlanBuilder::PlanBuilder() : plan_(sizeof(engine::PlanHeader) / 8) {}

engine::Place PlanBuilder::add_constants(std::size_t bytes) {
  const std::size_t at = constants_.size();
  constants_.resize(at + aligned(bytes + kSlack));
  pieces_.push_back(at);
  return {engine::Space::constants, 0, at};
}

engine::Place PlanBuilder::add_constants(std::span<const std::byte> bytes) {
  const auto place = add_constants(bytes.size());
  std::ranges::copy(bytes, constants_at(place));
  return place;
}

engine::Place PlanBuilder::take(std::size_t bytes) {
  const std::uint64_t size = aligned(bytes + kSlack);
  std::uint64_t at = 0;
  for (const auto& [offset, length] : used_) {
    if (at + size <= offset) break;  // the first gap that is large enough
    at = offset + length;
  }
  used_.emplace(at, size);
  arena_bytes_ = std::max(arena_bytes_, at + size);
  return {engine::Space::arena, 0, at};
}

void PlanBuilder::give_back(const engine::Place& place) {
  if (place.space == engine::Space::arena) used_.erase(place.offset);
}

BuiltPlan PlanBuilder::finish(std::size_t inputs, std::size_t outputs) && {
  engine::PlanHeader header;
  header.magic = engine::kPlanMagic;
  header.step_bytes = plan_.size() * 8 - sizeof(header);
  header.arena_bytes = arena_bytes_;
  header.inputs = static_cast<std::uint32_t>(inputs);
  header.outputs = static_cast<std::uint32_t>(outputs);
  std::memcpy(plan_.data(), &header, sizeof(header));
  return {std::move(plan_), std::move(constants_), std::move(pieces_),
          arena_bytes_,     std::move(notes_),     {}};
}

}  // namespace slipway::cpu
