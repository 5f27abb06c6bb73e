#pragma once
// Devices from shared libraries, as plugin.h describes them.

#include <memory>
#include <string>

#include "device/device.h"

namespace slipway {

/// The device in the shared library at `path`. The library stays loaded as long as the device or
/// one of its programs lives. Times are measured unless the plugin models them.
///
/// Errors  not_found: no such file; invalid_input: not a library, or one without
///         slipway_plugin_open; unsupported: it speaks another version; corrupt: what it offers
///         breaks the rules of plugin.h
Result<std::unique_ptr<Device>> load_plugin(const std::string& path);

}  // namespace slipway
