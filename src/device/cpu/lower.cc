#include "device/cpu/lower.h"

#include <algorithm>

#include "base/check.h"
#include "device/cpu/moves.h"
#include "device/cpu/rules.h"
#include "engine/picture_steps.h"
#include "kernels/gemm_bf16.h"
#include "kernels/gemm_f16.h"
#include "ops/elementwise/elementwise.h"

namespace slipway::cpu {
namespace {

/// Whether nothing of a node is left to compute.
bool is_known(const Node& node) {
  return std::ranges::all_of(node.outputs,
                             [](const Value& value) { return value.known.has_value(); });
}

}  // namespace

bool is_source(const Node& node) { return node.op.is<Input>() || node.op.is<Constant>(); }

const Rule* rule_of(const Node& node) {
  const auto all = rules();
  const auto at = std::ranges::find(all, node.op.name(), &Rule::op);
  if (at != all.end()) return &*at;
  static constexpr Rule kElementwise = {"", lower_elementwise};
  return ops::is_elementwise(node.op) ? &kElementwise : nullptr;
}

Lowering::Lowering(const Graph& graph, const LowerOptions& options)
    : graph_(graph), options_(options) {
  for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
    for (const auto id : graph_.nodes()[static_cast<std::size_t>(n)].inputs) {
      if (!id.exists()) continue;
      last_use_[id] = n;
      readers_[id].push_back(n);
    }
  }
  for (const auto id : graph_.outputs()) {
    last_use_[id] = static_cast<std::int32_t>(graph_.nodes().size());
    readers_[id].push_back(last_use_[id]);
  }
}

bool Lowering::used_once(ValueId id) const {
  const auto at = readers_.find(id);
  return at != readers_.end() && at->second.size() == 1;
}

ValueId Lowering::only_reader(ValueId id) const {
  if (!used_once(id)) return kNoValue;
  const auto n = readers_.at(id).front();
  return n == std::ssize(graph_.nodes()) ? kNoValue : ValueId{n, 0};
}

bool Lowering::read_apart(ValueId id) const {
  const auto at = readers_.find(id);
  if (at == readers_.end()) return true;
  return std::ranges::all_of(at->second, [&](std::int32_t n) {
    if (n == std::ssize(graph_.nodes())) return true;  // an output, which is copied
    const ValueId y{taker(n), 0};
    if (is_known(graph_.node(y))) return true;
    const auto* rule = rule_of(graph_.node(y));
    return rule != nullptr && rule->reads_apart != nullptr && rule->reads_apart(*this, y, id);
  });
}

bool Lowering::read_framed(ValueId id) const {
  const auto& readers = readers_.at(id);
  const auto others = std::ranges::count_if(readers, [&](std::int32_t n) {
    if (n == std::ssize(graph_.nodes())) return true;
    const auto* rule = rule_of(graph_.nodes()[static_cast<std::size_t>(n)]);
    return rule == nullptr || rule->lower != lower_pool;
  });
  return others == 1 && readers.back() != std::ssize(graph_.nodes());
}

bool Lowering::goes_out(ValueId id) const {
  return used_once(id) && std::ranges::find(graph_.outputs(), id) != graph_.outputs().end();
}

bool Lowering::is_dense(ValueId id, std::int64_t stride) const {
  const auto& shape = graph_.type(id).shape;
  return stride == pixel_of(shape) || shape.elements() == pixel_of(shape);
}

bool Lowering::rounds() const {
  return has_bf16(precision()) && best(kernels::gemm_bf16_variants(), isa()) != 0;
}

bool Lowering::halves() const {
  return has_fp16(precision()) && best(kernels::gemm_f16_variants(), isa()) != 0;
}

std::int64_t Lowering::element_bytes(ValueId id) const {
  return is_rounded(id) ? 2 : size_of(graph_.type(id).dtype);
}

std::size_t Lowering::bytes_of(ValueId id) const {
  return static_cast<std::size_t>(graph_.type(id).shape.elements() * element_bytes(id));
}

std::string Lowering::chosen(const std::string& layer,
                             const std::vector<std::string>& candidates) const {
  const auto at = options_.choices.find(layer);
  const bool fits =
      at != options_.choices.end() && std::ranges::find(candidates, at->second) != candidates.end();
  return fits ? at->second : candidates.front();
}

std::string Lowering::choose(ValueId node, const std::string& layer,
                             std::vector<std::string> candidates,
                             const std::vector<ValueId>& along) {
  auto taken = chosen(layer, candidates);
  auto nodes = with_claimed(node.node, along);
  answer_along({nodes.back(), 0}, layer);
  if (candidates.size() > 1 &&
      std::ranges::find(questions_, layer, &Question::layer) == questions_.end())
    questions_.push_back({layer, std::move(candidates), std::move(nodes)});
  return taken;
}

