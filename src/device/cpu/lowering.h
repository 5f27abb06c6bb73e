#pragma once
// What the files of lower*.cc share: the plan that grows, and where each value lies.

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "device/cpu/frames.h"
#include "device/cpu/homes.h"
#include "device/cpu/lower.h"
#include "device/cpu/rounded.h"

namespace slipway::cpu {

/// Where a value lies that may be a part of a larger one. A pixel is what lies along the last
/// dimension; a value without gaps has a stride of as many elements.
struct Pixels {
  engine::Place at;
  std::int64_t stride = 0;   // elements from one pixel to the next
  std::int64_t row = 0;      // from one row of pictures to the next; 0: there is nothing between
  std::int64_t picture = 0;  // the same of pictures, where rows lie apart
};

/// Elements along the last dimension: 1 where there is none.
[[nodiscard]] inline std::int64_t pixel_of(const Shape& shape) {
  return shape.rank() == 0 ? 1 : shape.back(0);
}

class Lowering {
 public:
  Lowering(const Graph& graph, const LowerOptions& options);

  Result<BuiltPlan> run();

  // --- for the files of kernels ----------------------------------------------------------------

  [[nodiscard]] const Graph& graph() const { return graph_; }

  [[nodiscard]] PlanBuilder& plan() { return plan_; }

  [[nodiscard]] kernels::Isa isa() const { return options_.isa; }

  [[nodiscard]] Precision precision() const { return options_.precision; }

  /// Whether products round their operands to bfloat16: asked for, and faster here.
  [[nodiscard]] bool rounds() const;

  /// Whether products are in half floats: asked for, and faster here.
  [[nodiscard]] bool halves() const;

  /// Whether others than products may read what was rounded.
  [[nodiscard]] bool rounds_more() const { return options_.stored == Stored::all; }

  /// The op of the node that makes a value, if it is a T.
  template <class T>
  [[nodiscard]] const T* maker(ValueId id) const {
    return id.exists() ? graph_.node(id).op.as<T>() : nullptr;
  }

  /// Where a value lies that was lowered before; a constant is put into the plan. For rules that
  /// do not read_apart(): the value has no gaps.
  ///
  /// Errors  unsupported: a kernel that computes it together with something else was expected
  Result<engine::Place> place(ValueId id);

  /// The same for rules that do.
  Result<Pixels> pixels(ValueId id);

  /// The same for kernels that read whole vectors: only the arena and constants have room behind
  /// their parts. Inputs are copied.
  ///
  /// Errors  as place()
  Result<engine::Place> vector_place(ValueId id);

  /// The same for rules that read_apart().
  Result<Pixels> vector_pixels(ValueId id);

  /// Whether a value, or some of the parts that it joins, lies within borders: frames.h.
  [[nodiscard]] bool is_framed(ValueId id) const { return frames_.contains(id); }

  /// Where the borders of such a value begin.
  engine::Place frame(ValueId id);

  /// Room for a value, without gaps: an output of the graph, or a part of the arena until its last
  /// use.
  engine::Place make_room(ValueId id);

  /// The same for rules that write_apart(): maybe within the room of a value that it is a part of.
  Pixels make_pixels(ValueId id);

  /// The same for rules that read each element of `of` once, before they write that of the value at
  /// its place, and read nothing else there: maybe where `of` lies, if nothing reads that again.
  Pixels make_pixels_over(ValueId id, ValueId of);

  /// The value is the same bytes as another one that was lowered before.
  Result<void> alias(ValueId id, ValueId of);

  /// The value lies where a part of another one does, if it may: in the arena, and not where its
  /// readers or a home would have it elsewhere. Whether it does.
  bool view(ValueId id, ValueId of, const Pixels& at);

  /// A part of the arena for one step alone; given back when the node is done.
  engine::Place scratch(std::size_t bytes);

  /// Copies bytes from one place to another.
  void copy(const engine::Place& from, const engine::Place& to, std::size_t bytes);

  /// Copies a value to where another one of its shape and type lies.
  void copy_pixels(ValueId id, const Pixels& from, const Pixels& to);

