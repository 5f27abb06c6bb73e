#pragma once
// Slipway's own model files (.slipway), docs/formats/native.md.

#include "formats/format.h"

namespace slipway {

extern const Format native_format;

}  // namespace slipway