void Lowering::answer_along(ValueId node, const std::string& layer) {
  plan_.name_layer(layer, graph_.value(node).name);
}

std::vector<std::int32_t> Lowering::with_claimed(std::int32_t n,
                                                 const std::vector<ValueId>& along) const {
  std::set<std::int32_t> nodes = {n};
  for (const auto& [claimed, by] : claimed_by_)
    if (by == n) nodes.insert(claimed);
  for (const auto id : along) nodes.insert(id.node);
  return {nodes.begin(), nodes.end()};
}

/// Keeps where a value lies.
Lowering::Placed& Lowering::keep(ValueId id, const Placed& placed) {
  return places_.insert_or_assign(id, placed).first->second;
}

/// One value less lies there.
void Lowering::leave(const Placed& placed) {
  if (!placed.room) return;
  auto& room = rooms_[*placed.room];
  if (--room.holders == 0) plan_.give_back(room.at);
}

/// The room of a value without a home. It is there from the first of its parts on.
std::size_t Lowering::room_of(ValueId id) {
  if (const auto at = open_.find(id); at != open_.end()) return at->second;
  Room room;
  if (goes_out(id)) {
    const auto output = std::ranges::find(graph_.outputs(), id) - graph_.outputs().begin();
    room.at = {engine::Space::output, static_cast<std::uint32_t>(output), 0};
  } else {
    const auto frame = frames_.find(id);
    room.at = plan_.take(frame == frames_.end()
                             ? bytes_of(id)
                             : static_cast<std::size_t>(frame->second * element_bytes(id)));
  }
  // A value within borders has its home in its own room.
  room.holders = 1 + std::ranges::count_if(homes_, [&](const auto& home) {
                   return home.second.room == id && home.first != id;
                 });
  rooms_.push_back(room);
  if (room.holders > 1 || frames_.contains(id)) open_.emplace(id, rooms_.size() - 1);
  return rooms_.size() - 1;
}

Result<Lowering::Placed> Lowering::find(ValueId id) {
  if (const auto at = places_.find(id); at != places_.end()) return at->second;
  const auto* known = graph_.known(id);
  if (known == nullptr)
    return fail(Code::unsupported, "'{}' is not computed on its own", graph_.value(id).name);
  const auto room = plan_.add_constants(known->bytes());
  return keep(id, {{room, pixel_of(graph_.type(id).shape)}, std::nullopt});
}

Result<Pixels> Lowering::pixels(ValueId id) { return SLIPWAY_TRY(find(id)).pixels; }

Result<engine::Place> Lowering::place(ValueId id) {
  const auto at = SLIPWAY_TRY(pixels(id));
  SLIPWAY_CHECK(is_dense(id, at));
  return at.at;
}

Result<Pixels> Lowering::vector_pixels(ValueId id) {
  const auto placed = SLIPWAY_TRY(find(id));
  const auto& at = placed.pixels;
  if (at.at.space == engine::Space::arena || at.at.space == engine::Space::constants) return at;
  const auto bytes = bytes_of(id);
  rooms_.push_back({plan_.take(bytes), 1});
  copy(at.at, rooms_.back().at, bytes);
  leave(placed);
  return keep(id, {{rooms_.back().at, at.stride}, rooms_.size() - 1}).pixels;
}

Result<engine::Place> Lowering::vector_place(ValueId id) {
  const auto at = SLIPWAY_TRY(vector_pixels(id));
  SLIPWAY_CHECK(is_dense(id, at));
  return at.at;
}

Pixels Lowering::make_pixels(ValueId id) {
  const auto& type = graph_.type(id);
  const auto home = homes_.find(id);
  if (home == homes_.end()) {
    const auto room = room_of(id);
    return keep(id, {{rooms_[room].at, pixel_of(type.shape)}, room}).pixels;
  }
  const auto room = room_of(home->second.room);
  const auto& own = home->second;
  Pixels at{rooms_[room].at, own.stride, own.row, own.picture};
  at.at.offset += static_cast<std::uint64_t>(own.offset * element_bytes(id));
  return keep(id, {at, room}).pixels;
}

