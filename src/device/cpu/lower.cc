#include "device/cpu/lower.h"

#include <algorithm>

#include "device/cpu/rules.h"
#include "engine/picture_steps.h"
#include "ops/elementwise/elementwise.h"

namespace slipway::cpu {
namespace {

const Rule* rule_of(const Node& node) {
  const auto all = rules();
  const auto at = std::ranges::find(all, node.op.name(), &Rule::op);
  if (at != all.end()) return &*at;
  static constexpr Rule kElementwise = {"", lower_elementwise};
  return ops::is_elementwise(node.op) ? &kElementwise : nullptr;
}

bool is_source(const Node& node) { return node.op.is<Input>() || node.op.is<Constant>(); }

}  // namespace

Lowering::Lowering(const Graph& graph, const LowerOptions& options)
    : graph_(graph), options_(options) {
  for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
    for (const auto id : graph_.nodes()[static_cast<std::size_t>(n)].inputs) {
      if (!id.exists()) continue;
      last_use_[id] = n;
      ++uses_[id];
    }
  }
  for (const auto id : graph_.outputs()) {
    last_use_[id] = static_cast<std::int32_t>(graph_.nodes().size());
    ++uses_[id];
  }
}

bool Lowering::used_once(ValueId id) const {
  const auto at = uses_.find(id);
  return at != uses_.end() && at->second == 1;
}

std::string Lowering::choose(ValueId node, const std::string& layer,
                             std::vector<std::string> candidates) {
  const auto chosen = options_.choices.find(layer);
  const bool fits = chosen != options_.choices.end() &&
                    std::ranges::find(candidates, chosen->second) != candidates.end();
  auto taken = fits ? chosen->second : candidates.front();
  plan_.name_layer(layer);
  if (candidates.size() > 1 &&
      std::ranges::find(questions_, layer, &Question::layer) == questions_.end())
    questions_.push_back({layer, std::move(candidates), with_claimed(node.node)});
  return taken;
}

std::vector<std::int32_t> Lowering::with_claimed(std::int32_t n) const {
  std::vector<std::int32_t> nodes;
  for (const auto& [claimed, by] : claimed_by_)
    if (by == n) nodes.push_back(claimed);
  nodes.push_back(n);
  return nodes;
}

Result<engine::Place> Lowering::place(ValueId id) {
  if (const auto at = places_.find(id); at != places_.end()) return at->second;
  const auto* known = graph_.known(id);
  if (known == nullptr)
    return fail(Code::unsupported, "'{}' is not computed on its own", graph_.value(id).name);
  const auto room = plan_.add_constants(known->bytes());
  places_.emplace(id, room);
  return room;
}

Result<engine::Place> Lowering::vector_place(ValueId id) {
  const auto at = SLIPWAY_TRY(place(id));
  if (at.space == engine::Space::arena || at.space == engine::Space::constants) return at;
  const auto bytes = static_cast<std::size_t>(graph_.type(id).bytes());
  const auto room = plan_.take(bytes);
  copy(at, room, bytes);
  places_[id] = room;
  return room;
}

engine::Place Lowering::make_room(ValueId id) {
  const auto outputs = graph_.outputs();
  const auto output = std::ranges::find(outputs, id);
  const engine::Place room =
      output != outputs.end() && used_once(id)
          ? engine::Place{engine::Space::output,
                          static_cast<std::uint32_t>(output - outputs.begin()), 0}
          : plan_.take(static_cast<std::size_t>(graph_.type(id).bytes()));
  places_.insert_or_assign(id, room);
  return room;
}

Result<void> Lowering::alias(ValueId id, ValueId of) {
  places_.emplace(id, SLIPWAY_TRY(place(of)));
  return {};
}

engine::Place Lowering::scratch(std::size_t bytes) {
  scratch_.push_back(plan_.take(bytes));
  return scratch_.back();
}