  /// The candidate that the layer of a node takes: what was chosen before, or the first. Those who
  /// take none of `along` with them are measured with what makes these, too.
  std::string choose(ValueId node, const std::string& layer, std::vector<std::string> candidates,
                     const std::vector<ValueId>& along = {});

  /// The same, for who will choose() later.
  [[nodiscard]] std::string chosen(const std::string& layer,
                                   const std::vector<std::string>& candidates) const;

  /// The steps of a node belong to a layer that an earlier one did choose() for, along with it.
  void answer_along(ValueId node, const std::string& layer);

  /// Whether nothing but one node uses a value.
  [[nodiscard]] bool used_once(ValueId id) const;

  /// The node that alone uses a value, or kNoValue.
  [[nodiscard]] ValueId only_reader(ValueId id) const;

  /// Whether a value is computed together with the node that uses it: by a rule's `claims`.
  [[nodiscard]] bool is_claimed(ValueId id) const { return claimed_by_.contains(id.node); }

  /// The node that takes a node along, or that node itself.
  [[nodiscard]] std::int32_t taker(std::int32_t n) const {
    const auto at = claimed_by_.find(n);
    return at == claimed_by_.end() ? n : at->second;
  }

  /// Whether a value lies in memory as bfloat16: only rules that say so meet such.
  [[nodiscard]] bool is_rounded(ValueId id) const { return rounded_.contains(id); }

  /// Bytes of an element of a value, and of all of them, as they lie in memory.
  [[nodiscard]] std::int64_t element_bytes(ValueId id) const;
  [[nodiscard]] std::size_t bytes_of(ValueId id) const;

  /// Whether all who read a value take pixels that lie apart.
  [[nodiscard]] bool read_apart(ValueId id) const;

  /// Whether all readers of a value but one, and no output is among them, take it within borders.
  [[nodiscard]] bool read_framed(ValueId id) const;

  /// Whether a value is computed where an output of the graph goes.
  [[nodiscard]] bool goes_out(ValueId id) const;

  /// Whether pixels of a value, so many elements apart, leave no gaps.
  [[nodiscard]] bool is_dense(ValueId id, std::int64_t stride) const;

  [[nodiscard]] bool is_dense(ValueId id, const Pixels& at) const {
    return at.row == 0 && is_dense(id, at.stride);
  }

 private:
  /// Bytes that some values lie in, until the last of them is gone.
  struct Room {
    engine::Place at;
    std::int64_t holders = 0;
  };

  struct Placed {
    Pixels pixels;
    std::optional<std::size_t> room;  // none: constants, and inputs of the graph
  };

  Result<Placed> find(ValueId id);
  std::size_t room_of(ValueId id);
  Placed& keep(ValueId id, const Placed& placed);
  void leave(const Placed& placed);
  Result<void> visit(std::int32_t n);
  void find_claims();
  [[nodiscard]] std::vector<std::int32_t> with_claimed(std::int32_t n,
                                                       const std::vector<ValueId>& along) const;
  void release(std::int32_t n);
  Result<void> finish_outputs();

