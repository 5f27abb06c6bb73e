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

Result<Bytes> write(const Graph& graph) {
  const auto model = SLIPWAY_TRY(to_onnx(graph));
  Bytes bytes(model.ByteSizeLong());
  if (!model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(Code::internal, "the file could not be put together");
  return bytes;
}

}  // namespace
}  // namespace formats

const Format onnx_format = {"ONNX", "onnx", looks_like_onnx, formats::read, formats::write};

}  // namespace slipway
