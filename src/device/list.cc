#include "device/list.h"

#include <algorithm>
#include <cctype>

#include "device/null/null.h"
#include "device/reference/reference.h"

namespace slipway {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::span<const DeviceEntry> all_devices() {
  static constexpr DeviceEntry kDevices[] = {
      {"NULL", make_null_device},
      {"REF", make_reference_device},
  };
  return kDevices;
}

Result<std::unique_ptr<Device>> make_device(std::string_view name) {
  std::string names;
  for (const auto& entry : all_devices()) {
    if (same_name(entry.name, name)) return entry.make();
    names += fmt::format("{}{}", names.empty() ? "" : " ", entry.name);
  }
  return fail(Code::not_found, "there is no device '{}'", name)
      .with_remedy(
          fmt::format("devices here are {}; a plugin is named by its path, ./x.so", names));
}

}  // namespace slipway
