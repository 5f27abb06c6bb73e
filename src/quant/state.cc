#include "quant/state.h"

#include "quant/members.h"

namespace slipway::quant {
namespace {

constexpr std::int64_t kVersion = 4;

template <class T>
Json list_of(const std::vector<T>& items) {
  Json out(Json::Array{});
  for (const auto& item : items) out.push(item.to_json());
  return out;
}

template <class T>
Result<std::vector<T>> read_list(const Members& members, const char* name) {
  std::vector<T> out;
  for (const auto& item : *SLIPWAY_TRY(members.list(name)))
    out.push_back(SLIPWAY_TRY(T::from_json(item)));
  return out;
}

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(const Flips& bytes) {
  std::string out;
  for (const auto byte : bytes) {
    out += kDigits[byte / 16];
    out += kDigits[byte % 16];
  }
  return out;
}

Result<Flips> from_hex(const Json& json) {
  const auto* text = json.string();
  if (text == nullptr || text->size() % 2 != 0 ||
      text->find_first_not_of(kDigits) != std::string::npos)
    return fail(Code::corrupt, "roundings that are no hexadecimal digits");
  Flips out;
  for (std::size_t i = 0; i < text->size(); i += 2)
    out.push_back(
        static_cast<std::uint8_t>(kDigits.find((*text)[i]) * 16 + kDigits.find((*text)[i + 1])));
  return out;
}

}  // namespace

std::string to_text(const State& state) {
  Json out;
  out.set("version", kVersion);
  out.set("key", state.key);
  out.set("settings", state.settings);
  out.set("phase", static_cast<int>(state.phase));
  out.set("next", state.next);
  Json lost(Json::Array{});
  for (const auto& [number, why] : state.lost) {
    Json one;
    one.set("picture", number);
    one.set("why", why);
    lost.push(std::move(one));
  }
  out.set("lost", std::move(lost));
  Json maxima(Json::Array{});
  for (const auto& channels : state.maxima) {
    Json one(Json::Array{});
    for (const float most : channels) one.push(static_cast<double>(most));
    maxima.push(std::move(one));
  }
  out.set("maxima", std::move(maxima));
  out.set("seen", list_of(state.seen));
  out.set("draft", list_of(state.draft));
  out.set("tried", list_of(state.tried));
  out.set("errors", list_of(state.errors));
  Json flips(Json::Array{});
  for (const auto& layer : state.flips) flips.push(hex(layer));
  out.set("flips", std::move(flips));
  out.set("rounded", list_of(state.rounded));
  Json drops(Json::Array{});
  for (const auto& [in_floats, drop] : state.choice.drops) {
    auto one = drop.to_json();
    one.set("in_floats", in_floats);
    drops.push(std::move(one));
  }
  out.set("drops", std::move(drops));
  out.set("alone", list_of(state.choice.alone));
  Json order(Json::Array{});
  for (const auto layer : state.choice.order) order.push(layer);
  out.set("order", std::move(order));
  out.set("quality", list_of(state.quality));
  return out.text(0);
}

Result<State> parse_state(std::string_view text) {
  const auto json = SLIPWAY_TRY(parse_json(text));
  const Members members(json, "the state");
  if (SLIPWAY_TRY(members.whole("version")) != kVersion)
    return fail(Code::corrupt, "it was written by another version");
  State out;
  out.key = SLIPWAY_TRY(members.text("key"));
  out.settings = SLIPWAY_TRY(members.text("settings"));
  out.phase =
      static_cast<Phase>(SLIPWAY_TRY(members.whole("phase", 0, static_cast<int>(Phase::done))));
  constexpr std::int64_t kMost = 1'000'000'000;
  out.next = static_cast<std::size_t>(SLIPWAY_TRY(members.whole("next", 0, kMost)));
  for (const auto& one : *SLIPWAY_TRY(members.list("lost"))) {
    const Members lost(one, "a lost picture");
    const auto number = static_cast<std::size_t>(SLIPWAY_TRY(lost.whole("picture", 0, kMost)));
    out.lost.emplace(number, SLIPWAY_TRY(lost.text("why")));
  }
  for (const auto& one : *SLIPWAY_TRY(members.list("maxima"))) {
    auto& channels = out.maxima.emplace_back();
    if (one.array() == nullptr) return fail(Code::corrupt, "maxima that are no list");
    for (const auto& most : *one.array())
      channels.push_back(static_cast<float>(SLIPWAY_TRY(most.number())));
  }
  out.seen = SLIPWAY_TRY(read_list<Histogram>(members, "seen"));
  out.draft = SLIPWAY_TRY(read_list<LayerErrors>(members, "draft"));
  out.tried = SLIPWAY_TRY(read_list<Quality>(members, "tried"));
  out.errors = SLIPWAY_TRY(read_list<LayerErrors>(members, "errors"));
  for (const auto& one : *SLIPWAY_TRY(members.list("flips")))
    out.flips.push_back(SLIPWAY_TRY(from_hex(one)));
  out.rounded = SLIPWAY_TRY(read_list<LayerErrors>(members, "rounded"));
  for (const auto& one : *SLIPWAY_TRY(members.list("drops"))) {
    const Members drop(one, "a drop");
    const auto in_floats = SLIPWAY_TRY(drop.whole("in_floats", 0, kMost));
    out.choice.drops[static_cast<std::int32_t>(in_floats)] = SLIPWAY_TRY(Drop::from_json(one));
  }
  out.choice.alone = SLIPWAY_TRY(read_list<Quality>(members, "alone"));
  for (const auto& one : *SLIPWAY_TRY(members.list("order"))) {
    const auto* layer = one.integer();
    if (layer == nullptr || *layer < 0 || *layer >= std::ssize(out.choice.alone))
      return fail(Code::corrupt, "an order of layers that are not there");
    out.choice.order.push_back(static_cast<std::int32_t>(*layer));
  }
  out.quality = SLIPWAY_TRY(read_list<Quality>(members, "quality"));
  return out;
}

}  // namespace slipway::quant
