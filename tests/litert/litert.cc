#include "litert/litert.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/tflite/tflite.h"
#include "ir/interpret.h"
#include "ir/verify.h"
#include "ops/case.h"
#include "tensor/files.h"
#include "tflite_file.h"

namespace slipway::litert {
namespace {

namespace fb = flatbuffers;

tflite::TensorType file_type(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return tflite::TensorType_FLOAT32;
    case DType::f16:
      return tflite::TensorType_FLOAT16;
    case DType::bf16:
      return tflite::TensorType_BFLOAT16;
    case DType::f64:
      return tflite::TensorType_FLOAT64;
    case DType::i8:
      return tflite::TensorType_INT8;
    case DType::u8:
      return tflite::TensorType_UINT8;
    case DType::i16:
      return tflite::TensorType_INT16;
    case DType::u16:
      return tflite::TensorType_UINT16;
    case DType::i32:
      return tflite::TensorType_INT32;
    case DType::u32:
      return tflite::TensorType_UINT32;
    case DType::i64:
      return tflite::TensorType_INT64;
    case DType::u64:
      return tflite::TensorType_UINT64;
    case DType::boolean:
      return tflite::TensorType_BOOL;
  }
  return tflite::TensorType_FLOAT32;
}

fb::Offset<tflite::QuantizationParameters> quantization(fb::FlatBufferBuilder& b,
                                                        const TensorType& type) {
  if (!type.quant) return 0;
  const std::vector<std::int64_t> zeros(type.quant->zero_point.begin(),
                                        type.quant->zero_point.end());
  const auto scale = b.CreateVector(type.quant->scale);
  const auto zero = b.CreateVector(zeros);
  tflite::QuantizationParametersBuilder q(b);
  q.add_scale(scale);
  q.add_zero_point(zero);
  q.add_quantized_dimension(std::max(type.quant->axis, 0));
  return q.Finish();
}

fb::Offset<tflite::Tensor> file_tensor(fb::FlatBufferBuilder& b, const TensorType& type,
                                       unsigned buffer, const std::string& name) {
  const std::vector<std::int32_t> dims(type.shape.begin(), type.shape.end());
  const auto shape = b.CreateVector(dims);
  const auto title = b.CreateString(name);
  const auto quant = quantization(b, type);
  tflite::TensorBuilder t(b);
  t.add_shape(shape);
  t.add_type(file_type(type.dtype));
  t.add_buffer(buffer);
  t.add_name(title);
  if (!quant.IsNull()) t.add_quantization(quant);
  return t.Finish();
}

}  // namespace

Bytes to_tflite(const OneOp& op) {
  fb::FlatBufferBuilder b;
  std::vector<fb::Offset<tflite::Buffer>> buffers = {tflite::CreateBuffer(b)};
  std::vector<fb::Offset<tflite::Tensor>> tensors;
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> graph_inputs;
  for (const auto& input : op.inputs) {
    if (!input) {
      inputs.push_back(-1);
      continue;
    }
    const auto index = static_cast<std::int32_t>(tensors.size());
    unsigned buffer = 0;
    if (input->constant) {
      const auto bytes = input->constant->bytes();
      b.ForceVectorAlignment(bytes.size(), 1, 16);
      const auto data =
          b.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      buffer = static_cast<unsigned>(buffers.size());
      buffers.push_back(tflite::CreateBuffer(b, data));
    } else {
      graph_inputs.push_back(index);
    }
    tensors.push_back(file_tensor(b, input->type, buffer, fmt::format("x{}", index)));
    inputs.push_back(index);
  }
  std::vector<std::int32_t> outputs;
  for (const auto& output : op.outputs) {
    outputs.push_back(static_cast<std::int32_t>(tensors.size()));
    tensors.push_back(file_tensor(b, output, 0, fmt::format("y{}", outputs.size() - 1)));
  }
  const auto options = op.options ? op.options(b) : fb::Offset<void>();
  const auto node_inputs = b.CreateVector(inputs);
  const auto node_outputs = b.CreateVector(outputs);
  const auto custom = op.custom_options.empty() ? 0 : b.CreateVector(op.custom_options);
  tflite::OperatorBuilder node(b);
  node.add_opcode_index(0);
  node.add_inputs(node_inputs);
  node.add_outputs(node_outputs);
  if (op.options) {
    node.add_builtin_options_type(op.options_type);
    node.add_builtin_options(options);
  }
  if (!custom.IsNull()) node.add_custom_options(custom);
  const std::vector<fb::Offset<tflite::Operator>> nodes = {node.Finish()};
  const auto name = b.CreateString("one_op");
  const auto subgraph =
      tflite::CreateSubGraph(b, b.CreateVector(tensors), b.CreateVector(graph_inputs),
                             b.CreateVector(outputs), b.CreateVector(nodes), name);
  const auto code_name =
      op.custom_code.empty() ? fb::Offset<fb::String>() : b.CreateString(op.custom_code);
  const auto deprecated = static_cast<std::int8_t>(std::min<int>(op.op, 127));
  const auto code = tflite::CreateOperatorCode(b, deprecated, code_name, op.version, op.op);
  const auto model = tflite::CreateModel(b, 3, b.CreateVector(&code, 1),
                                         b.CreateVector(&subgraph, 1), 0, b.CreateVector(buffers));
  tflite::FinishModelBuffer(b, model);
  const auto bytes = std::as_bytes(std::span{b.GetBufferPointer(), b.GetSize()});
  return {bytes.begin(), bytes.end()};
}

Question question(std::string name, const OneOp& op, std::vector<Tensor> inputs) {
  return {std::move(name), to_tflite(op), std::move(inputs), {}};
}

void expect_equal(const std::vector<Question>& questions, double tolerance) {
  for (const auto& q : questions) {
    if (!q.model.empty()) keep_model("one_op_" + q.name, q.model);
  }
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: ./dev peers makes them";
  const MemoryFiles files;
  const auto answers = oracle::ask(oracle::kLiteRt, questions);
  std::optional<Graph> graph;
  for (std::size_t k = 0; k < questions.size(); ++k) {
    const auto& q = questions[k];
    SCOPED_TRACE(q.name);
    if (!answers[k].error.empty()) {
      ADD_FAILURE() << "LiteRT refuses this case: " << answers[k].error;
      continue;
    }
    if (!q.model.empty()) {
      auto read = tflite_format.read({files, q.name, q.model});
      if (read && !verify(*read)) read = verify(*read).error();
      if (!read) {
        ADD_FAILURE() << read.error().message << " in "
                      << (read.error().trail.empty() ? "" : read.error().trail[0]);
        graph.reset();
        continue;
      }
      graph = std::move(read).value();
    }
    if (!graph) continue;
    const auto outputs = interpret(*graph, q.inputs);
    if (!outputs) {
      ADD_FAILURE() << outputs.error().message;
      continue;
    }
    ASSERT_EQ(outputs->size(), answers[k].outputs.size());
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      EXPECT_EQ(difference((*outputs)[i], answers[k].outputs[i], tolerance), "") << "output " << i;
    }
  }
}

}  // namespace slipway::litert