Pixels Lowering::make_pixels_over(ValueId id, ValueId of) {
  const auto at = places_.find(of);
  const auto is_parted = [&](ValueId value) {
    return std::ranges::any_of(
        homes_, [&](const auto& home) { return home.first == value || home.second.room == value; });
  };
  // Who views a value, or is the same bytes, holds its room, too.
  const bool fits =
      at != places_.end() && at->second.room && rooms_[*at->second.room].holders == 1 &&
      at->second.pixels.at.space == engine::Space::arena && last_use_.at(of) == id.node &&
      is_dense(of, at->second.pixels) && graph_.type(of).shape == graph_.type(id).shape &&
      bytes_of(of) == bytes_of(id) && !is_parted(of) && !is_parted(id) && !goes_out(id);
  if (!fits) return make_pixels(id);
  ++rooms_[*at->second.room].holders;
  return keep(id, Placed(at->second)).pixels;
}

engine::Place Lowering::frame(ValueId id) {
  // What joins parts lies nowhere yet.
  return homes_.contains(id) ? rooms_[room_of(id)].at : make_pixels(id).at;
}

engine::Place Lowering::make_room(ValueId id) {
  const auto at = make_pixels(id);
  SLIPWAY_CHECK(is_dense(id, at));
  return at.at;
}

Result<void> Lowering::alias(ValueId id, ValueId of) {
  auto placed = SLIPWAY_TRY(find(of));
  if (is_dense(of, placed.pixels)) placed.pixels.stride = pixel_of(graph_.type(id).shape);
  if (homes_.contains(id)) {
    copy_pixels(id, placed.pixels, make_pixels(id));
    return {};
  }
  if (placed.room) ++rooms_[*placed.room].holders;
  keep(id, placed);
  return {};
}

bool Lowering::view(ValueId id, ValueId of, const Pixels& at) {
  const auto whole = places_.find(of);
  const bool fits = whole != places_.end() && whole->second.room &&
                    at.at.space == engine::Space::arena && !homes_.contains(id) && !goes_out(id) &&
                    (is_dense(id, at) || read_apart(id));
  if (!fits) return false;
  const auto room = whole->second.room;
  ++rooms_[*room].holders;
  keep(id, {at, room});
  return true;
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

void Lowering::copy_pixels(ValueId id, const Pixels& from, const Pixels& to) {
  const auto& type = graph_.type(id);
  SLIPWAY_CHECK(from.row == 0 && to.row == 0);
  if (is_dense(id, from) && is_dense(id, to)) return copy(from.at, to.at, bytes_of(id));
  const std::int64_t pixel = pixel_of(type.shape);
  std::vector<Axis> loops = {{type.shape.elements() / pixel, from.stride, to.stride}};
  if (pixel > 1) loops.push_back({pixel, 1, 1});
  add_loops(*this, from.at, to.at, std::move(loops), static_cast<std::int32_t>(element_bytes(id)));
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
    leave(at->second);
    at = places_.erase(at);
  }
}

Result<void> Lowering::visit(std::int32_t n) {
  const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
  const ValueId y{n, 0};
  if (is_source(node) || claimed_by_.contains(n)) return {};
  if (is_known(node)) return {};  // place() puts them into the plan where they are read
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
    const auto from = SLIPWAY_TRY(pixels(id));
    if (from.at.space == output.space && from.at.index == i) continue;
    plan_.name_steps(graph_.value(id).name);
    copy_pixels(id, from, {output, pixel_of(graph_.type(id).shape)});
  }
  return {};
}

Result<BuiltPlan> Lowering::run() {
  // Steps count rows and pixels with 32 bits, bytes with 64: up to here none of the former is near
  // its end, whatever a kernel adds to it.
  constexpr std::int64_t kMostBytes = std::int64_t{3} << 29U;
  for (const auto& node : graph_.nodes()) {
    for (const auto& value : node.outputs) {
      if (!value.type.is_known() || value.type.shape.elements() == 0)
        return fail(Code::unsupported, "'{}' is {}", value.name, value.type.text());
      if (value.type.bytes() > kMostBytes)
        return fail(Code::unsupported, "'{}' is {}: {:.1f} GB, and a value has 1.6 at most",
                    value.name, value.type.text(), static_cast<double>(value.type.bytes()) * 1e-9)
            .with_remedy("a smaller batch");
    }
  }
  for (std::uint32_t i = 0; i < graph_.inputs().size(); ++i)
    keep(graph_.inputs()[i],
         {{{engine::Space::input, i, 0}, pixel_of(graph_.type(graph_.inputs()[i]).shape)},
          std::nullopt});
  find_claims();
  rounded_ = find_rounded(*this);
  homes_ = find_homes(*this);
  frames_ = find_frames(*this, homes_);
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
