#include "engine/variants.h"

#include <cstdio>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace slipway::engine {
namespace {

constexpr auto kCorrupt = Refusal::Kind::corrupt;
constexpr auto kUnsupported = Refusal::Kind::unsupported;
constexpr std::size_t kMost = 64;  // variants have a bit each

bool exists(std::uint32_t isa) { return isa < static_cast<std::uint32_t>(kernels::kIsaCount); }

const char* name_of(std::uint32_t isa) {
  return kernels::name_of(static_cast<kernels::Isa>(isa)).data();
}

/// A plan that is the only one.
Refusal take_the_one(const ParamsHeader& header, const char* isa, Variant& chosen) {
  if (!exists(header.isa))
    return refuse(kCorrupt, "it names an instruction set that does not exist");
  if (isa != nullptr && std::strcmp(isa, name_of(header.isa)) != 0) {
    return refuse(Refusal::Kind::invalid_input,
                  "it has no plan for '%s', only one for '%s': --portable makes several", isa,
                  name_of(header.isa));
  }
  chosen = {static_cast<kernels::Isa>(header.isa), header.steps, header.plan};
  if (!kernels::runs_here(chosen.isa)) {
    return refuse(kUnsupported,
                  "it needs the instruction set '%s', which this processor does not have: "
                  "'slipway compile --portable' makes one that runs on others, too",
                  name_of(header.isa));
  }
  return {};
}

/// "bf16_512, avx2", as far as there is room.
struct Names {
  char text[160] = {};

  Names(const VariantRecord* variants, std::size_t count) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < count && at < sizeof text; ++i) {
      const int added = std::snprintf(text + at, sizeof text - at, "%s%s", i == 0 ? "" : ", ",
                                      name_of(variants[i].isa));
      at += static_cast<std::size_t>(added);
    }
  }
};

/// Reads these pages at once: that costs less than a fault for each. Where the system cannot, they
/// come one by one.
void fetch(const std::byte* from, std::size_t count) {
#if defined(MADV_POPULATE_READ)
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(from) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(from) + count;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ);  // NOLINT
#endif
}

Refusal check_parts(const std::byte* bytes, std::size_t count, std::size_t index,
                    kernels::Isa isa) {
  const auto& header = *reinterpret_cast<const ParamsHeader*>(bytes);
  const auto* parts = reinterpret_cast<const PartRecord*>(bytes + header.plan.offset);
  for (std::size_t i = 0; i < header.plan.bytes / sizeof(PartRecord); ++i) {
    const auto& part = parts[i];
    if ((part.variants >> index & 1U) == 0) continue;
    if (!lies_inside(part.bytes, count, 1)) return refuse(kCorrupt, "its header is damaged");
    const auto* const from = bytes + part.bytes.offset;
    fetch(from, part.bytes.bytes);
    if (checksum(from, part.bytes.bytes) != part.checksum) {
      return refuse(kCorrupt, "it is damaged: the checksum of a part for '%s' differs",
                    kernels::name_of(isa).data());
    }
  }
  return {};
}

}  // namespace

bool lies_inside(const Section& section, std::size_t count, std::size_t element) {
  return section.offset % 64 == 0 && section.offset <= count &&
         section.bytes <= count - section.offset && section.bytes % element == 0;
}

Refusal choose_variant(const std::byte* bytes, std::size_t count, const char* isa,
                       Variant& chosen) {
  const auto& header = *reinterpret_cast<const ParamsHeader*>(bytes);
  if (header.version != kVariantsVersion) return take_the_one(header, isa, chosen);
  const std::size_t variants = header.steps.bytes / sizeof(VariantRecord);
  if (!lies_inside(header.steps, header.front, sizeof(VariantRecord)) ||
      !lies_inside(header.plan, header.front, sizeof(PartRecord)) || variants == 0 ||
      variants > kMost) {
    return refuse(kCorrupt, "its header is damaged");
  }
  const auto* all = reinterpret_cast<const VariantRecord*>(bytes + header.steps.offset);
  for (std::size_t i = 0; i < variants; ++i) {
    if (!exists(all[i].isa))
      return refuse(kCorrupt, "it names an instruction set that does not exist");
  }
  for (std::size_t i = 0; i < variants; ++i) {
    const auto set = static_cast<kernels::Isa>(all[i].isa);
    const bool named = isa != nullptr && std::strcmp(isa, name_of(all[i].isa)) == 0;
    if (isa != nullptr && !named) continue;
    if (kernels::runs_here(set)) {
      chosen = {set, all[i].steps, all[i].plan};
      return check_parts(bytes, count, i, set);
    }
    if (named) {
      return refuse(kUnsupported,
                    "it was to run its plan for '%s', which this processor does not have", isa);
    }
  }
  const Names names(all, variants);
  if (isa != nullptr) {
    return refuse(Refusal::Kind::invalid_input, "it has no plan for '%s', only for %s", isa,
                  names.text);
  }
  return refuse(kUnsupported, "it needs one of %s, which this processor does not have", names.text);
}

}  // namespace slipway::engine
