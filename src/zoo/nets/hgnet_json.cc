#include <charconv>
#include <cmath>

#include "base/json.h"
#include "zoo/nets/hgnet.h"

namespace slipway::zoo {
namespace {

// Far more than any search asks for; a file cannot make us build without end.
constexpr std::int64_t kMaxItems = 64;
constexpr std::int64_t kMaxStem = 32;
constexpr std::int64_t kMaxChannels = 4096;
constexpr std::int64_t kMaxKernel = 31;
constexpr std::size_t kMaxBlocks = 8;
constexpr double kMaxExpansion = 16;

Result<const Json*> member(const Json& json, std::string_view name) {
  if (const auto* found = json.find(name)) return found;
  return fail(Code::invalid_input, "there is no '{}'", name);
}

Result<std::int64_t> count(const Json& json, std::string_view name, std::int64_t low,
                           std::int64_t high) {
  const auto* value = SLIPWAY_TRY(member(json, name))->integer();
  if (value != nullptr && *value >= low && *value <= high) return *value;
  return fail(Code::invalid_input, "'{}' is no whole number from {} to {}", name, low, high);
}

/// The items of a list, written as an array or in Archai's way.
Result<std::vector<const Json*>> items(const Json& list) {
  std::vector<const Json*> out;
  if (const auto* array = list.array()) {
    if (array->size() > static_cast<std::size_t>(kMaxItems))
      return fail(Code::invalid_input, "a list of {}, {} are possible", array->size(), kMaxItems);
    for (const auto& item : *array) out.push_back(&item);
    return out;
  }
  const auto times = SLIPWAY_TRY(count(list, "_repeat_times", 0, kMaxItems));
  const auto* configs = SLIPWAY_TRY(member(list, "_configs"));
  const auto* share = list.find("_share_arch");
  const bool shared = share != nullptr && share->boolean() != nullptr && *share->boolean();
  for (std::int64_t i = 0; i < times; ++i)
    out.push_back(SLIPWAY_TRY(member(*configs, fmt::to_string(shared ? 0 : i))));
  return out;
}

Result<std::vector<const Json*>> items(const Json& json, std::string_view name) {
  return items(*SLIPWAY_TRY(member(json, name))).during("in '{}'", name);
}

/// "conv5x5" is 5.
Result<std::int64_t> kernel(const Json& layer) {
  const Json& op = layer.string() != nullptr ? layer : *SLIPWAY_TRY(member(layer, "op"));
  if (op.string() == nullptr) return fail(Code::invalid_input, "a layer is no text");
  const std::string& name = *op.string();
  for (std::int64_t k = 1; k <= kMaxKernel; k += 2) {
    if (name == fmt::format("conv{}x{}", k, k)) return k;
  }
  return fail(Code::invalid_input, "'{}' is no layer such as conv3x3, conv5x5 or conv7x7", name);
}

Result<HgnetArch::Layers> layers(const Json& json, std::string_view name, std::size_t least) {
  HgnetArch::Layers out;
  for (const auto* layer : SLIPWAY_TRY(items(json, name)))
    out.push_back(SLIPWAY_TRY(kernel(*layer).during("in '{}'", name)));
  if (out.size() < least) return fail(Code::invalid_input, "'{}' has no layer", name);
  return out;
}

Result<HgnetArch::Hourglass> hourglass(const Json& json) {
  HgnetArch::Hourglass out;
  for (const auto* block : SLIPWAY_TRY(items(json, "downsample_blocks"))) {
    auto kernels = SLIPWAY_TRY(layers(*block, "layers", 1));
    const auto* factor = SLIPWAY_TRY(member(*block, "ch_expansion_factor"));
    const double expansion = SLIPWAY_TRY(factor->number().during("in 'ch_expansion_factor'"));
    if (!(expansion > 0 && expansion <= kMaxExpansion))
      return fail(Code::invalid_input, "'ch_expansion_factor' is {}, it may be up to {}", expansion,
                  kMaxExpansion);
    out.down.push_back({.layers = std::move(kernels), .expansion = expansion});
  }
  for (const auto* block : SLIPWAY_TRY(items(json, "skip_blocks")))
    out.skip.push_back(SLIPWAY_TRY(layers(*block, "layers", 0)));
  for (const auto* block : SLIPWAY_TRY(items(json, "upsample_blocks")))
    out.up.push_back(SLIPWAY_TRY(layers(*block, "layers", 1)));
  if (out.down.empty() || out.down.size() > kMaxBlocks)
    return fail(Code::invalid_input, "{} downsample blocks; 1 to {} are possible", out.down.size(),
                kMaxBlocks);
  if (out.skip.size() + 1 != out.down.size() || out.up.size() + 1 != out.down.size())
    return fail(
        Code::invalid_input,
        "{} downsample blocks need {} skip blocks and as many upsample blocks, not {} and {}",
        out.down.size(), out.down.size() - 1, out.skip.size(), out.up.size());
  return out;
}

}  // namespace

Result<HgnetArch> parse_hgnet(std::string_view json) {
  const Json tree = SLIPWAY_TRY(parse_json(json));
  HgnetArch arch;
  arch.stem_stride = SLIPWAY_TRY(count(tree, "stem_stride", 1, kMaxStem));
  arch.base_channels = SLIPWAY_TRY(count(tree, "base_ch", 1, kMaxChannels));
  for (const auto* part : SLIPWAY_TRY(items(tree, "hourglasses")))
    arch.hourglasses.push_back(
        SLIPWAY_TRY(hourglass(*part).during("in hourglass {}", arch.hourglasses.size() + 1)));
  if (arch.hourglasses.empty()) return fail(Code::invalid_input, "there is no hourglass");
  arch.post = SLIPWAY_TRY(layers(tree, "post_upsample_layers", 0));
  return arch;
}

}  // namespace slipway::zoo
