#include "formats/onnx/onnx.h"

#include <google/protobuf/io/coded_stream.h>

#include "formats/guess.h"
#include "formats/onnx/reader.h"
#include "formats/onnx/weigh.h"
#include "formats/onnx/write.h"

namespace slipway {
namespace formats {
namespace {

Result<Graph> read(const ModelFile& file) {
  const auto bytes = octets(file.bytes);
  if (bytes.size() > INT32_MAX) {
    return fail(Code::unsupported, "a file over 2 GB")
        .with_remedy("export the model with its weights as external data");
  }
  const bool whole = SLIPWAY_TRY(weigh_onnx(file.bytes));
  google::protobuf::io::CodedInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kOnnxNesting);
  ::onnx::ModelProto model;
  if (!whole || !model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    return fail(Code::corrupt,
                "the file is damaged or cut short: it breaks the rules of its format")
        .with_remedy("fetch or export the model again");
  }
  return OnnxReader(model, file).read();
}

/// Tensors of fewer bytes stay in the file: shapes and the like, which tools read before weights.
constexpr std::size_t kMovedFrom = 1024;

/// Where a tensor may begin, so that numbers can be used where they lie.
constexpr std::size_t kAlignment = 64;

/// Moves the weights out of the messages.
Bytes take_weights(::onnx::ModelProto& model, const std::string& beside) {
  Bytes weights;
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
    const auto& bytes = tensor.raw_data();
    if (bytes.size() < kMovedFrom) continue;
    weights.resize((weights.size() + kAlignment - 1) / kAlignment * kAlignment);
    const auto add = [&](const char* key, const std::string& value) {
      auto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    add("location", beside);
    add("offset", std::to_string(weights.size()));
    add("length", std::to_string(bytes.size()));
    const auto view = as_bytes(bytes);
    weights.insert(weights.end(), view.begin(), view.end());
    tensor.clear_raw_data();
    tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
  }
  return weights;
}

Result<Bytes> serialized(const ::onnx::ModelProto& model, std::size_t limit) {
  Bytes bytes(model.ByteSizeLong());
  if (bytes.size() > limit)
    return fail(Code::unsupported, "the file would take {} bytes, and may take {}", bytes.size(),
                limit);
  if (!model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(Code::internal, "the file could not be put together");
  return bytes;
}

Result<Bytes> write(const Graph& graph) {
  return serialized(SLIPWAY_TRY(to_onnx(graph)), kMaxOnnxFile);
}

Result<ModelBytes> write_beside(const Graph& graph, const std::string& beside) {
  return write_onnx(graph, beside);
}

}  // namespace
}  // namespace formats

Result<ModelBytes> write_onnx(const Graph& graph, const std::string& beside, std::size_t limit) {
  auto model = SLIPWAY_TRY(formats::to_onnx(graph));
  ModelBytes out;
  if (model.ByteSizeLong() > limit) out.beside = formats::take_weights(model, beside);
  out.file = SLIPWAY_TRY(formats::serialized(model, kMaxOnnxFile));
  return out;
}

const Format onnx_format = {"ONNX",        "onnx",         looks_like_onnx,
                            formats::read, formats::write, formats::write_beside};

}  // namespace slipway
