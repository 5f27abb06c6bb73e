#include "tflite_file.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/check.h"
#include "base/file.h"

namespace slipway {
namespace {

namespace fb = flatbuffers;

fb::Offset<tflite::Tensor> add(fb::FlatBufferBuilder& b, const FileTensor& tensor) {
  fb::Offset<tflite::QuantizationParameters> quantization;
  if (!tensor.scale.empty() || !tensor.zero_point.empty()) {
    const auto scale = b.CreateVector(tensor.scale);
    const auto zero_point = b.CreateVector(tensor.zero_point);
    tflite::QuantizationParametersBuilder q(b);
    q.add_scale(scale);
    q.add_zero_point(zero_point);
    q.add_quantized_dimension(tensor.axis);
    quantization = q.Finish();
  }
  const auto shape = b.CreateVector(tensor.shape);
  const auto name = b.CreateString(tensor.name);
  tflite::TensorBuilder t(b);
  t.add_shape(shape);
  t.add_type(tensor.type);
  t.add_buffer(tensor.buffer);
  t.add_name(name);
  if (!quantization.IsNull()) t.add_quantization(quantization);
  return t.Finish();
}

fb::Offset<tflite::Operator> add(fb::FlatBufferBuilder& b, const FileOperator& op, unsigned code) {
  const auto inputs = b.CreateVector(op.inputs);
  const auto outputs = b.CreateVector(op.outputs);
  const auto options = op.options ? op.options(b) : fb::Offset<void>();
  tflite::OperatorBuilder o(b);
  o.add_opcode_index(code);
  o.add_inputs(inputs);
  o.add_outputs(outputs);
  if (op.options) {
    o.add_builtin_options_type(op.options_type);
    o.add_builtin_options(options);
  }
  return o.Finish();
}

}  // namespace

Bytes to_bytes(const FileModel& model) {
  fb::FlatBufferBuilder b;
  std::vector<fb::Offset<tflite::Buffer>> buffers;
  for (const auto& bytes : model.buffers) {
    if (bytes.empty()) {
      buffers.push_back(tflite::CreateBuffer(b));
      continue;
    }
    b.ForceVectorAlignment(bytes.size(), 1, 16);
    const auto data = octets(bytes);
    buffers.push_back(tflite::CreateBuffer(b, b.CreateVector(data.data(), data.size())));
  }
  std::vector<fb::Offset<tflite::Tensor>> tensors;
  for (const auto& tensor : model.tensors) tensors.push_back(add(b, tensor));

  std::vector<std::pair<tflite::BuiltinOperator, std::string>> codes;
  std::vector<fb::Offset<tflite::Operator>> operators;
  for (const auto& op : model.operators) {
    const std::pair wanted(op.op, op.custom_code);
    const auto found = std::find(codes.begin(), codes.end(), wanted);
    const auto index = static_cast<unsigned>(found - codes.begin());
    if (found == codes.end()) codes.push_back(wanted);
    operators.push_back(add(b, op, index));
  }
  std::vector<fb::Offset<tflite::OperatorCode>> code_tables;
  for (const auto& [op, custom] : codes) {
    const auto name = custom.empty() ? fb::Offset<fb::String>() : b.CreateString(custom);
    const auto deprecated = static_cast<std::int8_t>(std::min<int>(op, 127));
    code_tables.push_back(tflite::CreateOperatorCode(b, deprecated, name, 1, op));
  }
  const auto subgraph =
      tflite::CreateSubGraph(b, b.CreateVector(tensors), b.CreateVector(model.inputs),
                             b.CreateVector(model.outputs), b.CreateVector(operators));
  tflite::FinishModelBuffer(
      b, tflite::CreateModel(b, 3, b.CreateVector(code_tables), b.CreateVector(&subgraph, 1), 0,
                             b.CreateVector(buffers)));
  const auto bytes = std::as_bytes(std::span{b.GetBufferPointer(), b.GetSize()});
  return {bytes.begin(), bytes.end()};
}

void keep_model(const std::string& name, BytesView bytes) {
  const char* folder = std::getenv("SLIPWAY_KEEP_MODELS");  // NOLINT: tests are single-threaded
  if (folder == nullptr) return;
  std::string file = name;
  for (char& c : file) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  SystemEntropy entropy;
  SystemFiles files(entropy);
  SLIPWAY_CHECK(files.write(join(folder, file + ".tflite"), bytes));
}

}  // namespace slipway
