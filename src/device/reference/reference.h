#pragma once
// The device that runs each op's own definition: slow, obvious, and right by agreement.

#include <memory>

#include "device/device.h"

namespace slipway {

[[nodiscard]] std::unique_ptr<Device> make_reference_device();

}  // namespace slipway