void Lowering::copy(const engine::Place& from, const engine::Place& to, std::size_t bytes) {
  engine::BorderStep step;
  step.channels = 1;
  step.height = step.out_height = 1;
  step.width = step.out_width = static_cast<std::int32_t>(bytes);
  step.in = from;
  step.out = to;
  plan_.add(step, engine::StepKind::border, "", fmt::format("copy {} bytes", bytes));
}

/// From the last node to the first: who takes whom along. What a claimed node reads must live until
/// the one that claims it.
void Lowering::find_claims() {
  for (auto n = static_cast<std::int32_t>(graph_.nodes().size()); n-- > 0;) {
    const auto* rule = rule_of(graph_.nodes()[static_cast<std::size_t>(n)]);
    if (rule == nullptr || rule->claims == nullptr || claimed_by_.contains(n)) continue;
    for (const auto id : rule->claims(*this, {n, 0})) {
      claimed_by_.emplace(id.node, n);
      for (const auto input : graph_.node(id).inputs)
        if (input.exists()) last_use_[input] = std::max(last_use_[input], n);
    }
  }
}

void Lowering::release(std::int32_t n) {
  for (const auto& place : scratch_) plan_.give_back(place);
  scratch_.clear();
  for (auto at = places_.begin(); at != places_.end();) {
    const auto last = last_use_.find(at->first);
    if (last != last_use_.end() && last->second > n) {
      ++at;
      continue;
    }
    const engine::Place gone = at->second;
    at = places_.erase(at);
    const bool shared = std::ranges::any_of(places_, [&](const auto& other) {
      return other.second.space == gone.space && other.second.offset == gone.offset;
    });
    if (!shared) plan_.give_back(gone);
  }
}

Result<void> Lowering::visit(std::int32_t n) {
  const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
  const ValueId y{n, 0};
  if (is_source(node) || claimed_by_.contains(n)) return {};
  const bool all_known =
      std::ranges::all_of(node.outputs, [](const Value& value) { return value.known.has_value(); });
  if (all_known) return {};  // place() puts them into the plan where they are read
  const auto* rule = rule_of(node);
  if (rule == nullptr) return fail(Code::unsupported, "no kernel takes {}", node.op.name());
  plan_.name_steps(node.outputs[0].name);
  return rule->lower(*this, y);
}

/// Outputs that are read again, or that are another value's bytes, were computed elsewhere.
Result<void> Lowering::finish_outputs() {
  for (std::uint32_t i = 0; i < graph_.outputs().size(); ++i) {
    const auto id = graph_.outputs()[i];
    const engine::Place output{engine::Space::output, i, 0};
    const auto at = SLIPWAY_TRY(place(id));
    if (at.space == output.space && at.index == i) continue;
    plan_.name_steps(graph_.value(id).name);
    copy(at, output, static_cast<std::size_t>(graph_.type(id).bytes()));
  }
  return {};
}

Result<BuiltPlan> Lowering::run() {
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 30U;  // sizes in steps have 32 bits
  for (const auto& node : graph_.nodes()) {
    for (const auto& value : node.outputs) {
      const bool fits = value.type.is_known() && value.type.shape.elements() > 0 &&
                        value.type.bytes() <= kMostBytes;
      if (!fits) return fail(Code::unsupported, "'{}' is {}", value.name, value.type.text());
    }
  }
  for (std::uint32_t i = 0; i < graph_.inputs().size(); ++i)
    places_.emplace(graph_.inputs()[i], engine::Place{engine::Space::input, i, 0});
  find_claims();
  for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
    const auto& name = graph_.nodes()[static_cast<std::size_t>(n)].outputs[0].name;
    SLIPWAY_TRY(visit(n).during("'{}'", name));
    release(n);
  }
  SLIPWAY_TRY(finish_outputs());
  auto built = std::move(plan_).finish(graph_.inputs().size(), graph_.outputs().size());
  built.questions = std::move(questions_);
  return built;
}

Result<BuiltPlan> lower(const Graph& graph, const LowerOptions& options) {
  return Lowering(graph, options).run();
}

}  // namespace slipway::cpu
