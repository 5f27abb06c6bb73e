#include "device/cpu/plan_builder.h"

#include <algorithm>

#include "base/check.h"

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
  constexpr std::uint64_t kApart = 1U << 20U;  // so that no place is taken for one of another part
  const std::uint64_t at = parts_.empty() ? 0 : parts_.back().place + parts_.back().bytes + kApart;
  parts_.push_back({at, aligned(bytes + kSlack), notes_.size()});
  return {engine::Space::arena, 0, at};
}

void PlanBuilder::give_back(const engine::Place& place) {
  if (place.space != engine::Space::arena) return;
  const auto part = std::ranges::lower_bound(parts_, place.offset, {}, &ArenaPart::place);
  SLIPWAY_CHECK(part != parts_.end() && part->place == place.offset);
  part->behind = notes_.size();
}

void PlanBuilder::move_places(const std::vector<std::uint64_t>& offsets) {
  auto* at = reinterpret_cast<std::byte*>(plan_.data()) + sizeof(engine::PlanHeader);
  for (std::size_t i = 0; i < notes_.size(); ++i) {
    const auto& step = *reinterpret_cast<const engine::StepHeader*>(at);
    for (const auto offset : engine::row_of(step.kind)->places) {
      if (offset == 0) break;
      engine::Place place;
      std::memcpy(&place, at + offset, sizeof place);
      if (place.space != engine::Space::arena) continue;
      const auto behind = std::ranges::upper_bound(parts_, place.offset, {}, &ArenaPart::place);
      SLIPWAY_CHECK(behind != parts_.begin());
      const auto number = static_cast<std::size_t>(behind - parts_.begin()) - 1;
      const auto inside = place.offset - parts_[number].place;
      SLIPWAY_CHECK(inside <= parts_[number].bytes);
      place.offset = offsets[number] + inside;
      std::memcpy(at + offset, &place, sizeof place);
    }
    at += step.bytes;
  }
}

BuiltPlan PlanBuilder::finish(std::size_t inputs, std::size_t outputs) && {
  const auto arena = lay_out(parts_);
  move_places(arena.offsets);
  engine::PlanHeader header;
  header.magic = engine::kPlanMagic;
  header.step_bytes = plan_.size() * 8 - sizeof(header);
  header.arena_bytes = arena.bytes;
  header.inputs = static_cast<std::uint32_t>(inputs);
  header.outputs = static_cast<std::uint32_t>(outputs);
  std::memcpy(plan_.data(), &header, sizeof(header));
  return {std::move(plan_), std::move(constants_), std::move(pieces_),
          arena.bytes,      std::move(notes_),     {}};
}

}  // namespace slipway::cpu
