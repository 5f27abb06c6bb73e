#pragma once
// The table of contents of device/: every device there is, one line each in list.cc.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "device/device.h"

namespace slipway {

struct DeviceEntry {
  std::string_view name;
  std::unique_ptr<Device> (*make)();
};

[[nodiscard]] std::span<const DeviceEntry> all_devices();

/// A new device of this name; upper and lower case are the same.
///
/// Errors  not_found: with the names there are
Result<std::unique_ptr<Device>> make_device(std::string_view name);

}  // namespace slipway
