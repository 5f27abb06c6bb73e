#pragma once
// The messages of ONNX files, made by protoc from the onnx.proto that Debian installs.

#include "onnx.pb.h"