  const Graph& graph_;
  const LowerOptions& options_;
  PlanBuilder plan_;
  std::map<ValueId, Placed> places_;
  std::vector<Room> rooms_;
  std::map<ValueId, std::size_t> open_;  // the rooms of values with parts
  std::map<ValueId, Home> homes_;
  Frames frames_;
  std::set<ValueId> rounded_;
  std::map<ValueId, std::int32_t> last_use_;
  std::map<ValueId, std::vector<std::int32_t>> readers_;
  std::map<std::int32_t, std::int32_t> claimed_by_;
  std::vector<engine::Place> scratch_;
  std::vector<Question> questions_;
};

/// What takes the nodes of an op.
struct Rule {
  std::string_view op;
  Result<void> (*lower)(Lowering& lowering, ValueId y);
  /// Values of nodes before `y` that are computed together with it, and never lie in memory.
  std::vector<ValueId> (*claims)(const Lowering& lowering, ValueId y) = nullptr;
  /// Whether it reads `x`, of which it makes `y`, where the pixels of x lie apart; nullptr: never.
  bool (*reads_apart)(const Lowering& lowering, ValueId y, ValueId x) = nullptr;
  /// Whether it writes `y` where its pixels lie apart; nullptr: never.
  bool (*writes_apart)(const Lowering& lowering, ValueId y) = nullptr;
  /// Whether it writes `y` within borders, where rows of pictures lie apart, too; nullptr: never.
  bool (*writes_framed)(const Lowering& lowering, ValueId y) = nullptr;
  /// In what numbers it gives `y`, where x is kNoValue, or else reads `x` for it; nullptr: floats.
  Bf16 (*bf16)(const Lowering& lowering, ValueId y, ValueId x) = nullptr;
};

/// All rules, by the names of ops.
[[nodiscard]] std::span<const Rule> rules();

/// The rule that takes a node, or nullptr.
[[nodiscard]] const Rule* rule_of(const Node& node);

/// Whether a node computes nothing: an input or a constant.
[[nodiscard]] bool is_source(const Node& node);

/// The name of a row of a kernel's table: its instruction set, unless the kernel has names.
template <class Variant>
[[nodiscard]] std::string_view variant_name(const Variant& variant) {
  if constexpr (requires { name_of(variant); }) {
    return name_of(variant);
  } else {
    return kernels::name_of(variant.isa);
  }
}

/// The variants of a kernel's table that may be used, the newest first; the portable one is for
/// processors that have nothing better.
template <class Variants>
[[nodiscard]] std::vector<std::string> candidates(const Variants& variants, kernels::Isa isa) {
  std::vector<std::string> out;
  for (const auto& variant : variants) {
    if (!kernels::includes(isa, variant.isa)) continue;
    out.emplace(out.begin(), variant_name(variant));
  }
  if (out.size() > 1) out.pop_back();
  return out;
}

/// The row of the variant with this name, which candidates() gave.
template <class Variants>
[[nodiscard]] std::uint32_t row_named(const Variants& variants, std::string_view name) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < variants.size(); ++i)
    if (variant_name(variants[i]) == name) found = i;
  return found;
}

/// The row of a kernel's table for the newest instruction set that may be used.
template <class Variants>
[[nodiscard]] std::uint32_t best(const Variants& variants, kernels::Isa isa) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < variants.size(); ++i)
    if (kernels::includes(isa, variants[i].isa)) found = i;
  return found;
}

/// The row of a kernel's table that a layer takes, where the question is which instruction set.
template <class Variants>
[[nodiscard]] std::uint32_t chosen_row(Lowering& lowering, ValueId node, const std::string& layer,
                                       const Variants& variants) {
  return row_named(variants, lowering.choose(node, layer, candidates(variants, lowering.isa())));
}

/// Bytes of a workspace for each of a step's units, in whole lines, in a room for all of them.
template <class Step>
void set_workspace(Lowering& lowering, Step& step, std::size_t bytes, std::uint32_t units) {
  constexpr std::size_t kLine = 64;
  const std::size_t each = (bytes + kLine - 1) / kLine * kLine;
  step.unit_workspace = static_cast<std::int64_t>(each);
  step.workspace = lowering.scratch(each * units);
}

/// Cuts rows of Winograd's tiles into units, enough for as many threads as share so small a thing;
/// `bytes_of` says what a workspace for some rows takes.
template <class Step, class Bytes>
void cut_tiles(Lowering& lowering, Step& step, int rows, const Bytes& bytes_of) {
  constexpr int kUnits = 16;
  step.unit_rows = (rows + kUnits - 1) / kUnits;
  const int units = step.window.pictures * ((rows + step.unit_rows - 1) / step.unit_rows);
  step.header.units = static_cast<std::uint32_t>(units);
  set_workspace(lowering, step, bytes_of(step.unit_rows), step.header.units);
}

/// Adds a step whose kernel is not asked for: the newest variant that may be used.
template <class Step, class Variants>
void add_newest(Lowering& lowering, Step step, engine::StepKind kind, const Variants& variants,
                std::string words) {
  step.header.variant = best(variants, lowering.isa());
  lowering.plan().add(step, kind, kernels::name_of(variants[step.header.variant].isa),
                      std::move(words));
}

}  // namespace slipway::cpu
