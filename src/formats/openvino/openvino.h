#pragma once

#include "formats/format.h"

namespace slipway {

/// OpenVINO's intermediate representation: an .xml beside a .bin. Versions 3, 10 and 11.
extern const Format openvino_format;

}  // namespace slipway
