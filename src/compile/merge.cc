#include "compile/merge.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "base/check.h"
#include "engine/plan.h"

namespace slipway::compile {
namespace {

constexpr std::uint64_t kPage = 4096;

/// What one call of PlanBuilder::add_constants made, in whichever plans it occurs.
struct Piece {
  BytesView bytes;
  std::uint64_t variants = 0;
  std::uint64_t offset = 0;
};

/// The plan with the places of constants where their pieces lie now.
std::vector<std::uint64_t> moved(const cpu::BuiltPlan& built, std::span<const Piece> pieces,
                                 std::span<const std::size_t> own) {
  auto plan = built.plan;
  if (own.empty()) return plan;
  auto* const bytes = reinterpret_cast<std::byte*>(plan.data());
  std::size_t at = sizeof(engine::PlanHeader);
  while (at < plan.size() * sizeof plan[0]) {
    engine::StepHeader step;
    std::memcpy(&step, bytes + at, sizeof step);
    const auto* row = engine::row_of(step.kind);
    SLIPWAY_CHECK(row != nullptr);
    for (const auto offset : row->places) {
      if (offset == 0) break;
      engine::Place place;
      std::memcpy(&place, bytes + at + offset, sizeof place);
      if (place.space != engine::Space::constants) continue;
      const auto next = std::ranges::upper_bound(built.pieces, place.offset);
      const auto index = static_cast<std::size_t>(next - built.pieces.begin()) - 1;
      place.offset += pieces[own[index]].offset - built.pieces[index];
      std::memcpy(bytes + at + offset, &place, sizeof place);
    }
    at += step.bytes;
  }
  return plan;
}

}  // namespace

Merged merge(std::span<const Variant> variants) {
  std::vector<Piece> pieces;
  std::map<std::string_view, std::size_t> by_bytes;
  std::vector<std::vector<std::size_t>> own(variants.size());  // of each variant, its pieces
  for (std::size_t v = 0; v < variants.size(); ++v) {
    const auto& plan = variants[v].plan;
    const BytesView all(plan.constants);
    for (std::size_t i = 0; i < plan.pieces.size(); ++i) {
      const auto end = i + 1 < plan.pieces.size() ? plan.pieces[i + 1] : all.size();
      const auto bytes = all.subspan(plan.pieces[i], end - plan.pieces[i]);
      const auto [at, is_new] = by_bytes.try_emplace(as_text(bytes), pieces.size());
      if (is_new) pieces.push_back({bytes});
      pieces[at->second].variants |= std::uint64_t{1} << v;
      own[v].push_back(at->second);
    }
  }
  Merged out;
  for (const auto& piece : pieces) {
    const auto same = std::ranges::find(out.groups, piece.variants, &Group::variants);
    if (same == out.groups.end()) out.groups.push_back({piece.variants});
  }
  for (auto& group : out.groups) {
    group.offset = (out.constants.size() + kPage - 1) / kPage * kPage;
    out.constants.resize(group.offset);
    for (auto& piece : pieces) {
      if (piece.variants != group.variants) continue;
      piece.offset = out.constants.size();
      out.constants.insert(out.constants.end(), piece.bytes.begin(), piece.bytes.end());
    }
    group.bytes = out.constants.size() - group.offset;
  }
  for (std::size_t v = 0; v < variants.size(); ++v)
    out.plans.push_back(moved(variants[v].plan, pieces, own[v]));
  return out;
}

}  // namespace slipway::compile
