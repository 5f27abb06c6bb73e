#include "quant/state.h"

namespace slipway::quant {
namespace {

constexpr std::int64_t kVersion = 2;

template <class T>
Json list_of(const std::vector<T>& items) {
  Json out(Json::Array{});
  for (const auto& item : items) out.push(item.to_json());
  return out;
}

Result<const Json::Array*> list_in(const Json& json, const char* name) {
  const auto* member = json.find(name);
  const auto* array = member == nullptr ? nullptr : member->array();
  if (array == nullptr) return fail(Code::corrupt, "there is no list '{}'", name);
  return array;
}

template <class T>
Result<std::vector<T>> read_list(const Json& json, const char* name) {
  std::vector<T> out;
  for (const auto& item : *SLIPWAY_TRY(list_in(json, name)))
    out.push_back(SLIPWAY_TRY(T::from_json(item)));
  return out;
}

Result<std::int64_t> whole(const Json& json, const char* name, std::int64_t most) {
  const auto* member = json.find(name);
  const auto* number = member == nullptr ? nullptr : member->integer();
  if (number == nullptr || *number < 0 || *number > most)
    return fail(Code::corrupt, "'{}' is missing or no such number", name);
  return *number;
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
  out.set("errors", list_of(state.errors));
  Json flips(Json::Array{});
  for (const auto& layer : state.flips) flips.push(hex(layer));
  out.set("flips", std::move(flips));
  out.set("rounded", list_of(state.rounded));
  out.set("drops", list_of(state.choice.drops));
  out.set("alone", list_of(state.choice.alone));
  Json order(Json::Array{});
  for (const auto layer : state.choice.order) order.push(layer);
  out.set("order", std::move(order));
  out.set("quality", list_of(state.quality));
  return out.text(0);
}

Result<State> parse_state(std::string_view text) {
  const auto json = SLIPWAY_TRY(parse_json(text));
  if (SLIPWAY_TRY(whole(json, "version", 1'000'000)) != kVersion)
    return fail(Code::corrupt, "it was written by another version");
  State out;
  for (const auto& [name, into] :
       {std::pair("key", &out.key), std::pair("settings", &out.settings)}) {
    const auto* member = json.find(name);
    if (member == nullptr || member->string() == nullptr)
      return fail(Code::corrupt, "there is no '{}'", name);
    *into = *member->string();
  }
  out.phase = static_cast<Phase>(SLIPWAY_TRY(whole(json, "phase", static_cast<int>(Phase::done))));
  constexpr std::int64_t kMost = 1'000'000'000;
  out.next = static_cast<std::size_t>(SLIPWAY_TRY(whole(json, "next", kMost)));
  for (const auto& one : *SLIPWAY_TRY(list_in(json, "lost"))) {
    const auto* why = one.find("why");
    if (why == nullptr || why->string() == nullptr)
      return fail(Code::corrupt, "a picture was lost without a reason");
    const auto number = static_cast<std::size_t>(SLIPWAY_TRY(whole(one, "picture", kMost)));
    out.lost.emplace(number, *why->string());
  }
  for (const auto& one : *SLIPWAY_TRY(list_in(json, "maxima"))) {
    auto& channels = out.maxima.emplace_back();
    if (one.array() == nullptr) return fail(Code::corrupt, "maxima that are no list");
    for (const auto& most : *one.array())
      channels.push_back(static_cast<float>(SLIPWAY_TRY(most.number())));
  }
  out.seen = SLIPWAY_TRY(read_list<Histogram>(json, "seen"));
  out.errors = SLIPWAY_TRY(read_list<LayerErrors>(json, "errors"));
  for (const auto& one : *SLIPWAY_TRY(list_in(json, "flips")))
    out.flips.push_back(SLIPWAY_TRY(from_hex(one)));
  out.rounded = SLIPWAY_TRY(read_list<LayerErrors>(json, "rounded"));
  out.choice.drops = SLIPWAY_TRY(read_list<Drop>(json, "drops"));
  out.choice.alone = SLIPWAY_TRY(read_list<Quality>(json, "alone"));
  for (const auto& one : *SLIPWAY_TRY(list_in(json, "order"))) {
    const auto* layer = one.integer();
    if (layer == nullptr || *layer < 0 || *layer >= std::ssize(out.choice.alone))
      return fail(Code::corrupt, "an order of layers that are not there");
    out.choice.order.push_back(static_cast<std::int32_t>(*layer));
  }
  out.quality = SLIPWAY_TRY(read_list<Quality>(json, "quality"));
  return out;
}

}  // namespace slipway::quant
