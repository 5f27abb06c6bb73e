#include "device/cpu/tuning_file.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/json.h"
#include "base/sha256.h"
#include "base/system_fields.h"
#include "device/cpu/float_products.h"

namespace slipway::cpu {
namespace {

constexpr auto kFormat = "slipway tuning";
constexpr std::int64_t kVersion = 1;

/// Goes up when kernels, or what is kept of them, change so much that older measurements say too
/// little.
constexpr int kKernels = 3;

Result<LayerTimes> parse_layer(const std::string& layer, const Json& json) {
  const auto bad = [&] {
    return fail(Code::corrupt, "the layer '{}' is not as it should be", layer);
  };
  const auto* choice = json.find("choice");
  const auto* exact = json.find("exact");  // where the choice rounds
  const auto* times = json.find("us");
  if (choice == nullptr || choice->string() == nullptr || times == nullptr ||
      times->object() == nullptr)
    return bad();
  LayerTimes out{layer, {}};
  for (const auto& [candidate, us] : *times->object()) {
    const auto number = us.number();
    if (!number) return bad();
    // best() and best_exact() take those two, whatever others took.
    const bool is_chosen = candidate == *choice->string();
    const bool is_exact =
        exact != nullptr && exact->string() != nullptr && candidate == *exact->string();
    out.candidates.push_back({candidate, *number * 1e-6, is_chosen || is_exact, 0, is_chosen});
  }
  if (std::ranges::none_of(out.candidates, &Measured::in_place)) return bad();
  return out;
}

}  // namespace

void Tuning::add(std::span<const LayerTimes> measured) {
  for (const auto& one : measured) {
    std::erase_if(layers, [&](const LayerTimes& old) { return old.layer == one.layer; });
    layers.push_back(one);
  }
}

std::string this_machine(const Files& files) {
  std::string out;
  const auto fields = system_fields(files, "/proc/cpuinfo");
  for (const auto* name : {"vendor_id", "cpu family", "model", "stepping", "CPU implementer",
                           "CPU part", "CPU variant"})
    if (const auto value = value_of(fields, name); !value.empty())
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, value);
  for (int i = 0; i < kernels::kIsaCount; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (kernels::runs_here(isa)) out += fmt::format(", {}", kernels::name_of(isa));
  }
  return out + fmt::format(", kernels {}", kKernels);
}

std::string text_of(const Tuning& tuning) {
  auto layers = tuning.layers;
  std::ranges::sort(layers, {}, &LayerTimes::layer);
  Json all;
  for (const auto& layer : layers) {
    std::map<std::string, double> by_name;  // in the order of names, for files that compare well
    for (const auto& one : layer.candidates)
      by_name[one.candidate] = kept_microseconds(one.seconds);
    Json times;
    for (const auto& [name, us] : by_name) times.set(name, us);
    Json json;
    json.set("choice", layer.best().candidate);
    const auto* const exact = layer.best_exact();
    if (is_rounding(layer.best().candidate) && exact != nullptr)
      json.set("exact", exact->candidate);
    json.set("us", std::move(times));
    all.set(layer.layer, std::move(json));
  }
  Json out;
  out.set("format", kFormat);
  out.set("version", kVersion);
  out.set("machine", tuning.machine);
  out.set("layers", layers.empty() ? Json(Json::Object{}) : std::move(all));
  return out.text() + "\n";
}

Result<Tuning> parse_tuning(std::string_view text) {
  const auto json = SLIPWAY_TRY(parse_json(text));
  const auto* format = json.find("format");
  if (format == nullptr || format->string() == nullptr || *format->string() != kFormat)
    return fail(Code::corrupt, "no tuning file: it has no \"format\": \"{}\"", kFormat);
  const auto* version = json.find("version");
  if (version == nullptr || version->integer() == nullptr || *version->integer() != kVersion)
    return fail(Code::corrupt, "a tuning file of another version than {}", kVersion);
  const auto* machine = json.find("machine");
  const auto* layers = json.find("layers");
  if (machine == nullptr || machine->string() == nullptr || layers == nullptr ||
      layers->object() == nullptr)
    return fail(Code::corrupt, "a tuning file without \"machine\" and \"layers\"");
  Tuning out{*machine->string(), {}};
  for (const auto& [layer, entry] : *layers->object())
    out.layers.push_back(SLIPWAY_TRY(parse_layer(layer, entry)));
  return out;
}

std::string cache_path(std::string_view cache_home, std::string_view machine) {
  return fmt::format("{}/slipway/tuning/{}.json", cache_home,
                     sha256(as_bytes(machine)).substr(0, 16));
}

}  // namespace slipway::cpu
