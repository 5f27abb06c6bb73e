#pragma once
// A plan while it grows: constants, steps, and when which part of the arena is in use.

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "device/cpu/arena.h"
#include "engine/plan.h"
#include "ir/graph.h"

namespace slipway::cpu {

/// What people read of a step.
struct StepNote {
  std::string node;    // the value that it computes
  std::string kernel;  // "product_u8 vnni512"
  std::string words;   // "49 x 320 x 1280, added"
  std::string layer;   // the Question that it answers, if there is one
  std::string last;    // the node that is the last of that layer
};

/// A layer that could be computed in several ways. All give the same numbers, or nearly (floats).
struct Question {
  std::string layer;                    // what it is, without its name
  std::vector<std::string> candidates;  // the first is taken where nothing was measured
  std::vector<std::int32_t> nodes;      // of the first that asked, with what it takes along
};

/// A plan and the constants that its places count from.
struct BuiltPlan {
  std::vector<std::uint64_t> plan;  // a PlanHeader, then steps
  std::vector<std::byte> constants;
  std::vector<std::uint64_t> pieces;  // where each one that was added begins in the constants
  std::size_t arena_bytes = 0;
  std::vector<StepNote> notes;      // one per step
  std::vector<Question> questions;  // that were answered while it was made, once per layer

  [[nodiscard]] const engine::PlanHeader& header() const {
    return *reinterpret_cast<const engine::PlanHeader*>(plan.data());
  }
};

class PlanBuilder {
 public:
  PlanBuilder();

  /// Room for `bytes` in the constants, aligned to 64 bytes, filled with zeros; every kernel may
  /// read 64 bytes behind it.
  engine::Place add_constants(std::size_t bytes);

  /// The same for bytes that are there already.
  engine::Place add_constants(std::span<const std::byte> bytes);

  /// The address of a place that add_constants gave; valid until the next one.
  std::byte* constants_at(const engine::Place& place) { return constants_.data() + place.offset; }

  /// A part of the arena; every kernel may read 64 bytes behind it. Where it lies is decided when
  /// all are known: until then, its place counts from the beginning of an arena that is used once.
  engine::Place take(std::size_t bytes);

  /// Gives a part back, for steps that are added later.
  void give_back(const engine::Place& place);

  /// What the steps that follow compute.
  void name_steps(std::string node) {
    node_ = std::move(node);
    layer_.clear();
    last_.clear();
  }

  /// The question that they answer, until they compute something else, and the last node of that
  /// layer.
  void name_layer(std::string layer, std::string last) {
    layer_ = std::move(layer);
    last_ = std::move(last);
  }

  /// `isa` names the variant, `words` what the step does, for people.
  template <class Step>
  void add(Step step, engine::StepKind kind, std::string_view isa, std::string words) {
    static_assert(sizeof(Step) % 8 == 0);
    auto& header = reinterpret_cast<engine::StepHeader&>(step);  // every step begins with it
    header.kind = kind;
    header.bytes = sizeof(Step);
    const std::size_t at = plan_.size();
    plan_.resize(at + sizeof(Step) / 8);
    std::memcpy(&plan_[at], &step, sizeof(Step));
    std::string kernel = engine::row_of(kind)->name;
    if (!isa.empty()) kernel.append(" ").append(isa);
    notes_.push_back({node_, std::move(kernel), std::move(words), layer_, last_});
  }

  BuiltPlan finish(std::size_t inputs, std::size_t outputs) &&;

 private:
  /// Has all places in the arena count from where their parts came to lie.
  void move_places(const std::vector<std::uint64_t>& offsets);

  std::vector<std::uint64_t> plan_;
  std::vector<std::byte> constants_;
  std::vector<std::uint64_t> pieces_;
  std::vector<ArenaPart> parts_;  // by their places
  std::string node_;
  std::string layer_;
  std::string last_;
  std::vector<StepNote> notes_;
};

}  // namespace slipway::cpu
