#pragma once
// TensorFlow Lite files as a test wants them, right or wrong: nothing is checked.

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "formats/tflite/schema.h"

namespace slipway {

struct FileTensor {
  std::vector<std::int32_t> shape;
  tflite::TensorType type = tflite::TensorType_FLOAT32;
  unsigned buffer = 0;
  std::string name = {};
  std::vector<float> scale = {};
  std::vector<std::int64_t> zero_point = {};
  int axis = 0;
};

struct FileOperator {
  tflite::BuiltinOperator op{};
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> outputs;
  tflite::BuiltinOptions options_type = tflite::BuiltinOptions_NONE;
  std::function<flatbuffers::Offset<void>(flatbuffers::FlatBufferBuilder&)> options = {};
  std::string custom_code = {};
};

struct FileModel {
  std::vector<FileTensor> tensors;
  std::vector<Bytes> buffers = {{}};  // the first is the empty one
  std::vector<FileOperator> operators;
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> outputs;
};

/// The bytes of the file.
Bytes to_bytes(const FileModel& model);

/// Writes the file into the folder SLIPWAY_KEEP_MODELS, where that is set: tests that make models
/// make the seeds of fuzz/tflite.cc with it.
void keep_model(const std::string& name, BytesView bytes);

}  // namespace slipway
