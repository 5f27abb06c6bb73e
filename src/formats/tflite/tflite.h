#pragma once
// TensorFlow Lite models (.tflite), schema version 3.

#include "formats/format.h"

namespace slipway {

extern const Format tflite_format;

}  // namespace slipway
