#pragma once
// The device that does nothing: for testing everything around a device.

#include <memory>

#include "device/device.h"

namespace slipway {

[[nodiscard]] std::unique_ptr<Device> make_null_device();

}  // namespace slipway
